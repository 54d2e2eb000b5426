import type { FarmConfig } from '#shared/config.ts';
import { deadlineRule } from '#shared/task.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { referenceReward } from '#autoscaler/env/reference-reward.ts';
import { SimulatedEnvironment } from '#autoscaler/env/simulated-environment.ts';
import { actionSet } from '#autoscaler/policy/action-set.ts';
import { timingProfile } from '#autoscaler/sim/profiles/catalogue.ts';
import { quantile } from './live/statistics.ts';
import { drawStation, runStation } from './sim/station.ts';
import { openPeer, type Peer } from './sim/peer.ts';

/** What `farmhand bench sim` prints: medians over the rounds, per second of CPU time on one core, collecting garbage included. */
export interface SimFigures {
  readonly workload: string;
  readonly profile: string;
  /** Steps of the whole environment: workload drawn, farm, observation, reward, info; episodes' resets included. */
  readonly envStepsPerS: number;
  readonly tasksPerS: number;
  /** The same arrivals and service times through a plain station of 14 servers, by our kernel and by the peer. */
  readonly station: { readonly tasksPerS: number; readonly eventsPerS: number };
  /** Null where the package is not installed. */
  readonly peer: {
    readonly name: string;
    readonly version: string;
    readonly tasksPerS: number;
    readonly eventsPerS: number;
  } | null;
  readonly rounds: number;
}

const ROUNDS = 7;
const WORKLOAD = 'reference';
const PROFILE = 'reference';
const WORKERS = 14;
/** Episodes of a round: about half a second. */
const EPISODES = 2_000;
/** A task at a station: its arrival and its departure. */
const EVENTS_A_TASK = 2;

/** Ours and the peer by turns, so that what else the machine does meets both. */
export async function benchSim(options: {
  config: FarmConfig;
  signal: AbortSignal;
  onStep: (sentence: string) => void;
}): Promise<SimFigures> {
  const { config, signal, onStep } = options;
  const environment = openEnvironment(config);
  const station = drawStation();
  const peer: Peer | null = await openPeer();
  if (peer === null) onStep('simjs is not installed (npm install): no peer to measure beside');

  const steps: number[] = [];
  const tasks: number[] = [];
  const ours: number[] = [];
  const theirs: number[] = [];
  playEpisodes(environment, EPISODES / 4);
  runStation(station);
  peer?.run(station);
  for (let round = 1; round <= ROUNDS; round += 1) {
    signal.throwIfAborted();
    onStep(`round ${round} of ${ROUNDS}`);
    const played = timed(() => playEpisodes(environment, EPISODES));
    steps.push(played.value.steps / played.cpuS);
    tasks.push(played.value.tasks / played.cpuS);
    ours.push(station.count / timed(() => runStation(station)).cpuS);
    if (peer !== null) theirs.push(station.count / timed(() => peer.run(station)).cpuS);
  }
  const median = (values: readonly number[]): number => Math.round(quantile(values, 0.5));
  return {
    workload: WORKLOAD,
    profile: PROFILE,
    envStepsPerS: median(steps),
    tasksPerS: median(tasks),
    station: { tasksPerS: median(ours), eventsPerS: EVENTS_A_TASK * median(ours) },
    peer:
      peer === null
        ? null
        : {
            name: peer.name,
            version: peer.version,
            tasksPerS: median(theirs),
            eventsPerS: EVENTS_A_TASK * median(theirs),
          },
    rounds: ROUNDS,
  };
}

function openEnvironment(config: FarmConfig): SimulatedEnvironment {
  const workload = findWorkload(WORKLOAD, config);
  return new SimulatedEnvironment({
    workload: { ...workload, control: { ...workload.control, initialWorkers: WORKERS } },
    profile: timingProfile(PROFILE),
    deadline: deadlineRule(config),
    actions: actionSet('one', config.control),
    reward: referenceReward(config.reward),
    dispatch: 'fifo',
  });
}

/** One up, one down: a pool of about 14. */
function playEpisodes(environment: SimulatedEnvironment, episodes: number): { steps: number; tasks: number } {
  const { actions } = environment;
  let steps = 0;
  let tasks = 0;
  for (let seed = 0; seed < episodes; seed += 1) {
    environment.reset({ seed });
    for (let up = true; ; up = !up) {
      const { terminated, truncated, info } = environment.step(up ? actions.size - 1 : 0);
      steps += 1;
      if (!terminated && !truncated) continue;
      tasks += info.counts.emitted;
      break;
    }
  }
  return { steps, tasks };
}

const MICROSECONDS_A_SECOND = 1e6;

function timed<T>(work: () => T): { value: T; cpuS: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, cpuS: (user + system) / MICROSECONDS_A_SECOND };
}
