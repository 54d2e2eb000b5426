import type { FarmConfig } from '#shared/config.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { phaseOrder } from '#shared/workload/phase-order.ts';
import { planWorkload } from '#shared/workload/plan.ts';
import { expectedTasks } from '#shared/workload/rate.ts';
import { planRun } from '../../../cli/run/plan.ts';
import type { ConfigEffect } from './effect.ts';

const phaseTasks = (config: FarmConfig): number[] =>
  findWorkload('reference', config).arrivals.map(({ rate, durationS }) => Math.round(expectedTasks(rate, durationS)));

const orders = (config: FarmConfig): string =>
  [1, 2, 3].map((seed) => phaseOrder(findWorkload('reference', config), seed).join('')).join(' ');

/** What the tasks of one plan are like: mean time and range of sizes. */
function tasksOf(workload: string): (config: FarmConfig) => string {
  return (config) => {
    const { phases } = planWorkload(findWorkload(workload, config), { seed: 1 });
    const tasks = phases.flatMap((phase) => phase.tasks);
    const meanMs = tasks.reduce((sum, { serviceMs }) => sum + serviceMs, 0) / tasks.length;
    const sizes = tasks.map(({ sizePx }) => sizePx);
    return `${Math.round(meanMs)} ms, ${Math.min(...sizes)} to ${Math.max(...sizes)} px`;
  };
}

const calibrated = { effect: tasksOf('constant'), shows: 'tasks of constant', before: '1478 ms, 734 to 4096 px' };
const image = { effect: tasksOf('quick'), shows: 'tasks of quick', before: '110 ms, 810 to 2465 px' };
const shuffled = '2031 3201 3021';

export const workloadEffects: readonly ConfigEffect[] = [
  {
    key: 'workload.baseRatePerMin',
    to: 600,
    shows: 'tasks expected of the phases of reference',
    effect: phaseTasks,
    before: [90, 450, 300, 300],
    after: [180, 900, 600, 600],
  },
  {
    key: 'workload.phases',
    to: [{ name: 'Only', multiplier: 2, durationS: 10, pattern: 'steady' }],
    shows: 'tasks expected of the phases of reference',
    effect: phaseTasks,
    before: [90, 450, 300, 300],
    after: [100],
  },
  {
    key: 'workload.seed',
    to: 7,
    shows: 'seed of a run that is started without one',
    effect: (config) => {
      const { source } = planRun({ workload: 'constant' }, { config, cwd: '.' });
      return source.kind === 'workload' ? source.seed : null;
    },
    before: 42,
    after: 7,
  },
  {
    key: 'workload.phaseShuffle',
    to: true,
    shows: "order of reference's phases for seeds 1 to 3",
    effect: orders,
    before: '0123 0123 0123',
    after: shuffled,
  },
  {
    key: 'workload.phaseShuffleSeed',
    to: 5,
    given: 'workload: { phaseShuffle: true }',
    shows: "order of reference's phases for seeds 1 to 3",
    effect: orders,
    before: shuffled,
    after: '2301 1203 2031',
  },
  { ...calibrated, key: 'workload.targetMeanProcessingTimeS', to: 0.5, after: '504 ms, 512 to 3318 px' },
  { ...calibrated, key: 'workload.processingTimeShape', to: 100, after: '1501 ms, 2466 to 3482 px' },
  { ...calibrated, key: 'workload.minSizePx', to: 3000, after: '1785 ms, 3000 to 4096 px' },
  { ...calibrated, key: 'workload.maxSizePx', to: 1000, after: '173 ms, 734 to 1000 px' },
  { ...calibrated, key: 'workload.calibratedModel.a', to: 1e-6, after: '1512 ms, 512 to 2377 px' },
  { ...calibrated, key: 'workload.calibratedModel.b', to: 0.5, after: '1563 ms, 512 to 4096 px' },
  { ...image, key: 'workload.imageModel.a', to: 1e-6, after: '110 ms, 150 to 457 px' },
  { ...image, key: 'workload.imageModel.b', to: 0.04, after: '114 ms, 714 to 2285 px' },
];
