import { describe, expect, it } from 'vitest';
import { processEnvironment } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { soak, type SoakFigures } from '../../bench/soak.ts';
import { soakPlan } from '../../bench/soak/plan.ts';
import { renderSoak } from '../../cli/render/soak.ts';
import { startFarmhand } from '../cli/support/bin.ts';
import { clock } from '../support/farm.ts';
import { projectRoot } from '../support/local-farm.ts';

describe('bench soak', () => {
  it('finds every task of a farm that scales, and reads the memory of every process', async () => {
    const plan = { ...soakPlan(0.1), stepS: 1, warmUpS: 1, youthS: 0.5, blockS: 0.5 };
    const figures = await soak({
      ...{ root: projectRoot, environment: processEnvironment(), plan, clock, rng: new Sfc32(3) },
      signal: new AbortController().signal,
      onStep: () => undefined,
      onProgress: () => undefined,
    });
    expect(figures).toMatchObject({ ended: 'in time', lost: 0, duplicated: 0, deadLettered: 0 });
    expect(figures.completed).toBe(figures.submitted);
    // How many there are, and how often it scales, is the machine's affair.
    expect(figures.submitted).toBeGreaterThan(0);
    expect(figures.steps).toBeGreaterThan(0);
    expect(figures.load).toBeGreaterThan(0);
    const roles = figures.memory.map(({ role }) => role);
    expect(roles).toEqual(
      expect.arrayContaining(['autoscaler', 'collector', 'emitter', 'gateway', 'redis', 'redis data', 'worker']),
    );
    for (const { role, meanMB, processes } of figures.memory) {
      expect(meanMB, role).toBeGreaterThan(0.5);
      expect(processes, role).toBeGreaterThan(role === 'worker' ? 3 : 0);
    }
    const held = figures.memory.flatMap(({ live }) => live ?? []);
    expect(held).not.toEqual([]);
    for (const { firstMB, lastMB } of held) {
      expect(firstMB).toBeGreaterThan(5);
      expect(lastMB).toBeGreaterThan(5);
    }
    const text = renderSoak(figures).join('\n');
    expect(text).toContain(`${figures.submitted} submitted, ${figures.completed} completed, 0 dead letters`);
    expect(text).toMatch(/^memory of +processes +MB +MB an hour +95 % +live MB +MB an hour$/m);
    expect(text).toMatch(/^worker +\d+ +\d/m);
  }, 120_000);

  it('ends with what it has when it is interrupted', async () => {
    const farmhand = startFarmhand(['bench', 'soak', '--minutes', '0.5', '--json']);
    await farmhand.says('tasks completed', 60_000);
    farmhand.child.kill('SIGINT');
    const { exitCode, out } = await farmhand.ended;
    expect(exitCode).toBe(130);
    const figures = JSON.parse(out.trim().split('\n').at(-1) ?? '') as SoakFigures;
    expect(figures).toMatchObject({ ended: 'interrupted', lost: 0, duplicated: 0 });
    expect(figures.completed).toBe(figures.submitted);
    expect(figures.submitted).toBeGreaterThan(0);
  }, 120_000);
});
