import { describe, expect, test } from 'vitest';
import { SimulatedEnvironment } from '#autoscaler/env/simulated-environment.ts';
import { environmentContract } from '../../contract/environment.ts';
import { simulated } from '../support/simulated.ts';

for (const actions of ['one', 'steps', 'target'] as const) {
  environmentContract(`the simulated farm with actions ${actions}`, async () => {
    const environment = simulated({ workload: 'reference', actions });
    return { environment, maxSteps: 30, repeatable: true };
  });
}

describe('the simulated environment', () => {
  test("the reference's first observation", () => {
    const { observation, info } = simulated({ workload: 'reference-as-coded' }).reset({ seed: 1 });
    const [inputQueue, workerQueue, resultQueue, outputQueue, workers, avgTime, maxTime, arrivalRate, qosRate] =
      observation;
    expect([inputQueue, workerQueue, resultQueue, workers, avgTime, maxTime, arrivalRate, qosRate]).toEqual([
      3, 0, 0, 12, 1.5, 1.5, 0, 1,
    ]);
    expect(outputQueue).toBe(0);
    expect(info.elapsedS).toBeGreaterThanOrEqual(0.7);
  });

  test('terminates when every task has its record, before the steps run out', () => {
    const environment = simulated({ workload: 'reference-as-coded', initialWorkers: 16 });
    environment.reset({ seed: 2 });
    let result = environment.step(1);
    while (!result.terminated && !result.truncated) result = environment.step(1);
    expect(result).toMatchObject({ terminated: true, truncated: false });
    expect(result.info.counts).toMatchObject({ emitted: 1140, collected: 1140 });
    expect(result.info.rewardTerms['end']).toBe(8);
  });

  test('truncated, it lets the farm finish what it has for a while, and counts the rest as unfinished', () => {
    const environment = simulated({ workload: 'reference', initialWorkers: 2 });
    environment.reset({ seed: 2 });
    let result = environment.step(1);
    while (!result.terminated && !result.truncated) result = environment.step(1);
    const { emitted, collected } = result.info.counts;
    expect(result).toMatchObject({ terminated: false, truncated: true });
    expect(emitted - collected).toBeGreaterThan(100);
    expect(result.info.rewardTerms['end']).toBe(-60);
  });

  test('a new object with the same seed plays the same episode as a used one', () => {
    const play = (environment: SimulatedEnvironment): unknown[] => {
      const rows: unknown[] = [environment.reset({ seed: 9 })];
      for (let i = 0; i < 20; i += 1) rows.push(environment.step(i % 3));
      return rows;
    };
    const used = simulated({ workload: 'reference' });
    used.reset({ seed: 8 });
    used.step(0);
    expect(play(used)).toEqual(play(simulated({ workload: 'reference' })));
  });
});
