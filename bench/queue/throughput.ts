import { unlessAborted } from '#shared/abort.ts';
import type { Clock } from '#shared/clock.ts';
import type { BenchRedis } from './bench-redis.ts';
import { EndCounter } from './end-counter.ts';
import type { QueueSide, Serving } from './queue-side.ts';

/** One stretch of one queue at work. */
export interface Stretch {
  readonly tasksPerS: number;
  /** CPU time of Redis, µs. */
  readonly redisCpuPerTaskUs: number;
}

export interface StretchOptions {
  readonly side: QueueSide;
  readonly redis: BenchRedis;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Tasks that a producer submits at once, and the most that it has under way. */
const BULK = 200;
const MOST_UNDER_WAY = 2_000;

/**
 * The whole way, with every stage running: a producer keeps up to 2,000 tasks under way, in bulks of 200. A stretch goes from
 * one end of a task, after a third of the time, to another, so that neither the start nor the batches in which tasks end
 * falls into it.
 */
export async function measureFlow(options: StretchOptions & { ms: number }): Promise<Stretch> {
  const { side, redis, concurrency, clock, ms, signal } = options;
  const ends = new EndCounter(clock);
  const serving = await side.serve({ concurrency, until: 'recorded', onStart: () => undefined, onEnd: ends.count });
  const enough = new AbortController();
  const producing = produce(side, ends, enough.signal);
  try {
    return await whileServing(serving, signal, async (over) => {
      const watch = async (): Promise<Stretch> => {
        await clock.sleep(ms / 3, over);
        await ends.reach(ends.total + 1, over);
        return await overStretch(ends, redis, async () => {
          const before = ends.total;
          await clock.sleep((2 * ms) / 3, over);
          await ends.reach(before + 1, over);
        });
      };
      return await Promise.race([watch(), producing.then(never)]);
    });
  } finally {
    enough.abort();
    await producing.catch(() => undefined);
  }
}

/** Taking and ending alone: `tasks` wait already, and what comes after a task is finished is left out. */
export async function measureServing(options: StretchOptions & { tasks: number }): Promise<Stretch> {
  const { side, redis, concurrency, clock, tasks, signal } = options;
  for (let loaded = 0; loaded < tasks; loaded += BULK) await side.load(Math.min(BULK, tasks - loaded));
  const ends = new EndCounter(clock);
  const serving = await side.serve({ concurrency, until: 'finished', onStart: () => undefined, onEnd: ends.count });
  return await whileServing(serving, signal, async (over) => {
    await ends.reach(1, over);
    return await overStretch(ends, redis, () => ends.reach(tasks, over));
  });
}

async function produce(side: QueueSide, ends: EndCounter, enough: AbortSignal): Promise<void> {
  for (let submitted = BULK; !enough.aborted; submitted += BULK) {
    await side.submit(BULK);
    await ends.reach(submitted + BULK - MOST_UNDER_WAY, enough);
  }
}

/** A producer that ends in order says nothing: only its failure is to be heard. */
async function never(): Promise<never> {
  return await new Promise<never>(() => undefined);
}

async function overStretch(ends: EndCounter, redis: BenchRedis, pass: () => Promise<void>): Promise<Stretch> {
  const cpuBeforeS = await redis.cpuSeconds();
  const close = ends.stretch();
  await pass();
  const { tasks, tasksPerS } = close();
  const cpuS = (await redis.cpuSeconds()) - cpuBeforeS;
  return { tasksPerS, redisCpuPerTaskUs: (cpuS / tasks) * MICROSECONDS_A_SECOND };
}

/**
 * Watches while a queue is served; whatever fails there fails here, and it is stopped in any case. `signal` gives it up at once: the
 * Ctrl-C of a terminal also ends Redis, and what is watched for would never come.
 */
export async function whileServing<T>(
  serving: Serving,
  signal: AbortSignal,
  watch: (over: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  try {
    const seen = await unlessAborted(Promise.race([watch(over.signal), serving.failed]), signal);
    if (seen !== 'aborted') return seen;
    throw signal.reason as Error;
  } finally {
    over.abort();
    await serving.stop();
  }
}

const MICROSECONDS_A_SECOND = 1e6;
