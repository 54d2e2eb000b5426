import type { FarmConfig } from '#shared/config.ts';
import { duePhase } from '../../../functions/emitter/phase-tasks.ts';
import { workloadOf } from '../workload/fixtures.ts';
import type { ConfigEffect } from './effect.ts';

/** Deadline in ms of a task of 1 s, as the emitter sets it. */
function deadlineOfASecond(config: FarmConfig): number | undefined {
  const workload = workloadOf([{ name: 'x', durationS: 10, rate: { pattern: 'steady', perS: 5 } }], {
    service: { meanS: 1, shape: 4, minSizePx: 1000, maxSizePx: 1000, model: { a: 1e-6, b: 0 } },
  });
  const run = {
    id: 'run',
    source: { kind: 'workload', workload, seed: 1 } as const,
    total: 50,
    phases: [{ name: 'x', tasks: 50 }],
    startedAt: 0,
    stopped: false,
  };
  const images = { jpeg: () => Promise.reject(new Error('a calibrated task carries no picture')) };
  return duePhase({ run, index: 0, config, images }).tasks[0]?.task.deadlineMs;
}

const deadline = { shows: 'deadline of a task of 1 s, ms', effect: deadlineOfASecond, before: 2000 };

export const deadlineEffects: readonly ConfigEffect[] = [
  { ...deadline, key: 'deadline.coefficient', to: 3.5, after: 3500 },
  { ...deadline, key: 'deadline.floorS', to: 2.5, after: 2500 },
  { ...deadline, key: 'deadline.capS', to: 1.5, after: 1500 },
];
