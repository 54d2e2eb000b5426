import { setImmediate } from 'node:timers/promises';
import type { SimulatedEnvironment } from '#autoscaler/env/simulated-environment.ts';
import { createLearner, loadLearner } from '#autoscaler/learn/agents.ts';
import type { OnlineLearner } from '#autoscaler/learn/online/online-learner.ts';
import { openOnlineLearner } from '#autoscaler/learn/online/open-online-learner.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';
import type { Policy } from '#autoscaler/policy/policy.ts';
import { openSimulated } from '#autoscaler/run/environments.ts';
import { liveJudge } from '#autoscaler/run/online/live-judge.ts';
import { scenarioFrom, type Scenario } from '#autoscaler/run/scenario.ts';
import { heldOutSeed, trainingSeed } from '#autoscaler/run/seeds.ts';
import { learnEpisode } from '#autoscaler/run/train/learn-episode.ts';
import { FarmShield } from '#autoscaler/shield/farm-shield.ts';
import type { FarmConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { mean } from './live/statistics.ts';

/** One agent on one workload: the model as it was trained, and the same model learning on, both behind the shield. */
export interface OnlineRow {
  readonly agent: OnlineAgent;
  readonly workload: string;
  /** Service times live, by those in training. */
  readonly shift: number;
  /** Of the first fifth of the episodes, and of the last. */
  readonly first: OnlineComparison;
  readonly last: OnlineComparison;
}

/** Shares, and time averages of workers. */
export interface OnlineComparison {
  readonly frozen: { readonly qos: number; readonly workers: number };
  readonly online: { readonly qos: number; readonly workers: number };
}

/** What `farmhand bench online` prints. */
export interface OnlineFigures {
  /** Of each row, one after the other; the online learner learns through all of them. */
  readonly episodes: number;
  readonly rows: readonly OnlineRow[];
}

export type OnlineAgent = 'sarsa' | 'dqn';

/** Cost of a late task in worker-seconds, in training and live. */
const LATE_COST = 30;
const EPISODES = 300;
const SHIFTS = [1, 1.5];
const WORKLOADS = ['constant', 'sine', 'burst'];
const TRAINED_EPISODES: Readonly<Record<OnlineAgent, number>> = { sarsa: 1500, dqn: 300 };

/** Policies without a clock, which a load that is not as it was can happen to. */
const SETTINGS: { readonly [Agent in OnlineAgent]: Partial<FarmConfig['agents'][Agent]> } = {
  sarsa: {
    ...{ alpha: 0.05, gamma: 0.95, epsilon: 0.5, epsilonMin: 0.05, epsilonDecay: 0.998, traceLambda: 0.7 },
    stepSize: 'average',
    bins: [1, 1, 1, 1, 1, 1, 1, 1, 1],
    edges: [
      { dimension: 'workers', at: Array.from({ length: 15 }, (_, i) => 2 * i + 2.5) },
      { dimension: 'load', at: [3, 5, 7, 9, 11, 13, 15, 18, 21, 25, 30, 40, 60] },
    ],
  },
  dqn: {
    hiddenLayers: [32, 32],
    features: 'extended-clockless',
    ...{ learningRate: 0.001, gamma: 0.95, epsilonStart: 0.5, epsilonEnd: 0.02, epsilonDecay: 0.99, nStep: 4 },
    ...{ replayCapacity: 20_000, warmupSteps: 500, targetUpdate: 1, targetTau: 0.01, rewardScale: 0.05 },
    ...{ maxGradNorm: 10, rewardClip: null },
  },
};

/** Trains agents in the simulator and plays them on a load that has changed since, frozen and learning on. */
export async function benchOnline(options: {
  config: FarmConfig;
  signal: AbortSignal;
  onStep: (sentence: string) => void;
}): Promise<OnlineFigures> {
  const rows: OnlineRow[] = [];
  for (const workload of WORKLOADS) {
    for (const agent of ['sarsa', 'dqn'] as const) {
      options.onStep(
        `trains ${agent} on ${workload}, and plays it on services of ${SHIFTS.join(' and ')} times the length`,
      );
      const model = await trainFor({ ...options, agent, workload, episodes: TRAINED_EPISODES[agent] });
      for (const shift of SHIFTS) {
        rows.push(await measureShift({ ...options, agent, workload, shift, model, episodes: EPISODES }));
      }
    }
  }
  return { episodes: EPISODES, rows };
}

interface Load {
  readonly config: FarmConfig;
  readonly workload: string;
  readonly signal: AbortSignal;
}

export async function trainFor(load: Load & { agent: OnlineAgent; episodes: number }): Promise<SavedModel> {
  const { agent, config, episodes, signal } = load;
  const scenario = scenarioOf(load, 1);
  const { agents } = config;
  const settings = {
    ...agents,
    sarsa: { ...agents.sarsa, ...SETTINGS.sarsa },
    dqn: { ...agents.dqn, ...SETTINGS.dqn },
  };
  const actions = { name: scenario.actions, minWorkers: scenario.minWorkers, maxWorkers: scenario.maxWorkers };
  const learner = await createLearner(agent, { settings, actions, rng: new Sfc32(1) });
  const environment = openSimulated(scenario);
  for (let episode = 0; episode < episodes; episode += 1) {
    await learnEpisode(environment, learner, { seed: trainingSeed(1, episode) });
    signal.throwIfAborted();
  }
  return learner.save({ resumable: false });
}

export async function measureShift(
  load: Load & { agent: OnlineAgent; shift: number; model: SavedModel; episodes: number },
): Promise<OnlineRow> {
  const { agent, workload, shift, model, config, episodes, signal } = load;
  const scenario = scenarioOf(load, shift);
  const environment = openSimulated(scenario);
  const frozen = await loadLearner(model, { rng: new Sfc32(0) });
  const judge = liveJudge(`cost-${LATE_COST}`, config);
  if (judge === null) throw new Error('the reward has another name');
  const online = await openOnlineLearner({
    ...{ model, name: agent, seed: 1, judge, onSnapshot: () => undefined },
    stepDurationS: scenario.workload.control.stepDurationS,
  });
  const played: { frozen: Played; online: Played }[] = [];
  for (let episode = 0; episode < episodes; episode += 1) {
    const seed = heldOutSeed(0, episode);
    played.push({
      frozen: playShielded(environment, frozen, { seed, scenario, config }),
      online: playShielded(environment, online, { seed, scenario, config, told: online }),
    });
    await setImmediate();
    signal.throwIfAborted();
  }
  online.dispose();
  const fifth = Math.max(1, Math.floor(episodes / 5));
  return { agent, workload, shift, first: summed(played.slice(0, fifth)), last: summed(played.slice(-fifth)) };
}

function scenarioOf({ config, workload }: Load, shift: number): Scenario {
  const base = findWorkload(workload, config);
  const service = { ...base.service, meanS: base.service.meanS * shift };
  return scenarioFrom(config, {
    ...{ workload: { ...base, service }, profile: 'farmhand', dispatch: 'fifo', actions: 'steps', lateCost: LATE_COST },
  });
}

interface Played {
  readonly qos: number;
  readonly workers: number;
}

/** Most that the action set `steps` changes at once. */
const MOST_STEP = 4;

/** One episode behind the shield, as live. `told`: learns what was done. */
function playShielded(
  environment: SimulatedEnvironment,
  policy: Policy,
  { seed, scenario, config, told }: { seed: number; scenario: Scenario; config: FarmConfig; told?: OnlineLearner },
): Played {
  const { stepDurationS } = scenario.workload.control;
  const shield = new FarmShield({ ...config.control, ...config.shield, stepDurationS, maxScalingStep: MOST_STEP });
  const { actions } = environment;
  let seen: ReturnType<SimulatedEnvironment['reset' | 'step']> = environment.reset({ seed });
  for (let over = false; !over;) {
    const workers = seen.observation[4];
    shield.see(seen);
    const decision = policy.decide(seen);
    const { replicas } = shield.admit({ decision, workers, limit: null, draining: false, covered: true });
    told?.acted(replicas);
    const result = environment.step(actions.actionFor(replicas, workers));
    seen = result;
    over = result.terminated || result.truncated;
  }
  const { counts, workerSeconds, elapsedS } = seen.info;
  return { qos: counts.met / counts.emitted, workers: workerSeconds.active / elapsedS };
}

function summed(played: readonly { frozen: Played; online: Played }[]): OnlineComparison {
  const of = (which: 'frozen' | 'online'): Played => ({
    qos: mean(played.map((each) => each[which].qos)),
    workers: mean(played.map((each) => each[which].workers)),
  });
  return { frozen: of('frozen'), online: of('online') };
}
