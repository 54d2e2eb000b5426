import type { FarmConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { createSarsa } from '#autoscaler/learn/sarsa/load-sarsa.ts';
import type { Sarsa } from '#autoscaler/learn/sarsa/sarsa.ts';
import { seen } from '../../autoscaler/support/sightings.ts';
import type { ConfigEffect } from './effect.ts';

const learner = (config: FarmConfig): Sarsa =>
  createSarsa({
    settings: config.agents.sarsa,
    actions: { name: 'one', minWorkers: 1, maxWorkers: 32 },
    rng: new Sfc32(1),
  });

/** The state with no task waiting, and the one with ten. */
const states = [seen({ waiting: 0, workers: 9 }), seen({ waiting: 10, workers: 9 })] as const;

/** From the first state into itself, on to the second, and to the end; each with its reward. */
const EPISODE = [
  { from: 0, to: 0, reward: 0 },
  { from: 0, to: 1, reward: 0 },
  { from: 1, to: 0, reward: 100 },
] as const;

/** Values of holding in the two states after two such episodes; the second pays twice as much. */
function holdValues(config: FarmConfig): number[] {
  const sarsa = learner(config);
  for (const times of [1, 2]) {
    for (const { from, to, reward } of EPISODE) {
      sarsa.learn({
        seen: states[from],
        action: 1,
        reward: reward * times,
        next: states[to],
        nextMask: [true, true, true],
        terminated: reward > 0,
        truncated: false,
      });
    }
    sarsa.endEpisode();
  }
  const { values } = sarsa.save({ resumable: false }).arrays;
  return [1, 4].map((cell) => Number((values?.data[cell] ?? 0).toFixed(2)));
}

function explorationAfterTwoEpisodes(config: FarmConfig): number {
  const sarsa = learner(config);
  sarsa.endEpisode();
  sarsa.endEpisode();
  return Number(sarsa.exploration.toFixed(4));
}

const values = { shows: 'what holding is worth in two states', effect: holdValues, before: [5.45, 7.44] };
const exploration = { shows: 'exploration in the third episode', effect: explorationAfterTwoEpisodes, before: 0.396 };
const dimensions = {
  shows: 'what the state is made of',
  effect: (config: FarmConfig) =>
    learner(config).settings.dimensions.map(({ name, edges }) => `${name} ${edges.length + 1}`),
  before: ['inputQueue 4', 'workerQueue 7', 'workers 8', 'avgTime 8', 'arrivalRate 5', 'qosRate 6'],
};

export const sarsaEffects: readonly ConfigEffect[] = [
  { ...values, key: 'agents.sarsa.alpha', to: 0.5, after: [96.55, 125] },
  { ...values, key: 'agents.sarsa.gamma', to: 0.5, after: [2.32, 7.44] },
  { ...values, key: 'agents.sarsa.traceLambda', to: 0, after: [0.06, 7.44] },
  { ...values, key: 'agents.sarsa.traceThreshold', to: 0.8, after: [0.06, 7.44] },
  { ...values, key: 'agents.sarsa.traces', to: 'replacing', after: [3.66, 7.44] },
  { ...values, key: 'agents.sarsa.stepSize', to: 'average', after: [70.49, 150] },
  { ...values, key: 'agents.sarsa.initialValue', to: 7, after: [12.18, 14.09] },
  { ...exploration, key: 'agents.sarsa.epsilon', to: 0.2, after: 0.198 },
  { ...exploration, key: 'agents.sarsa.epsilonMin', to: 0.399, after: 0.399 },
  { ...exploration, key: 'agents.sarsa.epsilonDecay', to: 0.5, after: 0.1 },
  {
    key: 'agents.sarsa.ties',
    to: 'largest',
    shows: 'decision in a state that was never met',
    effect: (config) => learner(config).decide(states[0]).kind,
    before: 'hold',
    after: 'scale',
  },
  {
    ...dimensions,
    key: 'agents.sarsa.bins',
    to: [1, 1, 1, 1, 32, 1, 1, 4, 1],
    after: ['workers 32', 'arrivalRate 4'],
  },
  {
    ...dimensions,
    key: 'agents.sarsa.edges',
    to: [
      { dimension: 'avgTime', at: [] },
      { dimension: 'load', at: [4, 8] },
    ],
    after: ['inputQueue 4', 'workerQueue 7', 'workers 8', 'arrivalRate 5', 'qosRate 6', 'load 3'],
  },
];
