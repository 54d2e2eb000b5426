import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import type { Rng } from '#shared/rng.ts';
import type { Redis } from 'ioredis';
import type { FarmClient } from './live/farm-client.ts';
import { startOwnFarm } from './own-farm.ts';
import { SoakAudit, type SoakOutcome } from './soak/audit.ts';
import { readSoakEpisode, startSoakEpisode, type SoakEpisode } from './soak/episode.ts';
import { LiveLog, type LiveHeap } from './soak/live-log.ts';
import { SoakLoad } from './soak/load.ts';
import { MemoryLog, type RoleMemory } from './soak/memory-log.ts';
import type { SoakPlan } from './soak/plan.ts';
import { scrapeOn } from './soak/scrapes.ts';

/** What `farmhand bench soak` prints; docs/soak.md says how memory is judged. */
export interface SoakFigures extends SoakOutcome, SoakEpisode {
  readonly seconds: number;
  /** Readings of memory count from here on. */
  readonly warmUpS: number;
  readonly ended: 'in time' | 'interrupted';
  /** Share of the workers' time that they were busy. */
  readonly load: number | null;
  readonly memory: readonly (RoleMemory & {
    /** What is left of it after a full garbage collection; null for Redis, and where nobody could be looked at twice. */
    readonly live: LiveHeap | null;
  })[];
  /** Every role is. */
  readonly flat: boolean;
}

export interface SoakOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly plan: SoakPlan;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Ends the load early; what was seen until then is reported. */
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
  /** Told every minute, and ten times at least, how it goes. */
  readonly onProgress: (sentence: string) => void;
}

/** Puts a farm of its own, which is gone when this resolves, under steady work and watches its memory. */
export async function soak(options: SoakOptions): Promise<SoakFigures> {
  const settings = { FARM_QUEUE_RETAINRECORDS: String(options.plan.retainRecords) };
  await using own = await startOwnFarm({ ...options, settings });
  const { client, redis, queue, handle } = own;
  return await soakFarm(options, { client, redis, audit: new SoakAudit(queue.archive), daemonPid: handle.pid });
}

interface FarmUnderSoak {
  readonly client: FarmClient;
  readonly redis: Redis;
  readonly audit: SoakAudit;
  readonly daemonPid: number;
}

async function soakFarm(options: SoakOptions, farm: FarmUnderSoak): Promise<SoakFigures> {
  const { clock, plan, signal, rng, onStep } = options;
  const { client, audit, daemonPid } = farm;
  await startSoakEpisode(client, plan);
  onStep(`works for ${Math.round(plan.durationS)} s`);
  const load = new SoakLoad({ farm: client, plan, clock, rng: rng.fork('load'), onTrouble: onStep });
  const memory = new MemoryLog({ clock, daemonPid });
  const live = new LiveLog({ clock, daemonPid });
  const startedAt = clock.monotonic();
  const inTime = new AbortController();
  const over = AbortSignal.any([signal, inTime.signal]);
  void clock.sleep(plan.durationS * SECOND, over).then(() => inTime.abort());
  const loading = load.run(over);
  try {
    await Promise.all([
      loading,
      scrapeOn({ farm: client, everyS: plan.scrapeEveryS, clock, over, onTrouble: onStep }),
      watch(options, { ...farm, memory, over }),
      lookEarly(options, { live, over }),
    ]);
  } finally {
    inTime.abort();
    await loading.catch(() => undefined);
  }
  const seconds = (clock.monotonic() - startedAt) / SECOND;
  const { steps, scaling, workers } = await readSoakEpisode(client);
  onStep('waits for the last tasks');
  await audit.settle(load.accepted, clock);
  await live.look();
  const roles = memory.report(plan).map((role) => ({ ...role, live: live.report(role.role) }));
  return {
    ...(await audit.close(load.accepted)),
    seconds,
    warmUpS: plan.warmUpS,
    ended: signal.aborted ? 'interrupted' : 'in time',
    load: workers.mean === null ? null : audit.busyMs / SECOND / (workers.mean * seconds),
    workers,
    steps,
    scaling,
    memory: roles,
    flat: roles.every(({ verdict }) => verdict === 'flat'),
  };
}

/** Reads memory and output until it is over. */
async function watch(
  { clock, plan, onProgress }: SoakOptions,
  farm: FarmUnderSoak & { memory: MemoryLog; over: AbortSignal },
): Promise<void> {
  const { redis, audit, memory, over } = farm;
  const startedAt = clock.monotonic();
  const sayEveryMs = Math.min(MINUTE, (plan.durationS * SECOND) / 10);
  let saidAt = startedAt;
  for (let look = 1; !over.aborted; look += 1) {
    memory.look(await usedMemory(redis));
    await audit.look();
    const now = clock.monotonic();
    if (now - saidAt >= sayEveryMs) {
      saidAt = now;
      onProgress(`${Math.round((now - startedAt) / SECOND)} s, ${audit.completed} tasks completed`);
    }
    await clock.sleep(Math.max(0, startedAt + look * plan.sampleEveryS * SECOND - now), over);
  }
}

/** The first look at what is held, long before readings of memory count: a forced collection leaves a smaller process for a while. */
async function lookEarly(
  { clock, plan }: SoakOptions,
  { live, over }: { live: LiveLog; over: AbortSignal },
): Promise<void> {
  await clock.sleep((plan.warmUpS / 2) * SECOND, over);
  if (!over.aborted) await live.look();
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}
