import type { FarmConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { Dqn, DqnSettings } from '#autoscaler/learn/dqn/dqn.ts';
import { createDqn } from '#autoscaler/learn/dqn/load-dqn.ts';
import { seen } from '../../autoscaler/support/sightings.ts';
import type { ConfigEffect } from './effect.ts';

/** A learner that trains from its first step, one experience an update, and is small. */
const SMALL = 'hiddenLayers: [8], batchSize: 1, warmupSteps: 0';
const given = (settings: string): string => `agents: { dqn: { ${settings} } }`;

const open = (settings: DqnSettings): Promise<Dqn> =>
  createDqn({ settings, actions: { name: 'one', minWorkers: 1, maxWorkers: 32 }, rng: new Sfc32(1) });

/** So many steps of an episode without end, each with a reward of 200, at changing queue lengths. */
function play(dqn: Dqn, steps: number): Dqn {
  const nextMask = [true, true, true];
  for (let step = 0; step < steps; step += 1) {
    const [at, next] = [seen({ waiting: step % 7, workers: 10 }), seen({ waiting: (step + 1) % 7, workers: 10 })];
    dqn.learn({ seen: at, action: step % 3, reward: 200, next, nextMask, terminated: false, truncated: false });
  }
  return dqn;
}

const numbersOf = (dqn: Dqn, prefix: string, suffix = ''): number[] =>
  Object.entries(dqn.save({ resumable: true }).arrays).flatMap(([name, { data }]) =>
    name.startsWith(prefix) && name.endsWith(suffix) ? [...data] : [],
  );

const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits));

/** After `steps` steps, what `look` sees. */
const after =
  <Shown>(steps: number, look: (dqn: Dqn) => Shown) =>
  async ({ agents }: FarmConfig): Promise<Shown> =>
    look(play(await open(agents.dqn), steps));

/** Steps until `happened`. */
const stepsUntil =
  (happened: (dqn: Dqn, start: Dqn) => boolean) =>
  async ({ agents }: FarmConfig): Promise<number> => {
    const [dqn, start] = [await open(agents.dqn), await open(agents.dqn)];
    let steps = 0;
    for (; !happened(dqn, start); steps += 1) play(dqn, 1);
    return steps;
  };

const trained = (dqn: Dqn): boolean => dqn.updates > 0;
const targetMoved = (dqn: Dqn, start: Dqn): boolean =>
  numbersOf(dqn, 'target/layer1/bias').join() !== numbersOf(start, 'target/layer1/bias').join();

const afterEpisodes = (episodes: number) => async (config: FarmConfig) => {
  const dqn = await open(config.agents.dqn);
  for (let episode = 0; episode < episodes; episode += 1) dqn.endEpisode();
  return rounded(dqn.exploration);
};

/** Greatest change of a weight, or how far the target network went beside the online one, over one update. */
async function oneUpdate({ agents }: FarmConfig): Promise<{ step: number; share: number }> {
  const start = numbersOf(await open(agents.dqn), 'online/layer1/bias');
  const dqn = play(await open(agents.dqn), 1);
  const moved = (prefix: string) => Math.max(...numbersOf(dqn, prefix).map((value, i) => Math.abs(value - start[i]!)));
  return {
    step: rounded(moved('online/layer1/bias'), 5),
    share: moved('target/layer1/bias') / moved('online/layer1/bias'),
  };
}

