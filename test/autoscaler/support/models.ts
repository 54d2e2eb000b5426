import { createHash } from 'node:crypto';
import type { Checkpoint } from '#autoscaler/learn/checkpoint.ts';
import type { Provenance } from '#autoscaler/learn/provenance.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';

/** A small model of SARSA: two states, one dimension. */
export function modelOf(change: Partial<SavedModel> = {}): SavedModel {
  return {
    agent: 'sarsa',
    observationSize: 9,
    actions: { name: 'one', minWorkers: 1, maxWorkers: 32 },
    settings: { alpha: 0.5, dimensions: [{ name: 'workerQueue', edges: [1] }] },
    progress: null,
    arrays: {
      values: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      visits: { shape: [2, 3], data: Int32Array.of(1, 1, 1, 0, 1, 0) },
    },
    ...change,
  };
}

export const provenance: Provenance = {
  trainedOn: {
    workload: 'reference',
    profile: 'reference',
    dispatch: 'fifo',
    actions: 'one',
    reward: 'cost-50',
    seed: 42,
    episodes: 100,
    revision: null,
  },
  evaluation: { qos: 0.992, meanWorkers: 14.1 },
  backend: null,
};

/** The checkpoint with other content under a checksum that fits: what only a forger would write. */
export function resigned({ json, weights }: Checkpoint, change: Readonly<Record<string, unknown>>): Checkpoint {
  const content: Record<string, unknown> = { ...(JSON.parse(json) as Record<string, unknown>), ...change };
  delete content['sha256'];
  const sha256 = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { json: JSON.stringify({ ...content, sha256 }), weights };
}
