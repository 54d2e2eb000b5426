import { WorkloadDrawer } from '#shared/workload/draw.ts';
import type { Workload } from '#shared/workload/workload.ts';
import { countByQuartile, qosByQuartile, quartileEdges, type ByQuartile } from '../../sim/farm/quartiles.ts';

/** A run on a real farm, as far as it came. */
export interface EmittedRun {
  readonly run: string;
  readonly workload: Workload;
  readonly seed: number;
  /** Its first so many tasks: ids `<run>-0` to `<run>-<emitted − 1>`. */
  readonly emitted: number;
  /** Ids of the tasks that were collected by their deadline. */
  readonly inTime: ReadonlySet<string>;
}

/**
 * QoS of a real run for each quarter of its workload's service times, shortest first, as the simulator tells it of its own: both
 * part the tasks by the service that the plan gives them. So a task that left no record is in its quarter, too, as a miss.
 */
export function plannedQosByQuartile({ run, workload, seed, emitted, inTime }: EmittedRun): ByQuartile {
  const { serviceMs, count } = new WorkloadDrawer(workload).draw(seed);
  const tasks = { serviceMs, count: Math.min(emitted, count), edges: quartileEdges(workload.service) };
  const met = Uint8Array.from({ length: tasks.count }, (_, n) => (inTime.has(`${run}-${n}`) ? 1 : 0));
  return qosByQuartile({ emitted: countByQuartile(tasks), met: countByQuartile({ ...tasks, counted: met }) });
}
