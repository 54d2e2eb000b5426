import type { FarmConfig } from '#shared/config.ts';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { onlineLearning } from '#autoscaler/run/online/online-learning.ts';
import { withinLimits } from '#autoscaler/shield/limits.ts';
import { silentLogger } from '#shared/log.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { parseWorkload } from '#shared/workload/parse-workload.ts';
import type { RunControl } from '#shared/workload/workload.ts';
import { planRun } from '../../../cli/run/plan.ts';
import { seen } from '../../autoscaler/support/sightings.ts';
import { modelToStore } from '../../autoscaler/support/stored-models.ts';
import type { ConfigEffect } from './effect.ts';

const run = (config: FarmConfig) => planRun({ workload: 'constant' }, { config, cwd: '.' });

/** The control of a workload that declares none of its own, beside that of one that does: the second never moves. */
function controlOf(key: keyof RunControl): (config: FarmConfig) => string {
  return (config) => {
    const own = parseWorkload({ name: 'own', arrivals: findWorkload('constant', config).arrivals }, config);
    return `${own.control[key]}, reference ${findWorkload('reference', config).control[key]}`;
  };
}

const control = (key: keyof RunControl) => ({
  key: `control.${key}`,
  shows: 'what a workload that declares none takes, and that reference keeps its own',
  effect: controlOf(key),
});

/** A model as a shelf has it, under this configuration. */
function learnsOn(config: FarmConfig): boolean {
  const { lineage, figures, model, name } = modelToStore('mine', 1);
  const found = {
    ...{ id: `sha256-${'0'.repeat(64)}`, version: 1, agent: model.agent, createdAt: null, bytes: 1, promoted: true },
    ...{ name, lineage, figures },
  };
  const store = { put: async () => found };
  const decide = () => ({ kind: 'hold', because: 'it is not asked' }) as const;
  const policy = { name, usesClock: false, model: found.id, found: { stored: found, model }, decide };
  return onlineLearning({ store, config, revision: null, log: silentLogger })(policy, config.control) !== null;
}

export const controlEffects: readonly ConfigEffect[] = [
  {
    key: 'control.policy',
    to: 'static-7',
    shows: 'policy of a run that names none',
    effect: (config) => run(config).policy,
    before: 'reactive-average',
    after: 'static-7',
  },
  {
    key: 'control.minWorkers',
    to: 3,
    given: 'control: { initialWorkers: 4 }',
    shows: 'fewest workers of a run',
    effect: (config) => run(config).episode.minWorkers,
    before: 1,
    after: 3,
  },
  {
    key: 'control.maxWorkers',
    to: 9,
    shows: 'most workers of a run, and where its declared 10 at the start are cut',
    effect: (config) => [run(config).episode.maxWorkers, run(config).episode.initialWorkers],
    before: [32, 10],
    after: [9, 9],
  },
  { ...control('initialWorkers'), to: 6, before: '1, reference 12', after: '6, reference 12' },
  { ...control('stepDurationS'), to: 3, before: '10, reference 8', after: '3, reference 8' },
  { ...control('observationWindowS'), to: 30, before: '10, reference 8', after: '30, reference 8' },
  { ...control('maxSteps'), to: 99, before: '50, reference 30', after: '99, reference 30' },
  {
    key: 'control.learning',
    to: 'on',
    shows: 'whether a live model learns on',
    effect: learnsOn,
    before: false,
    after: true,
  },
  {
    key: 'control.horizonS',
    to: 40,
    shows: 'workers that reactive-average wants for a backlog of 40',
    effect: (config) => {
      const decision = findPolicy('reactive-average', config.control).decide(seen({ waiting: 40, workers: 1 }));
      return decision.kind === 'scale' ? decision.replicas : decision.kind;
    },
    before: 6,
    after: 2,
  },
  {
    key: 'control.maxScalingStep',
    to: 4,
    shows: 'first step from 12 workers to a wanted 20',
    effect: ({ control: bounds }) => withinLimits(20, { workers: 12, bounds, limit: null, draining: false }).replicas,
    before: 13,
    after: 16,
  },
];
