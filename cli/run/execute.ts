import { SECOND, type Clock } from '#shared/clock.ts';
import { AutoscalerClient, type Episode } from '../farm/autoscaler.ts';
import { CollectorClient, type Letter } from '../farm/collector.ts';
import { EmitterClient } from '../farm/emitter.ts';
import type { FarmHttp } from '../farm/http.ts';
import { count } from '../format.ts';
import type { Output } from '../output.ts';
import { auditRun } from './audit.ts';
import { collectEndings } from './endings.ts';
import type { RunPlan } from './plan.ts';
import { summarise, type RunFacts, type RunSummary } from './summary.ts';
import { watchRun, type WatchEnd } from './watch.ts';

export interface ExecuteOptions {
  readonly plan: RunPlan;
  /** Time without any movement after which the run is given up; gaps of the workload come on top. */
  readonly patienceS: number;
  readonly clock: Clock;
  /** Stops the run; what it did until then is summed up. */
  readonly signal: AbortSignal;
  readonly output: Output;
}

export interface ExecutedRun {
  readonly end: WatchEnd;
  readonly summary: RunSummary;
  readonly letters: readonly Letter[];
}

/** Runs a plan on a farm that is up: an episode of the policy, the run itself, and the audit of its ids. */
export async function executeRun(http: FarmHttp, options: ExecuteOptions): Promise<ExecutedRun> {
  const { plan, clock, signal, output } = options;
  const autoscaler = new AutoscalerClient(http);
  const emitter = new EmitterClient(http);
  const collector = new CollectorClient(http);

  const prepared = await autoscaler.startEpisode(plan.episode);
  output.say(`${plan.policy} starts with ${count(prepared.ready, 'worker')}${grantedNote(prepared)}`);
  signal.throwIfAborted();
  const before = await collector.totals();
  const run = await startRun(emitter, plan);
  const startedAt = clock.monotonic();
  const end = await watchRun(
    { emitter, collector, autoscaler },
    {
      run,
      title: `${describeSource(plan)} with ${plan.policy} (${run})`,
      before,
      startedAt,
      patienceS: options.patienceS + plan.longestGapS,
      clock,
      signal,
      output,
    },
  );
  const elapsedS = (clock.monotonic() - startedAt) / SECOND;
  if (end.kind !== 'done') await emitter.stopRun(run);
  // Before the ids are checked: from here on the episode only idles.
  const episode = await autoscaler.episode();
  const { emitted, startedAt: runStartedAt } = await emitter.run(run);
  const { endings, records, letters } = await collectEndings(collector, { run, submitted: emitted });
  const endedAt = [...records.map(({ collectedAt }) => collectedAt), ...letters.map(({ diedAt }) => diedAt)];
  const durationS = end.kind === 'done' ? (latest(endedAt, runStartedAt) - runStartedAt) / SECOND : elapsedS;
  const facts = { ...describeRun(plan, episode), durationS };
  const summary = summarise(run, { audit: auditRun(endings), records, facts });
  return { end, summary, letters };
}

async function startRun(emitter: EmitterClient, { source }: RunPlan): Promise<string> {
  if (source.kind === 'workload') return emitter.startRun(source.workload, source.seed);
  const { path, out } = source;
  const { run } = await emitter.startFolder(out === undefined ? { path } : { path, out });
  return run;
}

function describeSource({ source }: RunPlan): string {
  return source.kind === 'workload' ? `${source.workload.name}, seed ${source.seed},` : source.path;
}

function describeRun({ source, policy }: RunPlan, { workers, scaling }: Episode): Omit<RunFacts, 'durationS'> {
  return {
    workload: source.kind === 'workload' ? source.workload.name : null,
    policy,
    seed: source.kind === 'workload' ? source.seed : null,
    workers: { mean: workers.mean ?? 0, max: workers.max ?? 0 },
    scaling,
  };
}

function latest(moments: readonly number[], atLeast: number): number {
  return moments.reduce((last, moment) => Math.max(last, moment), atLeast);
}

function grantedNote({ requested, granted }: { requested: number; granted: number }): string {
  if (granted < requested) return ` (${requested} were asked for; the gateway grants ${granted})`;
  return granted > requested ? ` (${requested} were asked for; ${granted - requested} still finish their tasks)` : '';
}
