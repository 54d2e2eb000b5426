import { SECOND } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Task } from '#shared/task.ts';
import { recordsOf, submit, until, waitingTasks, workersOf, type MeasuredFarm } from './measured-farm.ts';

/** What scaling takes, ms. */
export interface ScalingTimes {
  /**
   * From the decision until the first new worker works, work waiting; and from each new one to the next. What its first task
   * takes beyond its service counts as start: the worker loads its code then.
   */
  readonly start: readonly number[];
  readonly startNext: readonly number[];
  /** From the decision until a worker without a task is gone. */
  readonly drain: readonly number[];
  /** One call to the gateway: to read the workers, and to ask for some. */
  readonly read: readonly number[];
  readonly apply: readonly number[];
}

/** One change up, and the same one down. */
export interface ScalingRound {
  readonly from: number;
  readonly added: number;
}

/** Longer than a start takes: the workers that were there do not take what is meant for the new ones. */
const OCCUPIED_MS = 1.5 * SECOND;
/** So short that the last new worker still finds some, however far apart they come. */
const SHORT_MS = 50;
const SHORT_TASKS_A_WORKER = 25;
const STARTED_WITHIN_MS = 30 * SECOND;
const DRAIN_WITHIN_MS = 20 * SECOND;

export async function measureScaling(
  farm: MeasuredFarm,
  rounds: readonly ScalingRound[],
  onRound: () => void,
): Promise<ScalingTimes> {
  const times = { start: [], startNext: [], drain: [], read: [], apply: [] } satisfies Record<
    keyof ScalingTimes,
    number[]
  >;
  for (const [index, round] of rounds.entries()) {
    await goTo(farm, round.from);
    await measureRound(farm, { ...round, name: `scaling-${index}` }, times);
    onRound();
  }
  return times;
}

async function measureRound(
  farm: MeasuredFarm,
  { from, added, name }: ScalingRound & { name: string },
  times: { [Time in keyof ScalingTimes]: number[] },
): Promise<void> {
  const { scaler, scaleDown, farmTime } = farm;
  const before = new Set(await workersOf(farm));
  const occupying = waitingTasks(
    `${name}-occupying`,
    Array.from({ length: from }, () => OCCUPIED_MS),
  );
  await submit(farm, occupying);
  await until(farm, 'the workers are occupied', async () =>
    (await farm.queue.observer.read(0)).inFlight === from ? true : null,
  );
  const work = (wave: number): Task[] =>
    waitingTasks(
      `${name}-${wave}`,
      Array.from({ length: SHORT_TASKS_A_WORKER * added }, () => SHORT_MS),
    );
  await submit(farm, work(0));
  const decidedAt = await farmTime();
  times.apply.push(await timed(farm, () => scaler.apply({ replicas: from + added })));

  // A machine that is slow today starts the last worker after the first wave is done.
  const starts = new Map<string, number>();
  const deadlineMs = farm.clock.monotonic() + STARTED_WITHIN_MS;
  for (let wave = 0; starts.size < added; wave += 1) {
    if (farm.clock.monotonic() > deadlineMs) {
      throw new FarmhandError(
        'START_FAILED',
        `${added} workers were added, and only ${starts.size} came to claim anything`,
      );
    }
    if (wave > 0) await submit(farm, work(wave));
    for (const { worker, finishedAt, expectedServiceMs } of await recordsOf(farm, work(wave))) {
      if (before.has(worker)) continue;
      starts.set(worker, Math.min(finishedAt - expectedServiceMs, starts.get(worker) ?? Infinity));
    }
  }
  await recordsOf(farm, occupying);
  const [first = 0, ...next] = [...starts.values()].sort((a, b) => a - b);
  times.start.push(first - decidedAt);
  next.forEach((at, i) => times.startNext.push(at - ([first, ...next][i] ?? at)));

  times.read.push(await timed(farm, () => scaler.read()));
  const request = { replicas: from, from: from + added, timeoutMs: DRAIN_WITHIN_MS };
  times.drain.push(await timed(farm, () => scaleDown.run(request)));
}

/** Brings the farm to so many idle workers. */
async function goTo(farm: MeasuredFarm, workers: number): Promise<void> {
  const { scaler, scaleDown } = farm;
  const { granted } = await scaler.read();
  if (granted < workers) await scaler.apply({ replicas: workers });
  if (granted > workers) await scaleDown.run({ replicas: workers, from: granted, timeoutMs: DRAIN_WITHIN_MS });
  await until(farm, `${workers} workers are there`, async () => {
    const { ready } = await scaler.read();
    return ready === workers && (await workersOf(farm)).length === workers ? true : null;
  });
}

async function timed({ clock }: MeasuredFarm, work: () => Promise<unknown>): Promise<number> {
  const startMs = clock.monotonic();
  await work();
  return clock.monotonic() - startMs;
}
