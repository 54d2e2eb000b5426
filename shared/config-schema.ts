import { z } from 'zod';
import { cemSettings, dqnSettings, rewardSettings, sarsaSettings } from './agents-schema.ts';
import { closedObject } from './parse.ts';
import {
  atLeast,
  notNegative,
  oneOf,
  positive,
  positiveOrNull,
  seed,
  seedOrNull,
  share,
  text,
  upTo,
  whole,
  wholeOrNull,
  yesOrNo,
} from './quantity.ts';
import { dispatchOrders, LATE_EVERY } from './queue/lane-rule.ts';
import { LONGEST_WINDOW_S, MOST_STEPS, MOST_TASKS, MOST_WORKERS } from './workload/limits.ts';
import { phaseDefinition, referencePhases, type PhaseDefinition } from './workload/phase-definition.ts';

/**
 * The schema of farm.yml, with every default. farm.yml explains each key and repeats its default and what is allowed;
 * test/shared/farm-yml.test.ts holds the two together.
 */

/** A section whose keys all have defaults: absent, or with every key commented out (YAML's null), means all of them. */
const section = <Schema extends z.ZodType>(schema: Schema) => z.preprocess((value) => value ?? {}, schema);

/** How the autoscaler steers: also what a request for an episode is made of. */
export const controlSettings = closedObject({
  policy: text(200).default('reactive-average'),
  safePolicy: text(200).default('steady'),
  minWorkers: whole(1, MOST_WORKERS, 'a whole number of workers').default(1),
  maxWorkers: whole(1, MOST_WORKERS, 'a whole number of workers').default(32),
  initialWorkers: whole(1, MOST_WORKERS, 'a whole number of workers').default(1),
  stepDurationS: positive('a time in s').default(10),
  observationWindowS: upTo(LONGEST_WINDOW_S, 'a time in s').default(10),
  maxSteps: whole(1, MOST_STEPS, 'a whole number of steps').default(50),
  horizonS: positiveOrNull('a time in s').default(null),
  maxScalingStep: whole(1, 31, 'a whole number of workers').default(1),
  drainTimeoutS: positive('a time in s').default(10),
  learning: oneOf('off', 'on').default('off'),
}).superRefine(({ minWorkers, maxWorkers, initialWorkers }, context) => {
  if (minWorkers > maxWorkers) {
    context.addIssue({ code: 'custom', path: ['minWorkers'], message: `expected at most maxWorkers (${maxWorkers})` });
  } else if (initialWorkers < minWorkers || initialWorkers > maxWorkers) {
    const message = `expected minWorkers to maxWorkers (${minWorkers} to ${maxWorkers})`;
    context.addIssue({ code: 'custom', path: ['initialWorkers'], message });
  }
});

const shield = closedObject({
  covers: oneOf('models', 'all').default('models'),
  floorSlack: whole(0, MOST_WORKERS, 'a whole number of workers').default(3),
  ceilingSlack: whole(0, MOST_WORKERS, 'a whole number of workers').default(5),
  memoryS: positive('a time in s').default(300),
  cooldownSteps: whole(0, 1000, 'a whole number of steps').default(1),
  decideWithinMs: whole(10, 5000, 'a whole number of ms').default(1000),
  strikes: whole(1, 100, 'a whole number of steps').default(3),
  returnAfterSteps: whole(1, 10_000, 'a whole number of steps').default(30),
  mostReturns: whole(0, 100, 'a whole number of returns').default(3),
  modelMaxAgeDays: positiveOrNull('a number of days').default(null),
  driftTolerance: atLeast(1, 'a factor').default(3),
  driftWindowSteps: whole(10, 10_000, 'a whole number of steps').default(120),
  driftPsi: positive('an index').default(0.25),
  qosAllowance: share.default(0.1),
  qosLimit: positive('a sum').default(1),
});

/** time = a·size² + b, with the fit's goodness (workload/timing-model.ts). */
const fittedModel = (fit: { a: number; b: number; rSquared: number }) =>
  section(
    closedObject({
      a: positive('a factor in s/px²').default(fit.a),
      b: notNegative('a time in s').default(fit.b),
      rSquared: share.default(fit.rSquared),
    }),
  );

const phasesAllowed = 'expected a list of 1 to 1000 phases';

const workload = closedObject({
  baseRatePerMin: positive('a rate in tasks/min').default(300),
  phases: z
    .array(phaseDefinition, phasesAllowed)
    .min(1, phasesAllowed)
    .max(1000, phasesAllowed)
    .default(referencePhases),
  seed: seed.default(42),
  phaseShuffle: yesOrNo.default(false),
  phaseShuffleSeed: seedOrNull.default(null),
  targetMeanProcessingTimeS: positive('a time in s').default(1.5),
  processingTimeShape: upTo(10_000, 'a shape').default(4),
  minSizePx: whole(16, 16_384, 'a whole number of px').default(512),
  maxSizePx: whole(16, 16_384, 'a whole number of px').default(4096),
  calibratedModel: fittedModel({ a: 1.7099013205346125e-7, b: 0.0016654777540409116, rSquared: 0.9999039503000624 }),
  imageModel: fittedModel({ a: 3.44e-8, b: 0.0105, rSquared: 0.954 }),
})
  .refine((w) => w.minSizePx <= w.maxSizePx, { path: ['minSizePx'], message: 'expected at most maxSizePx' })
  .refine((w) => mostTasks(w.phases, w.baseRatePerMin) <= MOST_TASKS, {
    path: ['baseRatePerMin'],
    message: `expected a rate at which the phases make at most ${MOST_TASKS} tasks`,
  });

