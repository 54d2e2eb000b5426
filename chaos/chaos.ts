import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { inTime, whileItMoves } from './in-time.ts';
import { judge } from './judge.ts';
import { startFarmUnderTest, type FarmUnderTest } from './farm/farm-under-test.ts';
import { Load } from './farm/load.ts';
import { Pacer } from './farm/pacer.ts';
import { watchPool } from './farm/pool-watch.ts';
import type { StoreKind } from './farm/store.ts';
import { Watch } from './farm/watch.ts';
import type { Fault } from './faults/fault.ts';
import { Injector, type Injected } from './injector.ts';
import { CrashOrders } from './instrument/crash-points.ts';
import { POISON } from './instrument/poison.ts';
import type { AppendMode } from './redis/append-mode.ts';
import type { ChaosReport } from './report.ts';
import { planFaults } from './schedule.ts';
import { Timeline } from './timeline.ts';

export interface ChaosOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
  readonly onProgress: (progress: ChaosProgress) => void;
  readonly tasks: number;
  readonly faults: number;
  readonly kinds: readonly Fault[];
  readonly seed: string;
  readonly aof: AppendMode;
  readonly store: StoreKind;
  readonly workers: number;
  /** Time over which faults and tasks are spread; null: as long as that many of them want. */
  readonly durationS: number | null;
}

/** One look at a run. */
export interface ChaosProgress {
  readonly elapsedS: number;
  readonly attempted: number;
  readonly tasks: number;
  readonly ended: number;
  readonly healed: number;
  readonly faults: number;
  readonly underWay: readonly string[];
}

/** On one machine of two cores faults overlap at this distance, and tasks leave time for what the faults cost. */
const APART_S = 0.8;
const TASKS_PER_S = 200;
const SHORTEST_S = 10;
const GLANCE_MS = 500;
/** The slowest fault, an outage of Redis with its restart, moves something far sooner. */
const PATIENCE_MS = 180 * SECOND;
const JUDGED_WITHIN_MS = 900 * SECOND;
const ENDED_WITHIN_MS = 30 * SECOND;

/**
 * Puts a farm of its own under load, does to it whatever the schedule says, lets it finish, and accounts for every task. The same
 * seed gives the same schedule; what the faults meet is up to the machine. Leaves no process and no file.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const farm = await startFarmUnderTest({ ...options, retainRecords: 2 * options.tasks + 100_000 });
  try {
    return await runOn(farm, options);
  } finally {
    await farm.stop();
  }
}

async function runOn(farm: FarmUnderTest, options: ChaosOptions): Promise<ChaosReport> {
  const { clock, tasks, kinds, onStep, onProgress } = options;
  const rng = new Sfc32(options.seed);
  const durationS = options.durationS ?? Math.max(SHORTEST_S, options.faults * APART_S, tasks / TASKS_PER_S);
  const durationMs = durationS * SECOND;
  const timeline = new Timeline(clock);
  const orders = new CrashOrders(farm.instrument.orders);
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const load = new Load({ http: farm.http, clock, rng: rng.fork('load'), signal });
  const injections = rng.fork('injections');
  let injection = 0;
  const plan = planFaults(kinds, { count: options.faults, durationMs, rng: rng.fork('schedule') });
  const injector = new Injector({
    plan,
    clock,
    signal,
    victim: (fault) => {
      injection += 1;
      return { farm, load, timeline, orders, clock, signal, rng: injections.fork(`${fault.kind} ${injection}`) };
    },
  });
  await using watch = await Watch.open(farm, clock);
  const startedAt = clock.monotonic();
  const pacer = new Pacer({ observer: watch.queue.observer, workers: farm.workers, clock });
  const allowed = (): number => {
    const byTime = (clock.monotonic() - startedAt) / durationMs;
    // Some work is left for each fault, and the last one that begins finds all of it.
    const byFaults = (injector.begun + 1) / Math.max(1, plan.length);
    return pacer.allowed(tasks, Math.min(byTime, byFaults));
  };
  const progress = (): ChaosProgress => ({
    elapsedS: (clock.monotonic() - startedAt) / SECOND,
    attempted: load.attempted,
    tasks,
    ended: watch.output.count,
    healed: injector.healed,
    faults: plan.length,
    underWay: injector.underWay,
  });
  const drive = async (): Promise<Injected> => {
    const [injected] = await Promise.all([injector.run(), load.run(tasks, allowed)]);
    signal.throwIfAborted();
    onStep('every fault is undone; the farm finishes');
    await watch.untilDrained(signal);
    signal.throwIfAborted();
    return injected;
  };
  const beside = [
    pacer.run(() => load.attempted, over.signal),
    watchPool(farm, timeline, { clock, signal: over.signal }),
    report(() => onProgress(progress()), { clock, signal: over.signal }),
  ];
  try {
    onStep(`${tasks} tasks and ${plan.length} faults in about ${Math.round(durationS)} s, seed ${options.seed}`);
    const moving = (): string => JSON.stringify({ ...progress(), elapsedS: undefined });
    const injected = await whileItMoves(moving, drive(), { clock, patienceMs: PATIENCE_MS });
    const elapsedMs = clock.monotonic() - startedAt;
    const poisonous = load.submissions.filter(({ id }) => id.startsWith(POISON)).length;
    const verdict = judge({
      ...options,
      ...{ farm, load, timeline, watch, injected, poisonous },
      startedAt: clock.farmTime() - elapsedMs,
      elapsedS: elapsedMs / SECOND,
    });
    return await inTime('the account of every task', verdict, { clock, withinMs: JUDGED_WITHIN_MS });
  } finally {
    over.abort();
    watch.close();
    await inTime('the watch over the farm', Promise.all(beside), { clock, withinMs: ENDED_WITHIN_MS });
  }
}

async function report(tell: () => void, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    tell();
    await clock.sleep(GLANCE_MS, signal);
  }
}
