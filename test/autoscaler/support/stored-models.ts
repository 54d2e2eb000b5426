import { createSarsa } from '#autoscaler/learn/sarsa/load-sarsa.ts';
import type { ModelToStore } from '#autoscaler/model-store/model-store.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { Sfc32 } from '#shared/rng.ts';
import { seen } from './sightings.ts';

const settings = farmConfigSchema.parse({}).agents.sarsa;

/** A SARSA that has learnt one thing; another seed, another thing. */
export function modelToStore(
  name: string,
  seed: number,
  { resumable }: { resumable: boolean } = { resumable: false },
): ModelToStore {
  const actions = { name: 'one', minWorkers: 1, maxWorkers: 32 } as const;
  const learner = createSarsa({ settings, actions, rng: new Sfc32(seed) });
  const look = seen({ waiting: 3, workers: 4, rate: 2 });
  const nextMask = [true, true, true];
  learner.learn({ seen: look, action: 2, reward: seed + 1, next: look, nextMask, terminated: true, truncated: false });
  return {
    name,
    model: learner.save({ resumable }),
    lineage: {
      source: 'training',
      data: { workload: 'reference', profile: 'reference', sha256: null, live: null },
      reward: 'cost-30',
      seed,
      episodes: 1,
      configSha256: null,
      revision: null,
      parent: null,
    },
    figures: { qos: 0.99, meanWorkers: 14 },
  };
}
