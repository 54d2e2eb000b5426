import { z } from 'zod';
import { closedObject } from './parse.ts';
import { notNegative, oneOf, positive, positiveOrNull, share, upTo, whole, yesOrNo } from './quantity.ts';

/**
 * The sections of farm.yml that the learning agents read. Names and shipped values: task-farm reference,
 * `utilities/configuration.yml` (reward) and the agents' training scripts; each key is explained in farm.yml.
 */

const weight = notNegative('a weight');

export const rewardSettings = closedObject({
  targetQos: share.default(0.95),
  queueTarget: positive('a number of tasks').default(30),
  balancedWorkers: positive('a number of workers').default(14),
  idleQueueThreshold: notNegative('a number of tasks').default(8),
  qosWeight: weight.default(36),
  backlogWeight: weight.default(2.5),
  scalingWeight: weight.default(0.08),
  efficiencyWeight: weight.default(0.05),
  scaleUpWeight: weight.default(5.5),
  scaleDownWeight: weight.default(0.1),
  unfinishedPenaltyScale: weight.default(2),
  completionBonus: weight.default(8),
});

const stepSize = upTo(1, 'a step size');

/** SARSA(λ)'s hyper-parameters: all of its settings but what its states are made of. A saved model has them too. */
export const sarsaLearning = {
  alpha: stepSize.default(0.025),
  gamma: share.default(0.985),
  epsilon: share.default(0.4),
  epsilonMin: share.default(0.1),
  epsilonDecay: share.default(0.995),
  traceLambda: share.default(0.5),
  traceThreshold: notNegative('a trace').default(1e-5),
  traces: oneOf('accumulating', 'replacing').default('accumulating'),
  stepSize: oneOf('constant', 'average').default('constant'),
  initialValue: z.number('expected a value').default(0),
  ties: oneOf('hold', 'largest').default('hold'),
};

const binsAllowed = 'expected a list of nine whole numbers from 1 to 64, one an observation';
const bins = z.array(z.int(binsAllowed).min(1, binsAllowed).max(64, binsAllowed), binsAllowed).length(9, binsAllowed);

/** The nine observations, and what else a state may be made of. */
export const stateDimensions = [
  'inputQueue',
  'workerQueue',
  'resultQueue',
  'outputQueue',
  'workers',
  'avgTime',
  'maxTime',
  'arrivalRate',
  'qosRate',
  'inFlight',
  'emitted',
  'load',
] as const;
const edgesAllowed = 'expected a list of {dimension, at}, each dimension once';
const atAllowed = 'expected a list of up to 63 ascending numbers';
const edges = z
  .array(
    closedObject({
      dimension: oneOf(...stateDimensions),
      at: z.array(z.number(atAllowed), atAllowed).max(63, atAllowed).refine(isAscending, atAllowed),
    }),
    edgesAllowed,
  )
  .refine((all) => new Set(all.map(({ dimension }) => dimension)).size === all.length, edgesAllowed);

/** Whether each number is larger than the one before. */
export function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? number));
}

export const sarsaSettings = closedObject({
  ...sarsaLearning,
  bins: bins.default([4, 7, 1, 1, 8, 8, 1, 5, 6]),
  edges: edges.default([]),
}).refine((sarsa) => sarsa.epsilonMin <= sarsa.epsilon, { path: ['epsilonMin'], message: 'expected at most epsilon' });

const layersAllowed = 'expected a list of 1 to 8 whole numbers from 1 to 4096';
const layers = z
  .array(z.int(layersAllowed).min(1, layersAllowed).max(4096, layersAllowed), layersAllowed)
  .min(1, layersAllowed)
  .max(8, layersAllowed);

/** What a network may be shown: docs/algorithms/dqn.md lists the numbers of each. */
export const featureSets = ['reference', 'clockless', 'extended', 'extended-clockless'] as const;

export const dqnSettings = closedObject({
  hiddenLayers: layers.default([128, 64]),
  features: oneOf(...featureSets).default('reference'),
  normalise: oneOf('fixed', 'reference', 'running').default('fixed'),
  learningRate: stepSize.default(3e-4),
  learningRateDecay: upTo(1, 'a factor').default(1),
  gamma: share.default(0.97),
  epsilonStart: share.default(0.8),
  epsilonEnd: share.default(0.05),
  epsilonDecay: share.default(0.98),
  batchSize: whole(1, 65_536, 'a whole number of transitions').default(64),
  replayCapacity: whole(1, 10_000_000, 'a whole number of transitions').default(75_000),
  warmupSteps: whole(0, 10_000_000, 'a whole number of steps').default(400),
  trainEvery: whole(1, 10_000, 'a whole number of steps').default(1),
  updatesPerStep: whole(1, 1000, 'a whole number of updates').default(1),
  doubleDqn: yesOrNo.default(true),
  nStep: whole(1, 100, 'a whole number of steps').default(1),
  targetUpdate: whole(1, 1_000_000, 'a whole number of updates').default(600),
  targetTau: upTo(1, 'a share').default(0.01),
  maxGradNorm: positive('a norm').default(3),
  rewardClip: positiveOrNull('a reward').default(100),
  rewardScale: positive('a factor').default(1),
  backend: oneOf('own', 'tfjs', 'tfjs-node', 'auto').default('own'),
})
  .refine((dqn) => dqn.epsilonEnd <= dqn.epsilonStart, {
    path: ['epsilonEnd'],
    message: 'expected at most epsilonStart',
  })
  .refine((dqn) => dqn.batchSize <= dqn.replayCapacity, {
    path: ['batchSize'],
    message: 'expected at most replayCapacity',
  });

const knotsAllowed = 'expected a list of 2 to 64 ascending numbers';
const knots = z.array(z.number(knotsAllowed), knotsAllowed).min(2, knotsAllowed).max(64, knotsAllowed);

export const cemSettings = closedObject({
  over: oneOf('emitted', 'arrivalRate').default('emitted'),
  knots: knots
    .refine(isAscending, knotsAllowed)
    .default([0, 30, 60, 90, 150, 220, 290, 360, 430, 500, 560, 650, 760, 880, 1020, 1140]),
  rateAverageS: positive('a time in s').default(8),
  initialWorkers: notNegative('a number of workers').default(14),
  initialSd: positive('a number of workers').default(2),
  gainSd: positive('a gain').default(0.4),
  population: whole(2, 10_000, 'a whole number of candidates').default(40),
  elites: whole(1, 10_000, 'a whole number of candidates').default(8),
  episodesPerCandidate: whole(1, 10_000, 'a whole number of episodes').default(20),
  smoothing: upTo(1, 'a share').default(0.4),
  leastSd: notNegative('a number of workers').default(0.03),
}).refine((cem) => cem.elites <= cem.population, { path: ['elites'], message: 'expected at most population' });

/** The settings of each agent, by its name. */
export const agentSchemas = { sarsa: sarsaSettings, dqn: dqnSettings, cem: cemSettings } as const;
