import { describe, expect, test } from 'vitest';
import { podFrom, runsIn, type Pod } from '#autoscaler/scaler/kubernetes/pod.ts';
import { removable } from '#autoscaler/scaler/kubernetes/removable.ts';

const pod = (name: string, change: Partial<Pod> = {}): Pod => ({
  ...{ name, owner: 'new', started: true, ready: true, phase: 'Running', assigned: true, leaving: false },
  deletionCost: 0,
  ...change,
});
const drained = { deletionCost: -1000 };
const shown = { ...drained, ready: false };
const pending = { started: false, ready: false, phase: 'Pending' } as const;

describe('pods that may go', () => {
  test.each([
    ['a drained one whose probe has failed', [pod('a', shown), pod('c')], 1],
    ['beside one that starts and may have work', [pod('a', shown), pod('c', { ready: false })], 1],
    ['one that is still called ready, where all are', [pod('a', drained), pod('c')], 1],
    ['not beside one that is not ready and may have work', [pod('a', drained), pod('c', { ready: false })], 0],
    ['the example', [pod('a', shown), pod('b', drained), pod('c', { ready: false }), pod('d')], 1],
    ['beside one that has not begun', [pod('a', shown), pod('c', pending)], 1],
    ['not before a pending pod whose container runs', [pod('a', shown), pod('c', { ...pending, started: true })], 0],
    ['not one without its mark: it ranks like the others', [pod('a'), pod('c')], 0],
    [
      'none that is leaving or has ended',
      [pod('a', { ...shown, leaving: true }), pod('b', { ...shown, phase: 'Ended' })],
      0,
    ],
    ['none of a new ReplicaSet while the old one has work', [pod('a', shown), pod('c'), pod('d', { owner: 'old' })], 0],
    [
      'what both can spare',
      [pod('a', shown), pod('c'), pod('b', { ...shown, owner: 'old' }), pod('d', { owner: 'old' })],
      1,
    ],
    [
      'all of one, beside another that has not begun',
      [pod('a', shown), pod('c'), pod('d', { ...pending, owner: 'old' })],
      1,
    ],
    ['all of several', [pod('a', shown), pod('b', shown), pod('c')], 2],
  ])('%s', (_case, pods, count) => {
    expect(removable(pods, new Set(['a', 'b']))).toBe(count);
  });
});

test('a pod is its ReplicaSet’s, whoever else owns it', () => {
  const ownerOf = (metadata: string): string =>
    podFrom(JSON.parse(`{"metadata":${metadata}}`) as Parameters<typeof podFrom>[0]).owner;
  expect(ownerOf('{"ownerReferences":[{"name":"other"},{"name":"worker-6d4b9c","controller":true}]}')).toBe(
    'worker-6d4b9c',
  );
  expect(ownerOf('{}')).toBe('');
});

test.each([
  ['worker-worker-6d4b9c-x7k2p-a1b2c3', 'worker-6d4b9c-x7k2p', true],
  ['worker-6d4b9c-x7k2p', 'worker-6d4b9c-x7k2p', true],
  ['worker-worker-6d4b9c-x7k2p-a1b2c3', 'worker-6d4b9c-x7k2', false],
  ['worker-worker-6d4b9c-x7k2p-a1b2c3', 'orker-6d4b9c-x7k2p', false],
])('%s runs in pod %s: %s', (member, name, is) => {
  expect(runsIn(member, name)).toBe(is);
});
