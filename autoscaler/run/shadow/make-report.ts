import type { FarmConfig } from '#shared/config.ts';
import type { Journal } from '#shared/queue/journal.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { PolicyShelf } from '../../model-store/policy-shelf.ts';
import type { TimingProfile } from '../../sim/timing-profile.ts';
import { readFarmLog } from '../continual/farm-log.ts';
import { runInThreads } from '../parallel/pool.ts';
import type { PilotPlan } from './pilot.ts';
import type { ShadowJob, ShadowReport } from './shadow-report.ts';

export interface MakeReportOptions {
  readonly archive: Pick<Archive, 'records'>;
  readonly journal: Pick<Journal, 'list'>;
  readonly policies: Pick<PolicyShelf, 'find'>;
  readonly config: Pick<FarmConfig, 'shield' | 'queue'>;
  /** The episode's: farm.yml's, or what POST /episodes put in its place. */
  readonly control: FarmConfig['control'];
  /** Timing of this farm: its own where it has been fitted (continual/), else farmhand's. */
  readonly profile: TimingProfile;
  /** Names as the shelf takes them. */
  readonly live: string;
  readonly candidate: string;
  /** Farm time from which on to look, ms since 1970: the start of the episode, of the shadow, or of a switch, whichever came last. */
  readonly since: number;
  readonly signal: AbortSignal;
}

/** Enough for an hour at five tasks a second; the newest count. */
const MOST_RECORDS = 20_000;
const REPLICATIONS = 20;
const SEED = 42;

/**
 * Reads the log and replays it in a thread, so that no control step waits for it.
 * @throws CONFLICT where the log holds too little; UNKNOWN_POLICY, MODEL_INVALID; the signal's reason
 */
export async function makeShadowReport(options: MakeReportOptions): Promise<ShadowReport> {
  const { control, config, profile, since, signal } = options;
  const { dispatch, lateEvery } = config.queue;
  const job: ShadowJob = {
    log: await readFarmLog(options, { since, most: MOST_RECORDS }),
    live: await pilotPlan(options.live, options),
    candidate: await pilotPlan(options.candidate, options),
    pilot: { ...control, ...config.shield },
    replay: { profile, dispatch, lateEvery, observationWindowS: control.observationWindowS },
    replications: REPLICATIONS,
    seed: SEED,
  };
  const module = new URL('./report-thread.ts', import.meta.url);
  const [report] = await runInThreads<ShadowReport>([job], { module, threads: 1, signal });
  if (report === undefined) throw new Error('the thread gave no report');
  return report;
}

async function pilotPlan(
  name: string,
  { policies, control }: Pick<MakeReportOptions, 'policies' | 'control'>,
): Promise<PilotPlan> {
  const { name: called, found } = await policies.find(name, control);
  return { name: called, model: found?.model ?? null };
}
