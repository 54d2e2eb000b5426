import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment, FarmConfig } from '#shared/config.ts';
import { openBenchRedis, type BenchRedis } from './queue/bench-redis.ts';
import { bullmqSettings, loadBullmq, type Bullmq, type BullmqSettings } from './queue/bullmq-side.ts';
import { compare, type QueueRow, type Sides } from './queue/compare.ts';
import { openFarmhand } from './queue/farmhand-side.ts';
import { measureMemory } from './queue/memory.ts';
import type { QueuePlan } from './queue/plan.ts';
import type { QueueSide } from './queue/queue-side.ts';
import { measureServing } from './queue/throughput.ts';
import { sampleWaiting, waitingTime, type WaitingTime } from './queue/waiting-time.ts';

/** What `farmhand bench queue` prints; docs/queue-benchmark.md says what each figure is. */
export interface QueueFigures {
  readonly rows: readonly QueueRow[];
  /** Farmhand's; the same as idle.farmhand.p99Ms. */
  readonly idleP99Ms: number;
  /** From submission to the start of work, one task at a time on an idle queue. */
  readonly idle: { readonly farmhand: WaitingTime; readonly peer: WaitingTime | null };
  /** Ours over the peer's, of a waiting task of 200 bytes. */
  readonly memoryRatio: number | null;
  /** MB (10⁶ bytes) of 100,000 waiting tasks of 200 bytes. */
  readonly memoryMBPer100k: { readonly farmhand: number; readonly peer: number | null };
  /** Null where it is not installed. `settings`: the fastest of those that were tried. */
  readonly peer: { readonly name: string; readonly version: string; readonly settings: string } | null;
  readonly redis: string;
  readonly rounds: number;
  readonly seconds: number;
}

export interface QueueBenchOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly config: FarmConfig;
  readonly plan: QueuePlan;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
}

/** Farmhand's queue beside BullMQ's, by turns, on a Redis of their own that is gone when this resolves. */
export async function benchQueue(options: QueueBenchOptions): Promise<QueueFigures> {
  const { clock, plan, signal, onStep } = options;
  const startedAt = clock.monotonic();
  const bullmq = await loadBullmq();
  if (bullmq === null) onStep('bullmq is not installed (npm install): no peer to measure beside');
  const redis = await openBenchRedis(options);
  try {
    const config: FarmConfig = { ...options.config, farm: 'bench-queue' };
    const farmhand: Sides['farmhand'] = ({ payloadBytes, batch }) =>
      openFarmhand({ redisUrl: redis.url, config, payloadBytes, batch });
    const chosen = bullmq && (await chooseSettings(options, { redis, bullmq, farmhand }));
    const peer: Sides['peer'] =
      bullmq && chosen && (({ payloadBytes }) => bullmq.open({ redisUrl: redis.url, payloadBytes, settings: chosen }));
    const sides: Sides = { farmhand, peer };

    const rows: QueueRow[] = [];
    for (const [at, setting] of plan.settings.entries()) {
      const { concurrency, payloadBytes, aof } = setting;
      onStep(
        `${at + 1} of ${plan.settings.length}: ${concurrency} at once, ${payloadBytes} bytes, append-only file ${aof}`,
      );
      rows.push(...(await compare({ ...options, setting, sides, redis })));
    }
    onStep('single tasks to an idle queue');
    const idle = await measureIdle(options, { redis, sides });
    signal.throwIfAborted();
    onStep(`memory of ${plan.memoryTasks} waiting tasks`);
    const memory = await eachSide(sides, redis, (side) => measureMemory({ side, redis, tasks: plan.memoryTasks }));
    const per100k = (bytes: number): number => (bytes * 100_000) / 1e6;
    return {
      rows,
      idleP99Ms: idle.farmhand.p99Ms,
      idle,
      memoryRatio: memory.peer === null ? null : memory.farmhand / memory.peer,
      memoryMBPer100k: { farmhand: per100k(memory.farmhand), peer: memory.peer && per100k(memory.peer) },
      peer: bullmq && chosen && { name: 'bullmq', version: bullmq.version, settings: chosen.name },
      redis: redis.version,
      rounds: plan.rounds,
      seconds: (clock.monotonic() - startedAt) / SECOND,
    };
  } finally {
    await redis.close();
  }
}

/** Payload of the measurements that are not rows, bytes. */
const PAYLOAD_BYTES = 200;
const PROBE_CONCURRENCY = 50;
const PROBE_TASKS_A_MS = 10;
const PROBES = 2;

/** Tries BullMQ's settings and takes those that are fastest here and now; warms both queues' code up in passing. */
async function chooseSettings(
  { plan, clock, signal, onStep }: QueueBenchOptions,
  parts: { redis: BenchRedis; bullmq: Bullmq; farmhand: Sides['farmhand'] },
): Promise<BullmqSettings> {
  const { redis, bullmq, farmhand } = parts;
  const speed = async (open: () => Promise<QueueSide>): Promise<number> => {
    signal.throwIfAborted();
    await redis.reset('off');
    const side = await open();
    try {
      const tasks = PROBE_TASKS_A_MS * plan.turnMs;
      return (await measureServing({ side, redis, concurrency: PROBE_CONCURRENCY, clock, tasks, signal })).tasksPerS;
    } finally {
      await side.close();
    }
  };
  onStep(`tries ${bullmqSettings.length} settings of BullMQ`);
  const best = { settings: bullmqSettings[0] as BullmqSettings, perS: 0 };
  for (let probe = 0; probe < PROBES; probe += 1) {
    await speed(() => farmhand({ payloadBytes: PAYLOAD_BYTES, batch: 1 }));
    for (const settings of bullmqSettings) {
      const perS = await speed(() => bullmq.open({ redisUrl: redis.url, payloadBytes: PAYLOAD_BYTES, settings }));
      if (perS > best.perS) Object.assign(best, { settings, perS });
    }
  }
  onStep(`BullMQ is fastest with: ${best.settings.name}`);
  return best.settings;
}

/** Half of the tasks to one, half to the other, and once more. */
async function measureIdle(
  { plan, clock, signal }: QueueBenchOptions,
  { redis, sides }: { redis: BenchRedis; sides: Sides },
): Promise<QueueFigures['idle']> {
  const half = Math.ceil(plan.idleTasks / 2);
  const sample = () => eachSide(sides, redis, (side) => sampleWaiting({ side, clock, tasks: half, signal }));
  const [first, second] = [await sample(), await sample()];
  return {
    farmhand: waitingTime([...first.farmhand, ...second.farmhand]),
    peer: first.peer && second.peer && waitingTime([...first.peer, ...second.peer]),
  };
}

/** One measurement on each queue, new and empty, with the append-only file off. */
async function eachSide<T>(
  sides: Sides,
  redis: BenchRedis,
  measure: (side: QueueSide) => Promise<T>,
): Promise<{ farmhand: T; peer: T | null }> {
  const on = async (open: Sides['farmhand']): Promise<T> => {
    await redis.reset('off');
    const side = await open({ payloadBytes: PAYLOAD_BYTES, batch: 1 });
    try {
      return await measure(side);
    } finally {
      await side.close();
    }
  };
  return { farmhand: await on(sides.farmhand), peer: sides.peer && (await on(sides.peer)) };
}