/** Tasks that the phases would make at their peaks. */
function mostTasks(phases: readonly PhaseDefinition[], baseRatePerMin: number): number {
  return phases.reduce((sum, phase) => {
    const peak = phase.pattern === 'steady' ? 1 : phase.oscillationMax;
    return sum + (baseRatePerMin / 60) * phase.multiplier * peak * phase.durationS;
  }, 0);
}

const deadline = closedObject({
  coefficient: positive('a factor').default(2),
  floorS: notNegative('a time in s').default(0.1),
  capS: positive('a time in s').default(30),
}).refine((d) => d.floorS <= d.capS, { path: ['floorS'], message: 'expected at most capS' });

const KIB = 1024;
const MIB = 1024 * KIB;

const queue = closedObject({
  dispatch: oneOf(...dispatchOrders).default('lanes'),
  lateEvery: whole(2, 1000, 'a whole number of claims').default(LATE_EVERY),
  leaseS: atLeast(1, 'a time in s').default(5),
  maxAttempts: whole(1, 100, 'a whole number of attempts').default(5),
  retainRecords: whole(1, 10_000_000, 'a whole number of records').default(100_000),
  retainS: positive('a time in s').default(604_800),
  maxPayloadBytes: whole(64, 16 * MIB, 'a whole number of bytes').default(256 * KIB),
  maxBlobBytes: whole(KIB, 512 * MIB, 'a whole number of bytes').default(64 * MIB),
  maxBlobTotalBytes: whole(KIB, 2 ** 40, 'a whole number of bytes').default(512 * MIB),
  blobTtlS: positive('a time in s').default(3600),
}).refine((q) => q.maxBlobBytes <= q.maxBlobTotalBytes, {
  path: ['maxBlobBytes'],
  message: 'expected at most maxBlobTotalBytes',
});

const urlAllowed = 'expected an http or https URL';
const nameAllowed = 'expected a name of 1 to 63 of a-z 0-9 -, as Kubernetes allows';
const kubernetesName = z.string(nameAllowed).regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, nameAllowed);

const kubeconfigAllowed = 'expected an absolute path of a file, or null';

const gateway = closedObject({
  url: z.url({ protocol: /^https?$/, error: urlAllowed }).default('http://gateway.openfaas.svc.cluster.local:8080'),
  namespace: kubernetesName.default('openfaas-fn'),
  workerFunction: kubernetesName.default('worker'),
  scaler: oneOf('gateway', 'sharded-gateway', 'kubernetes').default('gateway'),
  shards: whole(1, 15, 'a whole number of functions').default(7),
  shardReplicas: whole(1, 1000, 'a whole number of replicas').default(5),
  deployment: kubernetesName.default('worker'),
  deploymentNamespace: kubernetesName.default('farmhand-workers'),
  kubeconfig: z.string(kubeconfigAllowed).startsWith('/', kubeconfigAllowed).nullable().default(null),
});

const foldersAllowed = 'expected a list of absolute paths of folders';
const folders = z.array(z.string(foldersAllowed).startsWith('/', foldersAllowed), foldersAllowed);

const local = closedObject({
  host: text(255).default('127.0.0.1'),
  port: whole(0, 65_535, 'a port').default(8080),
  maxReplicas: wholeOrNull(1, 1000, 'a whole number of replicas').default(null),
  graceS: positive('a time in s').default(30),
  runtime: oneOf('process', 'docker').default('process'),
});

const farmAllowed = 'expected a name of 1 to 40 of a-z 0-9 -';

/** `closedObject` of the whole file; its sections are above, and those of the agents in agents-schema.ts. */
export const farmConfigSchema = closedObject({
  farm: z
    .string(farmAllowed)
    .regex(/^[a-z0-9-]{1,40}$/, farmAllowed)
    .default('farmhand'),
  logLevel: oneOf('debug', 'info', 'warn', 'error', 'silent').default('info'),
  control: section(controlSettings),
  shield: section(shield),
  workload: section(workload),
  deadline: section(deadline),
  queue: section(queue),
  reward: section(rewardSettings),
  agents: section(
    closedObject({ sarsa: section(sarsaSettings), dqn: section(dqnSettings), cem: section(cemSettings) }),
  ),
  gateway: section(gateway),
  worker: section(
    closedObject({
      graceS: positive('a time in s').default(25),
      maxTaskS: positive('a time in s').default(600),
      concurrency: whole(1, 1000, 'a whole number of tasks').default(1),
      prefetch: whole(1, 1000, 'a whole number of tasks').default(16),
      fileRoots: folders.default([]),
    }),
  ),
  emitter: section(closedObject({ imageRoots: folders.default(['/data']) })),
  collector: section(closedObject({ outputRoots: folders.default(['/data']) })),
  local: section(local),
});

export type FarmConfig = z.infer<typeof farmConfigSchema>;
