import { z } from 'zod';
import { closedObject } from './parse.ts';
import { notNegative, positive, positiveOrNull, share, upTo, whole } from './quantity.ts';

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

const binsAllowed = 'expected a list of nine whole numbers from 1 to 64, one an observation';
const bins = z.array(z.int(binsAllowed).min(1, binsAllowed).max(64, binsAllowed), binsAllowed).length(9, binsAllowed);

export const sarsaSettings = closedObject({
  alpha: stepSize.default(0.025),
  gamma: share.default(0.985),
  epsilon: share.default(0.4),
  epsilonMin: share.default(0.1),
  epsilonDecay: share.default(0.995),
  traceLambda: share.default(0.5),
  traceThreshold: notNegative('a trace').default(1e-5),
  bins: bins.default([4, 7, 1, 1, 8, 8, 1, 5, 6]),
}).refine((sarsa) => sarsa.epsilonMin <= sarsa.epsilon, { path: ['epsilonMin'], message: 'expected at most epsilon' });

const layersAllowed = 'expected a list of 1 to 8 whole numbers from 1 to 4096';
const layers = z
  .array(z.int(layersAllowed).min(1, layersAllowed).max(4096, layersAllowed), layersAllowed)
  .min(1, layersAllowed)
  .max(8, layersAllowed);

export const dqnSettings = closedObject({
  hiddenLayers: layers.default([128, 64]),
  learningRate: stepSize.default(3e-4),
  gamma: share.default(0.97),
  epsilonStart: share.default(0.8),
  epsilonEnd: share.default(0.05),
  epsilonDecay: share.default(0.98),
  batchSize: whole(1, 65_536, 'a whole number of transitions').default(64),
  replayCapacity: whole(1, 10_000_000, 'a whole number of transitions').default(75_000),
  warmupSteps: whole(0, 10_000_000, 'a whole number of steps').default(400),
  targetUpdate: whole(1, 1_000_000, 'a whole number of updates').default(600),
  targetTau: share.default(0.01),
  maxGradNorm: positive('a norm').default(3),
  rewardClip: positiveOrNull('a reward').default(100),
})
  .refine((dqn) => dqn.epsilonEnd <= dqn.epsilonStart, {
    path: ['epsilonEnd'],
    message: 'expected at most epsilonStart',
  })
  .refine((dqn) => dqn.batchSize <= dqn.replayCapacity, {
    path: ['batchSize'],
    message: 'expected at most replayCapacity',
  });
