import { z } from 'zod';

/** Number over 0 in `unit`. */
const positive = (unit: string) =>
  z.number(`expected a number of ${unit} over 0`).positive(`expected a number of ${unit} over 0`);
const notNegative = (unit: string) =>
  z.number(`expected a number of ${unit}, 0 or more`).nonnegative(`expected a number of ${unit}, 0 or more`);
const whole = (min: number, max: number) => {
  const allowed = `expected a whole number from ${min} to ${max}`;
  return z.int(allowed).min(min, allowed).max(max, allowed);
};
const share = z
  .number('expected a share from 0 to 1')
  .min(0, 'expected a share from 0 to 1')
  .max(1, 'expected a share from 0 to 1');
const weight = notNegative('reward');

/** A section whose keys all have defaults: absent means all of them. */
const section = <Shape extends z.ZodRawShape>(shape: Shape) => z.prefault(z.strictObject(shape), {} as never);

const phaseDefinition = z
  .strictObject({
    name: z.string().min(1),
    multiplier: positive('times the base rate'),
    durationS: positive('s'),
    pattern: z.enum(['steady', 'oscillation_slow', 'oscillation_fast']),
    oscillationMin: notNegative('times the rate').optional(),
    oscillationMax: positive('times the rate').optional(),
    oscillationCycles: positive('cycles').optional(),
  })
  .refine(
    (p) =>
      p.pattern === 'steady' ||
      (p.oscillationMin !== undefined && p.oscillationMax !== undefined && p.oscillationCycles !== undefined),
    {
      message: 'an oscillating phase needs oscillationMin, oscillationMax and oscillationCycles',
    },
  );

export type PhaseDefinition = z.infer<typeof phaseDefinition>;

/** The four phases of the reference's README: 90 + 450 + 300 + 300 = 1,140 tasks in 240 s. */
export const referencePhases: PhaseDefinition[] = [
  { name: 'Steady Low Load', multiplier: 0.3, durationS: 60, pattern: 'steady' },
  { name: 'Steady High Load', multiplier: 1.5, durationS: 60, pattern: 'steady' },
  {
    name: 'Slow Oscillation',
    multiplier: 1,
    durationS: 60,
    pattern: 'oscillation_slow',
    oscillationMin: 0.5,
    oscillationMax: 1.5,
    oscillationCycles: 1,
  },
  {
    name: 'Fast Oscillation',
    multiplier: 1,
    durationS: 60,
    pattern: 'oscillation_fast',
    oscillationMin: 0.3,
    oscillationMax: 1.7,
    oscillationCycles: 4,
  },
];

const control = section({
  policy: z.string().min(1).default('reactive-average'),
  minWorkers: whole(1, 32).default(1),
  maxWorkers: whole(1, 32).default(32),
  initialWorkers: whole(1, 32).default(1),
  stepDurationS: positive('s').default(10),
  observationWindowS: positive('s').max(120, 'expected at most 120 s').default(10),
  maxSteps: whole(1, 1_000_000).default(50),
  /** Null: as long as a step. */
  horizonS: positive('s').nullable().default(null),
  /** Largest change of replicas in one decision; 1 is the reference's -1/0/+1. */
  maxScalingStep: whole(1, 31).default(1),
  drainTimeoutS: positive('s').default(10),
}).superRefine((c, context) => {
  if (c.minWorkers > c.maxWorkers) {
    context.addIssue({
      code: 'custom',
      path: ['minWorkers'],
      message: `expected at most maxWorkers (${c.maxWorkers})`,
    });
  }
  if (c.initialWorkers < c.minWorkers || c.initialWorkers > c.maxWorkers) {
    context.addIssue({
      code: 'custom',
      path: ['initialWorkers'],
      message: `expected minWorkers to maxWorkers (${c.minWorkers} to ${c.maxWorkers})`,
    });
  }
});

/** time = a·size² + b, s and px (task-farm reference, `calibrated_model`). */
const timingModel = (a: number, b: number, rSquared: number) =>
  section({
    a: positive('s/px²').default(a),
    b: notNegative('s').default(b),
    rSquared: share.default(rSquared),
  });

const workload = section({
  baseRatePerMin: positive('tasks/min').default(300),
  phases: z.array(phaseDefinition).min(1).default(referencePhases),
  seed: whole(0, 2 ** 31 - 1).default(42),
  phaseShuffle: z.boolean().default(false),
  phaseShuffleSeed: whole(0, 2 ** 31 - 1)
    .nullable()
    .default(null),
  targetMeanProcessingTimeS: positive('s').default(1.5),
  processingTimeShape: positive('(gamma shape)').default(4),
  minSizePx: whole(16, 16384).default(512),
  maxSizePx: whole(16, 16384).default(4096),
  /** The reference's own fit: what `calibrated` tasks take. */
  calibratedModel: timingModel(1.7099013205346125e-7, 0.0016654777540409116, 0.9999039503000624),
  /** This machine's fit for `image` tasks; `farmhand calibrate --apply` writes it. */
  imageModel: timingModel(1.0e-7, 0.005, 0.99),
}).refine((w) => w.minSizePx <= w.maxSizePx, { path: ['minSizePx'], message: 'expected at most maxSizePx' });

