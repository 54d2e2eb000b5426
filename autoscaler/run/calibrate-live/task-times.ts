import type { TaskRecord } from '#shared/task.ts';
import type { Workload } from '#shared/workload/workload.ts';
import { recordsOf, submit, until, waitingTasks, type MeasuredFarm } from './measured-farm.ts';

/** What a farm adds to its tasks, ms. */
export interface TaskTimes {
  /** From a task's arrival in the lane until an idle worker's claim. */
  readonly claim: readonly number[];
  /** From the end of the service itself until the collector has judged the result: finish, wake-up and commit included. */
  readonly collect: readonly number[];
  /** From the end of one service to the claim of the next task by the same worker, with work waiting. */
  readonly turnaround: readonly number[];
  /** What a worker's very first task takes beyond its service: it loads its code then. */
  readonly firstTask: readonly number[];
  /** From the start of the emission to the first observation. */
  readonly firstObservation: readonly number[];
}

/** Workers on which all is measured: about what the reference's load needs, so that timers and Redis are as busy. */
export const WORKERS = 16;

/**
 * Arrivals and services as the reference's high load has them, but for fewer workers than are there: nearly every task finds
 * an idle one.
 */
export function calibrationWorkload(base: Workload, durationS: number): Workload {
  return {
    ...base,
    name: 'calibration',
    description: 'Steady load on a farm that is mostly idle',
    kind: 'calibrated',
    control: { ...base.control, initialWorkers: WORKERS },
    arrivals: [{ name: 'steady', durationS, rate: { pattern: 'steady', perS: 8 } }],
    emission: 'poisson',
    service: { ...base.service, meanS: 0.75 },
  };
}

/** Starts the emission so often; the last one is played to its end. */
const STARTS = 5;
const BUSY_WORKERS_TASKS = 20;
const BUSY_SERVICE_MS = 100;

export async function measureTaskTimes(farm: MeasuredFarm): Promise<TaskTimes> {
  const firstObservation: number[] = [];
  for (let seed = 0; seed < STARTS; seed += 1) firstObservation.push(await startOnce(farm, seed));
  const played = await playOut(farm);
  return { ...played, turnaround: await measureTurnaround(farm), firstObservation };
}

async function startOnce({ real, queue }: MeasuredFarm, seed: number): Promise<number> {
  await real.begin({ seed, workers: WORKERS });
  const { reading } = await real.look(0);
  const [taken] = await queue.inbox.recover();
  return Math.max(0, reading.at - (taken?.takenAt ?? reading.at));
}

/** Waits for the end of what was started last, and takes the times from its records. */
async function playOut(farm: MeasuredFarm): Promise<Pick<TaskTimes, 'claim' | 'collect' | 'firstTask'>> {
  const { observer, archive } = farm.queue;
  const tasks = await until(farm, 'the workload is done', async () => {
    const { input, emitting, waiting, inFlight, result, totals } = await observer.read(0);
    return input + emitting + waiting + inFlight + result === 0 ? totals.collected : null;
  });
  const { records } = await archive.records({ offset: 0, limit: tasks });
  const first = new Set([...byWorkerOf(records).values()].map(earliest));
  const run = records[0]?.run;
  const own = records.filter((record) => record.run === run);
  return {
    // A task that found nobody idle waited for somebody else's end.
    claim: own.filter(({ claimedAt }) => idleAt(own, claimedAt)).map((task) => task.claimedAt - task.generatedAt),
    collect: own
      .filter((task) => !first.has(task))
      .map((task) => task.collectedAt - task.claimedAt - task.expectedServiceMs),
    firstTask: [...first].map((task) => task.finishedAt - task.claimedAt - task.expectedServiceMs),
  };
}

function byWorkerOf(records: readonly TaskRecord[]): ReadonlyMap<string, readonly TaskRecord[]> {
  const byWorker = new Map<string, TaskRecord[]>();
  for (const record of records) {
    const own = byWorker.get(record.worker);
    if (own === undefined) byWorker.set(record.worker, [record]);
    else own.push(record);
  }
  return byWorker;
}

function earliest(records: readonly TaskRecord[]): TaskRecord {
  return records.reduce((first, record) => (record.claimedAt < first.claimedAt ? record : first));
}

function idleAt(records: readonly { claimedAt: number; finishedAt: number }[], at: number): boolean {
  return records.filter(({ claimedAt, finishedAt }) => claimedAt < at && at < finishedAt).length < WORKERS;
}

async function measureTurnaround(farm: MeasuredFarm): Promise<number[]> {
  const tasks = waitingTasks(
    'turnaround',
    Array.from({ length: WORKERS * BUSY_WORKERS_TASKS }, () => BUSY_SERVICE_MS),
  );
  await submit(farm, tasks);
  const byWorker = byWorkerOf(await recordsOf(farm, tasks));
  return [...byWorker.values()].flatMap((records) => {
    const inOrder = [...records].sort((a, b) => a.claimedAt - b.claimedAt);
    return inOrder.slice(1).map((next, i) => next.claimedAt - (inOrder[i]?.claimedAt ?? 0) - BUSY_SERVICE_MS);
  });
}
