import type { FarmConfig } from '../config.ts';
import { FarmhandError } from '../errors.ts';
import { quickWorkload } from './quick.ts';
import { referenceAsCoded, referenceWorkload } from './reference.ts';
import type { WorkloadSettings } from './service-settings.ts';
import { shapedWorkload, shapeNames } from './shapes.ts';
import type { Workload } from './workload.ts';

/** The workloads that have names. */
const catalogue: ReadonlyMap<string, (settings: WorkloadSettings) => Workload> = new Map([
  ['reference', referenceWorkload],
  ['reference-as-coded', referenceAsCoded],
  ['quick', quickWorkload],
  ...shapeNames.map((name) => [name, (settings: WorkloadSettings) => shapedWorkload(name, settings)] as const),
]);

/** Every name that findWorkload knows, in the order in which they are shown. */
export const workloadNames: readonly string[] = [...catalogue.keys()];

/**
 * The workload of that name, shaped by farm.yml's `workload`.
 * @throws FarmhandError UNKNOWN_WORKLOAD, listing the names.
 */
export function findWorkload(name: string, config: Pick<FarmConfig, 'workload'>): Workload {
  const build = catalogue.get(name);
  if (build === undefined) {
    throw new FarmhandError(
      'UNKNOWN_WORKLOAD',
      `workload "${name}" is unknown; the names are ${workloadNames.join(', ')}`,
    );
  }
  return build(config.workload);
}
