import { describe, expect, it } from 'vitest';
import { plannedQosByQuartile } from '#autoscaler/run/live/planned-quartiles.ts';
import { quartileEdges } from '#autoscaler/sim/farm/quartiles.ts';
import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { Task } from '#shared/task.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { createImageSource } from '#shared/workload/image-source.ts';
import { duePhase } from '../../../../functions/emitter/phase-tasks.ts';

const workload = findWorkload('quick', defaultConfig);
const seed = 7;

/** What the emitter emits, in its order. */
const tasks = ((): Task[] => {
  const phases = workload.arrivals.map(({ name }) => ({ name, tasks: 0 }));
  const source = { kind: 'workload', workload, seed } as const;
  const images = createImageSource({ rng: new Sfc32('images') });
  const all: Task[] = [];
  for (const [index, phase] of phases.entries()) {
    const run = { id: 'r', source, phases, total: 0, startedAt: 0, stopped: false };
    const due = duePhase({ run, index, config: defaultConfig, images }).tasks.map(({ task }) => task);
    phase.tasks = due.length;
    all.push(...due);
  }
  return all;
})();
const [first, second, third] = quartileEdges(workload.service);
const whole = { run: 'r', workload, seed, emitted: tasks.length };

function idsOf(wanted: (task: Task) => boolean): Set<string> {
  return new Set(tasks.filter(wanted).map(({ id }) => id));
}

describe('QoS by quarter of a real run', () => {
  it('parts the tasks as they were emitted by their expected service times', () => {
    const inTime = idsOf(({ expectedServiceMs: ms }) => ms < first || (ms >= second && ms < third));
    expect(plannedQosByQuartile({ ...whole, inTime })).toEqual([1, 0, 1, 0]);
  });

  it('counts a task without a record as a miss, and one that was not emitted not at all', () => {
    const emitted = Math.floor(tasks.length / 2);
    const longest = tasks.slice(0, emitted).filter(({ expectedServiceMs: ms }) => ms >= third);
    const inTime = idsOf(({ id }) => id !== longest[0]?.id && Number(id.slice(2)) < emitted);
    expect(longest.length).toBeGreaterThan(1);
    expect(plannedQosByQuartile({ ...whole, emitted, inTime })).toEqual([
      1,
      1,
      1,
      (longest.length - 1) / longest.length,
    ]);
  });

  it('is 1 where nothing was emitted, as in the simulator', () => {
    expect(plannedQosByQuartile({ ...whole, emitted: 0, inTime: new Set() })).toEqual([1, 1, 1, 1]);
  });
});
