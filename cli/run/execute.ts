import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Reward } from '#autoscaler/env/reward.ts';
import type { EpisodeRecord } from '#autoscaler/run/episode.ts';
import { liveEpisode, type LiveDecision } from '#autoscaler/run/live/live-episode.ts';
import { plannedQosByQuartile } from '#autoscaler/run/live/planned-quartiles.ts';
import { AutoscalerClient, type DecisionFacts, type Episode } from '../farm/autoscaler.ts';
import { CollectorClient, type Letter, type ResultRecord } from '../farm/collector.ts';
import { EmitterClient } from '../farm/emitter.ts';
import type { FarmHttp } from '../farm/http.ts';
import { patiently } from '../farm/patiently.ts';
import { count } from '../format.ts';
import type { Output } from '../output.ts';
import { auditRun } from './audit.ts';
import { collectEndings } from './endings.ts';
import { remarkOtherRuns } from './other-runs.ts';
import type { RunPlan } from './plan.ts';
import { summarise, type RunFacts, type RunSummary } from './summary.ts';
import { watchRun, type WatchEnd } from './watch.ts';

export interface ExecuteOptions {
  readonly plan: RunPlan;
  /** One of the plan's. */
  readonly seed: number;
  /** Judges the steps. */
  readonly reward: Reward;
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
  /** Step by step, as an environment's episode. */
  readonly record: EpisodeRecord;
}

interface Functions {
  readonly autoscaler: AutoscalerClient;
  readonly emitter: EmitterClient;
  readonly collector: CollectorClient;
}

/** How long the farm may be away when a run is summed up; less when somebody waits for the end. */
const SUM_UP_WITHIN_MS = 60 * SECOND;
const STOP_WITHIN_MS = 5 * SECOND;
/** The autoscaler keeps no more of them. */
const MOST_DECISIONS = 1_000;
const LAST_STEP_LOOK_MS = 0.2 * SECOND;
/** A step's decision may come this much after its moment. */
const LAST_STEP_MARGIN_MS = 2 * SECOND;

/** Runs a plan on a farm that is up: an episode of the policy, the run itself, and the audit of its ids. */
export async function executeRun(http: FarmHttp, options: ExecuteOptions): Promise<ExecutedRun> {
  const { plan, seed, clock, signal, output } = options;
  const autoscaler = new AutoscalerClient(http);
  const emitter = new EmitterClient(http);
  const collector = new CollectorClient(http);

  const prepared = await autoscaler.startEpisode(plan.episode, { clock, signal });
  output.say(`${plan.policy} starts with ${count(prepared.ready, 'worker')}${grantedNote(prepared)}`);
  await remarkOtherRuns(emitter, output);
  const before = await collector.totals();
  const run = await startRun(emitter, plan, seed);
  const startedAt = clock.monotonic();
  const end = await watchRun(
    { emitter, collector, autoscaler },
    {
      run,
      title: `${describeSource(plan, seed)} with ${plan.policy} (${run})`,
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
  return patiently(() => sumUp({ autoscaler, emitter, collector }, { ...options, run, end, elapsedS }), {
    clock,
    withinMs,
  });
}

type SumUpOptions = ExecuteOptions & { readonly run: string; readonly end: WatchEnd; readonly elapsedS: number };

/** Reads everything that the summary needs; it may be read again. */
async function sumUp({ autoscaler, emitter, collector }: Functions, options: SumUpOptions): Promise<ExecutedRun> {
  const { plan, seed, reward, run, end, elapsedS } = options;
  if (end.kind !== 'done') await emitter.stopRun(run);
  const { emitted, startedAt } = await emitter.run(run);
  const { endings, records, letters } = await collectEndings(collector, { run, submitted: emitted });
  const ends = [...records.map(({ collectedAt }) => collectedAt), ...letters.map(({ diedAt }) => diedAt)];
  const endedAt = end.kind === 'done' ? latest(ends, startedAt) : null;
  const decisions = await readDecisions(autoscaler, { ...options, endedAt });
  const episode = await autoscaler.episode();
  const durationS = endedAt === null ? elapsedS : (endedAt - startedAt) / SECOND;
  const { source } = plan;
  const qosByQuartile =
    source.kind === 'workload' && emitted > 0
      ? plannedQosByQuartile({ run, seed, emitted, workload: source.workload, inTime: idsInTime(records) })
      : null;
  const facts = { ...describeRun(plan, seed, episode), qosByQuartile, durationS };
  const summary = summarise(run, { audit: auditRun(endings), records, facts });
  const late = records.filter(({ metDeadline }) => !metDeadline).map(({ collectedAt }) => collectedAt);
  const record = liveEpisode({
    ...{ seed, startedAt, endedAt, decisions, reward, workers: facts.workers },
    tasks: {
      submitted: emitted,
      completed: summary.completed,
      met: idsInTime(records).size,
      dead: summary.deadLettered,
    },
    qosByQuartile,
    late: [...late, ...letters.map(({ diedAt }) => diedAt)],
  });
  return { end, summary, letters, record };
}

/**
 * The episode's decisions, oldest first. A workload's last step ends with the first look after its last task, which is
 * waited for; the images of a folder are shown as soon as they are there.
 */
async function readDecisions(
  autoscaler: AutoscalerClient,
  { plan, clock, signal, endedAt }: SumUpOptions & { endedAt: number | null },
): Promise<LiveDecision[]> {
  const { since } = await autoscaler.episode();
  const stepMs = plan.episode.stepDurationS * SECOND;
  const deadlineMs = clock.monotonic() + stepMs + LAST_STEP_MARGIN_MS;
  for (;;) {
    const decisions = (await autoscaler.decisions(MOST_DECISIONS)).filter(({ at }) => at >= since).reverse();
    const complete = endedAt === null || decisions.some(({ at }) => at >= endedAt);
    const waits = plan.source.kind === 'workload' && !signal.aborted && clock.monotonic() < deadlineMs;
    if (complete || !waits) return decisions.flatMap(seenDecision);
    await clock.sleep(LAST_STEP_LOOK_MS, signal);
  }
}

/** None where the farm could not be seen. */
function seenDecision({ at, observation, info, requested }: DecisionFacts): LiveDecision[] {
  if (observation === null || info === null) return [];
  return [{ at, observation, requested, inFlight: info.inFlight, active: info.active }];
}

function idsInTime(records: readonly ResultRecord[]): ReadonlySet<string> {
  return new Set(records.filter(({ metDeadline }) => metDeadline).map(({ id }) => id));
}

async function startRun(emitter: EmitterClient, { source }: RunPlan, seed: number): Promise<string> {
  if (source.kind === 'workload') return emitter.startRun(source.workload, seed);
  const { path, out } = source;
  const { run, total } = await emitter.startFolder(out === undefined ? { path } : { path, out });
  if (total === 0) throw new FarmhandError('USAGE', `--images ${path}: holds no file; hidden ones are left out`);
  return run;
}

function describeSource({ source }: RunPlan, seed: number): string {
  return source.kind === 'workload' ? `${source.workload.name}, seed ${seed},` : source.path;
}

function describeRun(
  { source, policy }: RunPlan,
  seed: number,
  { workers, scaling }: Episode,
): Omit<RunFacts, 'durationS' | 'qosByQuartile'> {
  return {
    workload: source.kind === 'workload' ? source.workload.name : null,
    policy,
    seed: source.kind === 'workload' ? seed : null,
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