const deadline = section({
  coefficient: positive('times the expected service').default(2),
  floorS: notNegative('s').default(0.1),
  capS: positive('s').default(30),
}).refine((d) => d.floorS <= d.capS, { path: ['floorS'], message: 'expected at most capS' });

const queue = section({
  leaseS: positive('s').min(1, 'expected at least 1 s').default(5),
  maxAttempts: whole(1, 100).default(5),
  retainRecords: whole(1, 10_000_000).default(100_000),
  maxPayloadBytes: whole(64, 16 * 1024 * 1024).default(256 * 1024),
  maxBlobBytes: whole(1024, 512 * 1024 * 1024).default(64 * 1024 * 1024),
  maxBlobTotalBytes: whole(1024, 2 ** 40).default(512 * 1024 * 1024),
  blobTtlS: positive('s').default(3600),
});

/** Task-farm reference, `utilities/configuration.yml`, shipped values; validated now, used by the learning agents. */
const reward = section({
  targetQos: share.default(0.95),
  queueTarget: positive('tasks').default(30),
  balancedWorkers: positive('workers').default(14),
  idleQueueThreshold: notNegative('tasks').default(8),
  qosWeight: weight.default(36),
  backlogWeight: weight.default(2.5),
  scalingWeight: weight.default(0.08),
  efficiencyWeight: weight.default(0.05),
  scaleUpWeight: weight.default(5.5),
  scaleDownWeight: weight.default(0.1),
  unfinishedPenaltyScale: weight.default(2),
  completionBonus: weight.default(8),
});

const sarsa = section({
  alpha: positive('(step size)').max(1, 'expected at most 1').default(0.025),
  gamma: share.default(0.985),
  epsilon: share.default(0.4),
  epsilonMin: share.default(0.1),
  epsilonDecay: share.default(0.995),
  traceLambda: share.default(0.5),
  traceThreshold: notNegative('(trace)').default(1e-5),
  bins: z
    .array(whole(1, 64))
    .length(9, 'expected nine bin counts, one an observation')
    .default([4, 7, 1, 1, 8, 8, 1, 5, 6]),
});

const dqn = section({
  hiddenLayers: z.array(whole(1, 4096)).min(1).default([128, 64]),
  learningRate: positive('(step size)').default(3e-4),
  gamma: share.default(0.97),
  epsilonStart: share.default(0.8),
  epsilonEnd: share.default(0.05),
  epsilonDecay: share.default(0.98),
  batchSize: whole(1, 65536).default(64),
  replayCapacity: whole(1, 10_000_000).default(75_000),
  warmupSteps: whole(0, 10_000_000).default(400),
  targetUpdate: whole(1, 1_000_000).default(600),
  targetTau: share.default(0.01),
  maxGradNorm: positive('(norm)').default(3),
  rewardClip: positive('reward').nullable().default(100),
});

export const farmConfigSchema = z.strictObject({
  /** Names the farm: every Redis key begins with `{farm}:`. */
  farm: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'expected 1 to 40 of a-z 0-9 -')
    .default('farmhand'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  control,
  workload,
  deadline,
  queue,
  reward,
  agents: section({ sarsa, dqn }),
  gateway: section({
    /** Inside a cluster; on one machine the local gateway's address is set by the environment. */
    url: z
      .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
      .default('http://gateway.openfaas.svc.cluster.local:8080'),
    namespace: z.string().default('openfaas-fn'),
    workerFunction: z.string().default('worker'),
  }),
  worker: section({
    /** Time that a SIGTERM leaves for the task in hand before it is handed back; below Kubernetes' 30 s. */
    graceS: positive('s').default(25),
  }),
  emitter: section({
    /** Folders whose images may be turned into tasks by path. */
    imageRoots: z.array(z.string()).default(['/data']),
  }),
  collector: section({
    /** Folders that thumbnails may be written below. */
    outputRoots: z.array(z.string()).default(['/data']),
  }),
  local: section({
    host: z.string().default('127.0.0.1'),
    port: whole(0, 65535).default(8080),
    /** 5 behaves as OpenFaaS Community Edition does: it grants no more, silently. Null: no limit. */
    maxReplicas: whole(1, 1000).nullable().default(null),
    /** Seconds between a replica's SIGTERM and its SIGKILL. */
    graceS: positive('s').default(30),
  }),
});

export type FarmConfig = z.infer<typeof farmConfigSchema>;
