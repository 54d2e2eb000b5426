import { describe, expect, test } from 'vitest';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { measureShift, trainFor } from '../../bench/online.ts';

const config = farmConfigSchema.parse({});
const { signal } = new AbortController();

describe('learning on under a load that has changed', () => {
  test('has more tasks in time than the model as it was, and the same each time', async () => {
    const load = { config, workload: 'burst', agent: 'sarsa', signal } as const;
    const model = await trainFor({ ...load, episodes: 600 });
    const shifted = { ...load, model, shift: 1.5, episodes: 100 };
    const { first, last } = await measureShift(shifted);
    expect(first.online.qos).toBeGreaterThanOrEqual(first.frozen.qos);
    expect(last.online.qos).toBeGreaterThan(last.frozen.qos + 0.01);
    expect(last.online.workers).toBeLessThan(last.frozen.workers * 1.5);
    expect(await measureShift(shifted)).toMatchObject({ first, last });
  });

  test('keeps the QoS of a model whose load has not changed', async () => {
    const load = { config, workload: 'constant', agent: 'sarsa', signal } as const;
    const model = await trainFor({ ...load, episodes: 600 });
    const { last } = await measureShift({ ...load, model, shift: 1, episodes: 100 });
    expect(last.online.qos).toBeGreaterThan(last.frozen.qos - 0.002);
  });
});
