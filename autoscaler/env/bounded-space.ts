import type { Workload } from '#shared/workload/workload.ts';
import { observationSpace, type Dimension } from '../observation.ts';
import type { WorkerBounds } from '../policy/action-set.ts';

/** The general space with the bounds that a workload and its workers give: phases that are left, and replicas. */
export function boundedSpace(workload: Pick<Workload, 'arrivals'>, bounds: WorkerBounds): readonly Dimension[] {
  return observationSpace.map((dimension) => {
    // The first phase is being emitted when the first observation is made.
    if (dimension.name === 'inputQueue') return { ...dimension, high: workload.arrivals.length - 1 };
    if (dimension.name === 'workers') return { ...dimension, low: bounds.minWorkers, high: bounds.maxWorkers };
    return dimension;
  });
}