export const dqnEffects: readonly ConfigEffect[] = [
  {
    key: 'agents.dqn.hiddenLayers',
    to: [32],
    shows: 'weights of a model',
    effect: after(0, (dqn) => numbersOf(dqn, 'online/').length),
    before: 10 * 128 + 129 * 64 + 65 * 3,
    after: 10 * 32 + 33 * 3,
  },
  {
    key: 'agents.dqn.features',
    to: 'clockless',
    shows: 'whether the agent sees the clock',
    effect: after(0, ({ usesClock }) => usesClock),
    before: true,
    after: false,
  },
  {
    key: 'agents.dqn.normalise',
    to: 'running',
    shows: 'rows that the scaling was learnt from',
    effect: after(5, (dqn) => numbersOf(dqn, 'normaliser/count')),
    before: [],
    after: [5],
  },
  {
    key: 'agents.dqn.learningRate',
    to: 0.01,
    given: given(SMALL),
    shows: "Adam's first step",
    effect: async (config) => (await oneUpdate(config)).step,
    before: 0.0003,
    after: 0.01,
  },
  {
    key: 'agents.dqn.learningRateDecay',
    to: 0.5,
    shows: 'learning rate after an episode',
    effect: after(0, (dqn) => {
      dqn.endEpisode();
      return dqn.save({ resumable: true }).progress?.['learningRate'];
    }),
    before: 3e-4,
    after: 1.5e-4,
  },
  {
    key: 'agents.dqn.gamma',
    to: 0.5,
    shows: 'weight of what follows a step',
    effect: after(1, (dqn) => numbersOf(dqn, 'memory/discounts').map((value) => rounded(value))),
    before: [0.97],
    after: [0.5],
  },
  {
    key: 'agents.dqn.epsilonStart',
    to: 0.3,
    shows: 'exploration at first',
    effect: afterEpisodes(0),
    before: 0.8,
    after: 0.3,
  },
  {
    key: 'agents.dqn.epsilonEnd',
    to: 0.2,
    shows: 'exploration after 1000 episodes',
    effect: afterEpisodes(1000),
    before: 0.05,
    after: 0.2,
  },
  {
    key: 'agents.dqn.epsilonDecay',
    to: 0.5,
    shows: 'exploration after an episode',
    effect: afterEpisodes(1),
    before: 0.784,
    after: 0.4,
  },
  {
    key: 'agents.dqn.batchSize',
    to: 8,
    given: given('warmupSteps: 0'),
    shows: 'steps until there is a batch',
    effect: stepsUntil(trained),
    before: 64,
    after: 8,
  },
  {
    key: 'agents.dqn.replayCapacity',
    to: 3,
    given: given('batchSize: 1'),
    shows: 'experiences kept of five',
    effect: after(5, (dqn) => numbersOf(dqn, 'memory/actions').length),
    before: 5,
    after: 3,
  },
  {
    key: 'agents.dqn.warmupSteps',
    to: 20,
    given: given('batchSize: 1'),
    shows: 'steps until the first update',
    effect: stepsUntil(trained),
    before: 400,
    after: 20,
  },
  {
    key: 'agents.dqn.trainEvery',
    to: 2,
    given: given(SMALL),
    shows: 'updates in ten steps',
    effect: after(10, ({ updates }) => updates),
    before: 10,
    after: 5,
  },
  {
    key: 'agents.dqn.updatesPerStep',
    to: 3,
    given: given(SMALL),
    shows: 'updates in ten steps',
    effect: after(10, ({ updates }) => updates),
    before: 10,
    after: 30,
  },
  {
    key: 'agents.dqn.doubleDqn',
    to: false,
    given: given(`${SMALL}, learningRate: 0.05`),
    shows: 'whether weights become those of Double DQN',
    effect: async ({ agents }) => {
      const [one, double] = [await open(agents.dqn), await open({ ...agents.dqn, doubleDqn: true })];
      return numbersOf(play(one, 300), 'online/').join() === numbersOf(play(double, 300), 'online/').join();
    },
    before: true,
    after: false,
  },
  {
    key: 'agents.dqn.nStep',
    to: 3,
    given: given('gamma: 1, rewardClip: 1'),
    shows: 'rewards that four steps make',
    effect: after(4, (dqn) => numbersOf(dqn, 'memory/rewards')),
    before: [1, 1, 1, 1],
    after: [3, 3],
  },
  {
    key: 'agents.dqn.targetUpdate',
    to: 5,
    given: given(SMALL),
    shows: 'updates until the target network moves',
    effect: stepsUntil(targetMoved),
    before: 600,
    after: 5,
  },
  {
    key: 'agents.dqn.targetTau',
    to: 0.5,
    given: given(`${SMALL}, targetUpdate: 1`),
    shows: 'share of the way that the target network moves',
    effect: async (config) => rounded((await oneUpdate(config)).share),
    before: 0.01,
    after: 0.5,
  },
  {
    key: 'agents.dqn.maxGradNorm',
    to: 0.5,
    given: given('batchSize: 1, warmupSteps: 0, hiddenLayers: [256]'),
    shows: "norm of the first update's gradient",
    effect: after(1, (dqn) => rounded(10 * Math.hypot(...numbersOf(dqn, 'optimiser/', '/m')))),
    before: 3,
    after: 0.5,
  },
  {
    key: 'agents.dqn.rewardClip',
    to: null,
    shows: 'a reward of 200 as it is learnt from',
    effect: after(1, (dqn) => numbersOf(dqn, 'memory/rewards')),
    before: [100],
    after: [200],
  },
  {
    key: 'agents.dqn.rewardScale',
    to: 0.25,
    shows: 'a reward of 200 as it is learnt from',
    effect: after(1, (dqn) => numbersOf(dqn, 'memory/rewards')),
    before: [100],
    after: [25],
  },
  {
    key: 'agents.dqn.backend',
    to: 'tfjs',
    shows: 'what computes',
    effect: after(0, ({ backend }) => backend.backend),
    before: 'own-wasm',
    after: 'tfjs',
  },
];
