import { SECOND } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Journal } from '#shared/queue/journal.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { TaskRecord } from '#shared/task.ts';
import { workloadSchema, type Workload } from '#shared/workload/workload.ts';
import { readFarmLog, type FarmLog } from './farm-log.ts';

/** Half an hour, or as many tasks: enough to see a load's shape, and little enough to play thousands of times. */
const USUAL_WINDOW_S = 1_800;
const MOST_RECORDS = 20_000;
/** Fewer tasks have no distribution to speak of. */
const LEAST_TASKS = 20;
/** Steps after the emission in which the rest is finished. */
const LAST_STEPS = 5;

/**
 * What the workload name `recent` means: the farm's last tasks as a workload of their own, their arrivals second by second
 * as a trace and their services as a gamma of the same mean and spread. A seed draws one load like it, not the same one again;
 * shadow/ replays the very tasks.
 * @param options.at farm time now, ms since 1970
 * @throws UNKNOWN_WORKLOAD where too little was finished lately
 */
export async function recentWorkload(
  sources: { archive: Pick<Archive, 'records'>; journal: Pick<Journal, 'list'> },
  options: { config: Pick<FarmConfig, 'control'>; at: number; windowS?: number },
): Promise<Workload> {
  const { config, at, windowS = USUAL_WINDOW_S } = options;
  const log = await readFarmLog(sources, { since: at - windowS * SECOND, most: MOST_RECORDS });
  return workloadOf(log, config);
}

/** The tasks of a log as a workload. @throws UNKNOWN_WORKLOAD for fewer than twenty */
export function workloadOf({ records, decisions }: FarmLog, { control }: Pick<FarmConfig, 'control'>): Workload {
  const [first] = records;
  const last = records.at(-1);
  if (first === undefined || last === undefined || records.length < LEAST_TASKS) {
    throw new FarmhandError(
      'UNKNOWN_WORKLOAD',
      `workload recent: ${records.length} tasks were finished lately; expected ${LEAST_TASKS} or more`,
    );
  }
  const { stepDurationS, observationWindowS, minWorkers, maxWorkers } = control;
  const perS = perSecond(records, first.generatedAt);
  const atStart = decisions.find(({ at, workers }) => at >= first.generatedAt && workers !== null)?.workers;
  const initialWorkers = Math.min(Math.max(atStart ?? control.initialWorkers, minWorkers), maxWorkers);
  return workloadSchema.parse({
    name: 'recent',
    description: `${records.length} tasks that this farm finished, from ${rfc3339(first.generatedAt)} to ${rfc3339(last.generatedAt)}`,
    kind: 'calibrated',
    control: {
      ...{ stepDurationS, observationWindowS, initialWorkers },
      maxSteps: Math.ceil(perS.length / stepDurationS) + LAST_STEPS,
    },
    arrivals: [{ name: 'recent', durationS: perS.length, rate: { pattern: 'trace', perS } }],
    emission: 'poisson',
    service: serviceOf(records),
  });
}

/** Tasks generated in each second since `fromMs`. */
function perSecond(records: readonly TaskRecord[], fromMs: number): number[] {
  const counts: number[] = [];
  for (const { generatedAt } of records) {
    const second = Math.floor((generatedAt - fromMs) / SECOND);
    while (counts.length <= second) counts.push(0);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

/** Sizes stand for times here: the largest one for the longest service, and time goes with its square. */
const LARGEST_PX = 4096;
const SMALLEST_PX = 16;
const LARGEST_SHAPE = 10_000;
const SHORTEST_S = 0.001;

/** Gamma by moments: shape = mean² / variance. Times of 1, 2 and 3 s: mean 2 s, variance 2/3, shape 6. */
function serviceOf(records: readonly TaskRecord[]): Workload['service'] {
  const timesS = records.map(({ serviceMs }) => Math.max(SHORTEST_S, serviceMs / SECOND));
  const meanS = timesS.reduce((sum, time) => sum + time, 0) / timesS.length;
  const variance = timesS.reduce((sum, time) => sum + (time - meanS) ** 2, 0) / timesS.length;
  const longestS = timesS.reduce((most, time) => Math.max(most, time), 0);
  const a = longestS / LARGEST_PX ** 2;
  const shortestPx = Math.floor(Math.sqrt(timesS.reduce((least, time) => Math.min(least, time), longestS) / a));
  return {
    meanS,
    shape: variance === 0 ? LARGEST_SHAPE : Math.min(LARGEST_SHAPE, meanS ** 2 / variance),
    minSizePx: Math.min(LARGEST_PX, Math.max(SMALLEST_PX, shortestPx)),
    maxSizePx: LARGEST_PX,
    model: { a, b: 0 },
  };
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
