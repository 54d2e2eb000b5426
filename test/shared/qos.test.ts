import { describe, expect, test } from 'vitest';
import { metDeadline, qos, qosCollected } from '#shared/qos.ts';

describe('a task meets its deadline', () => {
  test.each([
    { name: 'collected before it', collectedAt: 999.9, met: true },
    { name: 'collected in its very moment', collectedAt: 1000, met: true },
    { name: 'collected a microsecond later', collectedAt: 1000.001, met: false },
  ])('$name: $met', ({ collectedAt, met }) => {
    expect(metDeadline({ collectedAt, deadlineAt: 1000 })).toBe(met);
  });
});

describe('QoS', () => {
  test.each([
    { name: 'all on time', submitted: 10, collected: 10, met: 10, of: 1, ofCollected: 1 },
    { name: 'unfinished ones are misses', submitted: 100, collected: 80, met: 76, of: 0.76, ofCollected: 0.95 },
    { name: 'nothing finished', submitted: 5, collected: 0, met: 0, of: 0, ofCollected: null },
    { name: 'nothing submitted', submitted: 0, collected: 0, met: 0, of: null, ofCollected: null },
  ])('$name', ({ submitted, collected, met, of, ofCollected }) => {
    expect(qos({ submitted, collected, met })).toBe(of);
    expect(qosCollected({ submitted, collected, met })).toBe(ofCollected);
  });
});
