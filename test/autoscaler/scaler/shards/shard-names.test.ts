import { expect, test } from 'vitest';
import { ShardNames } from '#autoscaler/scaler/shards/shard-names.ts';

const names = new ShardNames('worker', 12);

test('the first shard has the name of the function', () => {
  expect(names.functions.slice(0, 3)).toEqual(['worker', 'worker-2', 'worker-3']);
});

test.each([
  ['worker-k3j9x2ab', 0],
  ['worker-2-k3j9x2ab', 1],
  ['worker-12-k3j9x2ab', 11],
  ['worker-worker-6d4b9-x7k2p-a1b2c3', 0],
  ['worker-3-worker-3-6d4b9-x7k2p-a1b2c3', 2],
  ['collector-k3j9x2ab', -1],
  ['worker', -1],
])('%s is of shard %i', (member, shard) => {
  expect(names.shardOf(member)).toBe(shard);
});
