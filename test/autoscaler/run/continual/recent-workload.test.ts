import { describe, expect, test } from 'vitest';
import { workloadOf } from '#autoscaler/run/continual/recent-workload.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { Sfc32 } from '#shared/rng.ts';
import { WorkloadDrawer } from '#shared/workload/draw.ts';
import { decisionOf, LOG_START, recordOf } from '../support/farm-logs.ts';

const config = farmConfigSchema.parse({ control: { stepDurationS: 2 } });

/** A quiet minute and a busy one; services of 0.2 to 0.6 s. */
function records() {
  const rng = new Sfc32(3);
  const at = [
    ...Array.from({ length: 60 }, (_, i) => i * 1000),
    ...Array.from({ length: 300 }, (_, i) => 60_000 + i * 200),
  ];
  return at.map((generatedAt, i) => {
    const serviceMs = 200 + 400 * rng.float();
    const claimedAt = generatedAt + 1;
    const times = { generatedAt, claimedAt, finishedAt: claimedAt + serviceMs, collectedAt: claimedAt + serviceMs + 2 };
    return recordOf({ id: `task-${i}`, serviceMs, ...times });
  });
}

describe('the recent workload', () => {
  test('has the log’s rates second by second, and the farm’s own step', () => {
    const workload = workloadOf({ records: records(), decisions: [decisionOf({ at: 1000, workers: 3 })] }, config);
    const [phase] = workload.arrivals;
    expect(workload.arrivals).toHaveLength(1);
    expect(phase!.rate).toMatchObject({ pattern: 'trace' });
    const { perS } = phase!.rate as { perS: number[] };
    expect(perS).toHaveLength(120);
    expect([perS[0], perS[59], perS[60], perS[119]]).toEqual([1, 1, 5, 5]);
    expect(workload.control).toEqual({ stepDurationS: 2, observationWindowS: 10, initialWorkers: 3, maxSteps: 65 });
    expect(workload.description).toContain(new Date(LOG_START).toISOString());
  });

  test('draws tasks of the same number, mean and spread', () => {
    const logged = records();
    const drawer = new WorkloadDrawer(workloadOf({ records: logged, decisions: [] }, config));
    const services: number[] = [];
    let drawn = 0;
    const SEEDS = 20;
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const { count, serviceMs } = drawer.draw(seed);
      drawn += count;
      services.push(...serviceMs.subarray(0, count));
    }
    const spread = (values: readonly number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
    };
    const wanted = spread(logged.map(({ serviceMs }) => serviceMs));
    const found = spread(services);
    expect(Math.abs(drawn / SEEDS / logged.length - 1)).toBeLessThan(0.05);
    expect(Math.abs(found.mean / wanted.mean - 1)).toBeLessThan(0.03);
    expect(Math.abs(found.sd / wanted.sd - 1)).toBeLessThan(0.15);
  });

  test('needs twenty tasks', () => {
    expect(() => workloadOf({ records: records().slice(0, 19), decisions: [] }, config)).toThrow(
      /19 tasks.*expected 20/,
    );
  });
});
