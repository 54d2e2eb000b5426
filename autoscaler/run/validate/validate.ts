import type { Environments } from '../environments.ts';
import { playAll, type PlayedContender } from '../play/play.ts';
import { timingOf, type Scenario } from '../scenario.ts';
import { heldOutSeed } from '../seeds.ts';
import { spreadOf } from '../statistics.ts';
import type { Recordings } from './recordings.ts';
import { replayRecordings, type ReplayedAgent } from './replay.ts';

/** An agent's recorded worker trajectories, replayed under the recorded arrivals. */
export interface ValidatedAgent extends ReplayedAgent {
  /** QoS within max(2 points, 2 standard errors), and workers within 2 %. */
  readonly within: boolean;
}

/** A recorded agent whose rule is known, deciding for itself in the simulator. */
export interface ClosedLoop {
  readonly policy: string;
  readonly agent: string;
  /** Shares of collected tasks, as the recordings have them. */
  readonly liveQos: number;
  readonly simQos: number;
  /** Means of the steps' desired workers. */
  readonly liveWorkers: number;
  readonly simWorkers: number;
  /** QoS and workers within the tolerance of this rule. */
  readonly within: boolean;
}

export interface Validation {
  readonly agents: readonly ValidatedAgent[];
  readonly closedLoop: readonly ClosedLoop[];
}

export interface ValidateOptions {
  readonly recordings: Recordings;
  /** Workload, profile and deadlines of the farm that was recorded. */
  readonly scenario: Scenario;
  /** Simulations of each recorded episode. */
  readonly replications: number;
  readonly seed: number;
  /** Episodes of each closed loop. */
  readonly seeds: number;
  readonly modelsFolder: string;
  readonly environments: Environments;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onEpisode?: () => void;
}

const QOS_POINTS = 0.02;
const STANDARD_ERRORS = 2;
const WORKERS_SHARE = 0.02;

/** Rules of which recordings exist, and how near their closed loop must come: a rule that feeds back on its own errors strays. */
const recordedRules = [
  { policy: 'reactive-average', agent: 'ReactiveAverage', qos: 0.03, workers: 0.3 },
  { policy: 'reactive-maximum', agent: 'ReactiveMaximum', qos: 0.04, workers: 0.4 },
] as const;

/** Holds the simulator against recordings of a live farm: its queue and timing by replay, and its loop by rules. */
export async function validate(options: ValidateOptions): Promise<Validation> {
  const { recordings, scenario, replications, seed } = options;
  const replayed = replayRecordings({
    recordings,
    workload: scenario.workload,
    profile: timingOf(scenario),
    deadline: scenario.deadline,
    replications,
    seed,
  });
  const agents = replayed.map((agent) => ({ ...agent, within: isWithin(agent) }));
  return { agents, closedLoop: await closeLoops(options, replayed) };
}

function isWithin({ liveQos, simQos, standardError, liveWorkers, simWorkers }: ReplayedAgent): boolean {
  const qosNear = Math.abs(simQos - liveQos) <= Math.max(QOS_POINTS, STANDARD_ERRORS * standardError);
  return qosNear && Math.abs(simWorkers - liveWorkers) <= WORKERS_SHARE * liveWorkers;
}

async function closeLoops(options: ValidateOptions, replayed: readonly ReplayedAgent[]): Promise<ClosedLoop[]> {
  const { scenario, modelsFolder, seed } = options;
  const seeds = Array.from({ length: options.seeds }, (_, index) => heldOutSeed(seed, index));
  const rules = recordedRules.flatMap((rule) => {
    const live = replayed.find(({ agent }) => agent === rule.agent);
    return live === undefined ? [] : [{ ...rule, live }];
  });
  const jobs = rules.map(({ policy }) => ({ contender: policy, scenario, modelsFolder, seeds, records: seeds.length }));
  const played = await playAll(jobs, options);
  return rules.flatMap(({ policy, agent, live, ...tolerance }, index) => {
    const episodes = played[index];
    if (episodes === undefined) return [];
    const { simQos, simWorkers } = measure(episodes);
    const within =
      Math.abs(simQos - live.liveQos) <= tolerance.qos && Math.abs(simWorkers - live.liveWorkers) <= tolerance.workers;
    return { policy, agent, liveQos: live.liveQos, simQos, liveWorkers: live.liveWorkers, simWorkers, within };
  });
}

/** As the recordings count: of collected tasks, and a mean over steps. */
function measure({ summaries, records }: PlayedContender): { simQos: number; simWorkers: number } {
  const stepMeans = records.map(({ rows }) => spreadOf(rows.map((row) => row.observation[4])).mean);
  return {
    simQos: spreadOf(summaries.map(({ qosCollected }) => qosCollected)).mean,
    simWorkers: spreadOf(stepMeans).mean,
  };
}
