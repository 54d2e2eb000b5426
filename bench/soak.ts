import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import { loadConfig, type Environment } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import type { Rng } from '#shared/rng.ts';
import type { Redis } from 'ioredis';
import { ensureFarm } from '../local/launcher.ts';
import { stopFarm } from '../local/stop-farm.ts';
import { farmClient, type FarmClient } from './live/farm-client.ts';
import { SoakAudit, type SoakOutcome } from './soak/audit.ts';
import { readSoakEpisode, startSoakEpisode, type SoakEpisode } from './soak/episode.ts';
import { SoakLoad } from './soak/load.ts';
import { MemoryLog, type RoleMemory } from './soak/memory-log.ts';
import type { SoakPlan } from './soak/plan.ts';

/** What `farmhand bench soak` prints; docs/soak.md says how memory is judged. */
export interface SoakFigures extends SoakOutcome, SoakEpisode {
  readonly seconds: number;
  /** Readings of memory count from here on. */
  readonly warmUpS: number;
  readonly ended: 'in time' | 'interrupted';
  /** Share of the workers' time that they were busy. */
  readonly load: number | null;
  readonly memory: readonly RoleMemory[];
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
  const { root, clock, signal, plan, onStep } = options;
  const stateFolder = mkdtempSync(join(tmpdir(), 'farmhand-soak-'));
  const environment: Environment = {
    ...options.environment,
    FARM_STATE_DIR: stateFolder,
    FARM_LOCAL_PORT: '0',
    FARM_FARM: `soak-${process.pid}`,
    FARM_QUEUE_RETAINRECORDS: String(plan.retainRecords),
  };
  onStep('starts a farm of its own');
  try {
    const { farm } = await ensureFarm({ root, environment, tied: true, clock, signal });
    const client = farmClient(farm);
    const config = loadConfig(environment['FARM_FILE'] ?? join(root, 'farm.yml'), environment);
    const redis = await connectRedis({ url: farm.secrets.redisUrl, log: silentLogger });
    const { archive } = openRedisFarm({ redis, config, client: 'soak' });
    try {
      return await soakFarm(options, { client, redis, audit: new SoakAudit(archive), daemonPid: farm.pid });
    } finally {
      redis.disconnect();
      await client.close();
    }
  } finally {
    await stopFarm({ root, environment, clock });
    rmSync(stateFolder, { recursive: true, force: true });
  }
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
  const startedAt = clock.monotonic();
  const inTime = new AbortController();
  const over = AbortSignal.any([signal, inTime.signal]);
  void clock.sleep(plan.durationS * SECOND, over).then(() => inTime.abort());
  const loading = load.run(over);
  try {
    await Promise.all([loading, watch(options, { ...farm, memory, over })]);
  } finally {
    inTime.abort();
    await loading.catch(() => undefined);
  }
  const seconds = (clock.monotonic() - startedAt) / SECOND;
  const { steps, scaling, workers } = await readSoakEpisode(client);
  onStep('waits for the last tasks');
  await settle(audit, { accepted: load.accepted, clock });
  const roles = memory.report(plan);
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

/** What is left is given so long. */
const SETTLE_MS = 30 * SECOND;
const SETTLE_LOOK_MS = 250;

/** Until every accepted task has its record; what has none by then is told by the books. */
async function settle(audit: SoakAudit, { accepted, clock }: { accepted: number; clock: Clock }): Promise<void> {
  const deadline = clock.monotonic() + SETTLE_MS;
  for (;;) {
    await audit.look();
    if (audit.completed >= accepted || clock.monotonic() > deadline) return;
    await clock.sleep(SETTLE_LOOK_MS);
  }
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}
