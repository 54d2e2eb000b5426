/** What the routes may tell, made up: a training at work, an evaluation and a comparison that have ended, two models. */

export const examplePolicy = {
  ...{ live: { name: 'reactive-average', model: null }, shadow: { name: 'sarsa-quick', model: 'sha256-1' } },
  safe: 'reactive-average',
  fallback: { active: false, since: null, because: null, switches: 0, returns: 0 },
};

export const exampleShadow = (nowMs: number) => ({
  ...{ candidate: 'sarsa-quick', live: 'reactive-average', since: nowMs - 600_000 },
  ...{ because: null, window: { from: nowMs - 600_000, to: nowMs }, decisions: 75, tasks: 2_683, replications: 20 },
  qos: { live: 0.912, liveReplayed: 0.915, shadow: 0.981, expected: 0.978 },
  meanWorkers: { live: 8.14, liveReplayed: 8.1, shadow: 7.16, expected: 7.2 },
  ...{ agreement: 0.62, gap: -0.94 },
});

const figures = (policy: string, [qos, meanWorkers]: readonly [number, number]) => ({
  ...{ policy, qos, qosCi: [qos - 0.008, Math.min(1, qos + 0.008)] },
  ...{ meanWorkers, meanWorkersCi: [meanWorkers - 0.1, meanWorkers + 0.1], maxWorkers: meanWorkers + 3 },
  ...{
    scalingActions: 12.4,
    reward: -120.5,
    usesClock: policy === 'best',
    deployable: policy !== 'clairvoyant',
    seeds: 20,
  },
});

const curve = Array.from({ length: 80 }, (_, i) => ({
  ...{ episode: i + 1, training: 0, exploration: 0.5, loss: null, reward: 4 * i - 400 },
  ...{ qos: 0.95 - 0.35 * Math.exp(-i / 20), meanWorkers: 9 - i / 40 },
}));

export const exampleRuns = (nowMs: number) => [
  {
    ...{ id: 'train-3', kind: 'train', state: 'running', progress: { done: 80, total: 200 } },
    ...{ request: { agent: 'sarsa', workload: 'quick', episodes: 200 }, createdAt: nowMs - 65_000, endedAt: null },
    points: curve,
  },
  {
    ...{ id: 'evaluate-2', kind: 'evaluate', state: 'done', progress: { done: 20, total: 20 } },
    ...{
      request: { model: 'sarsa-quick', workload: 'quick', seeds: 20 },
      createdAt: nowMs - 265_000,
      endedAt: nowMs - 200_000,
    },
    result: figures('sarsa-quick', [0.978, 7.2]),
    points: [],
  },
  {
    ...{ id: 'compare-1', kind: 'compare', state: 'done', progress: { done: 7, total: 7 } },
    ...{ request: { policies: 'reactive-average,best,static-8..18,clairvoyant', workload: 'reference' } },
    ...{ createdAt: nowMs - 665_000, endedAt: nowMs - 600_000 },
    result: {
      rows: [
        figures('reactive-average', [0.836, 11.9]),
        figures('best', [0.992, 13.2]),
        figures('static-8', [0.42, 8]),
        figures('static-12', [0.79, 12]),
        figures('static-15', [0.971, 15]),
        figures('static-18', [0.999, 18]),
        figures('clairvoyant', [1, 11.6]),
      ],
    },
  },
];

export const exampleModels = (nowMs: number) => [
  {
    ...{
      id: `sha256-${'1'.repeat(64)}`,
      name: 'sarsa-quick',
      version: 2,
      agent: 'sarsa',
      promoted: true,
      bytes: 48_213,
    },
    ...{ createdAt: nowMs - 100_000, figures: { qos: 0.978, meanWorkers: 7.2 } },
    lineage: { source: 'training', data: { workload: 'quick', profile: 'farmhand' }, episodes: 200, seed: 1 },
  },
  {
    ...{
      id: `sha256-${'2'.repeat(64)}`,
      name: 'dqn-reference',
      version: 1,
      agent: 'dqn',
      promoted: false,
      bytes: 412_213,
    },
    ...{ createdAt: nowMs - 900_000, figures: { qos: 0.991, meanWorkers: 13.2 } },
    lineage: { source: 'training', data: { workload: 'reference', profile: 'reference' }, episodes: 600, seed: 1 },
  },
];
