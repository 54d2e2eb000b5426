import { expect, test } from 'vitest';
import { plan } from '#autoscaler/loop/plan.ts';

test.each([
  ['more than there are', 13, 12, { kind: 'up', replicas: 13 }],
  ['fewer', 9, 12, { kind: 'down', replicas: 9 }],
  ['as many', 12, 12, { kind: 'hold' }],
])('%s', (_case, allowed, workers, planned) => {
  expect(plan(allowed, workers)).toEqual(planned);
});
