import type { FarmConfig } from '../config.ts';
import { FarmhandError } from '../errors.ts';
import { describeIssues, isSection } from '../parse.ts';
import { serviceFor } from './service-settings.ts';
import { workloadSchema, type Workload } from './workload.ts';

/**
 * A workload that somebody wrote: in a file, or in a request's body. What it leaves out comes from farm.yml: step, window
 * and workers from `control`, service times from `workload`; `kind` is calibrated and `emission` is poisson.
 * @param source what messages call it: a file's name.
 * @throws FarmhandError WORKLOAD_INVALID that names every problem by key, what is allowed and the value found.
 */
export function parseWorkload(
  value: unknown,
  config: Pick<FarmConfig, 'control' | 'workload'>,
  source = 'workload',
): Workload {
  const complete = isSection(value) ? withDefaults(value, config) : value;
  const result = workloadSchema.safeParse(complete);
  if (result.success) return result.data;
  throw new FarmhandError('WORKLOAD_INVALID', `${source}: ${describeIssues(result.error, complete)}`);
}

function withDefaults(
  written: Record<string, unknown>,
  { control, workload }: Pick<FarmConfig, 'control' | 'workload'>,
): Record<string, unknown> {
  const { stepDurationS, observationWindowS, initialWorkers, maxSteps } = control;
  const kind = written['kind'] === 'image' ? 'image' : 'calibrated';
  return {
    kind,
    emission: 'poisson',
    ...written,
    control: over({ stepDurationS, observationWindowS, initialWorkers, maxSteps }, written['control']),
    service: over({ ...serviceFor(kind, workload) }, written['service']),
  };
}

/** A section over its defaults. What is no section stays, for the schema to complain of. */
function over(defaults: Record<string, unknown>, section: unknown): unknown {
  if (section === undefined || section === null) return defaults;
  return isSection(section) ? { ...defaults, ...section } : section;
}
