import { describe, expect, test } from 'vitest';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { findWorkload, workloadNames } from '#shared/workload/catalogue.ts';
import { WorkloadDrawer } from '#shared/workload/draw.ts';
import { planWorkload } from '#shared/workload/plan.ts';

const config = farmConfigSchema.parse({ workload: { phaseShuffle: true } });

describe.each(workloadNames)('drawing %s', (name) => {
  const workload = findWorkload(name, config);
  const drawer = new WorkloadDrawer(workload);

  test.each([0, 1, 42])('gives the tasks of its plan, seed %i', (seed) => {
    const drawn = drawer.draw(seed);
    const plan = planWorkload(workload, { seed });
    let startMs = 0;
    const atMs: number[] = [];
    const serviceMs: number[] = [];
    const ends: number[] = [];
    for (const phase of plan.phases) {
      for (const task of phase.tasks) {
        atMs.push(startMs + task.atMs);
        serviceMs.push(task.serviceMs);
      }
      ends.push((startMs += phase.durationMs));
    }
    expect(drawn.count).toBe(plan.totalTasks);
    expect([...drawn.atMs.subarray(0, drawn.count)]).toEqual(atMs);
    expect([...drawn.serviceMs.subarray(0, drawn.count)]).toEqual(serviceMs);
    expect(drawn.phaseEndsMs).toEqual(ends);
  });

  test('does not depend on what was drawn before', () => {
    drawer.draw(5);
    const again = drawer.draw(1);
    const fresh = new WorkloadDrawer(workload).draw(1);
    expect([...again.atMs.subarray(0, again.count)]).toEqual([...fresh.atMs.subarray(0, fresh.count)]);
  });
});
