import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { AutoscalerClient, type Episode } from '../farm/autoscaler.ts';
import { CollectorClient, type Letter } from '../farm/collector.ts';
import { EmitterClient } from '../farm/emitter.ts';
import type { FarmHttp } from '../farm/http.ts';
import { patiently } from '../farm/patiently.ts';
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
  /** Whether the farm's own process lives: what is down for good is not waited for. */
  readonly isUp: () => boolean;
}

export interface ExecutedRun {
  readonly end: WatchEnd;
  readonly summary: RunSummary;
  readonly letters: readonly Letter[];
}

interface Functions {
  readonly autoscaler: AutoscalerClient;
  readonly emitter: EmitterClient;
  readonly collector: CollectorClient;
}

/** How long the farm may be away when a run is summed up; less when somebody waits for the end. */
const SUM_UP_WITHIN_MS = 60 * SECOND;
const STOP_WITHIN_MS = 5 * SECOND;

/** Runs a plan on a farm that is up: an episode of the policy, the run itself, and the audit of its ids. */
export async function executeRun(http: FarmHttp, options: ExecuteOptions): Promise<ExecutedRun> {
  const { plan, clock, signal, output } = options;
  const autoscaler = new AutoscalerClient(http);
  const emitter = new EmitterClient(http);
  const collector = new CollectorClient(http);

  const prepared = await autoscaler.startEpisode(plan.episode, { clock, signal });
  output.say(`${plan.policy} starts with ${count(prepared.ready, 'worker')}${grantedNote(prepared)}`);
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
      isUp: options.isUp,
    },
  );
  const elapsedS = (clock.monotonic() - startedAt) / SECOND;
  const withinMs = end.kind === 'done' ? SUM_UP_WITHIN_MS : STOP_WITHIN_MS;
  return patiently(() => sumUp({ autoscaler, emitter, collector }, { plan, run, end, elapsedS }), { clock, withinMs });
}

/** Reads everything that the summary needs; it may be read again. */
async function sumUp(
  { autoscaler, emitter, collector }: Functions,
  { plan, run, end, elapsedS }: { plan: RunPlan; run: string; end: WatchEnd; elapsedS: number },
): Promise<ExecutedRun> {
  if (end.kind !== 'done') await emitter.stopRun(run);
  // Before the ids are checked: from here on the episode only idles.
  const episode = await autoscaler.episode();
  const { emitted, startedAt } = await emitter.run(run);
  const { endings, records, letters } = await collectEndings(collector, { run, submitted: emitted });
  const endedAt = [...records.map(({ collectedAt }) => collectedAt), ...letters.map(({ diedAt }) => diedAt)];
  const durationS = end.kind === 'done' ? (latest(endedAt, startedAt) - startedAt) / SECOND : elapsedS;
  const facts = { ...describeRun(plan, episode), durationS };
  return { end, summary: summarise(run, { audit: auditRun(endings), records, facts }), letters };
}

async function startRun(emitter: EmitterClient, { source }: RunPlan): Promise<string> {
  if (source.kind === 'workload') return emitter.startRun(source.workload, source.seed);
  const { path, out } = source;
  const { run, total } = await emitter.startFolder(out === undefined ? { path } : { path, out });
  if (total === 0) throw new FarmhandError('USAGE', `--images ${path}: holds no file; hidden ones are left out`);
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
