import type { Redis } from 'ioredis';
import type { FarmConfig } from '../config.ts';
import { SECOND } from '../clock.ts';
import { Journal } from './journal.ts';
import { farmKeys, type FarmKeys } from './keys.ts';
import { RedisArchive } from './redis-archive.ts';
import { RedisBacklog } from './redis-backlog.ts';
import { RedisBlobs } from './redis-blobs.ts';
import { RedisInbox } from './redis-inbox.ts';
import { RedisObserver } from './redis-observer.ts';
import { RedisRoster } from './redis-roster.ts';
import { RedisSink } from './redis-sink.ts';
import { RedisSource } from './redis-source.ts';
import { Scripts } from './scripts.ts';

/** Every side of one farm's queue on one Redis. */
export interface RedisFarm {
  readonly keys: FarmKeys;
  readonly inbox: RedisInbox;
  readonly source: RedisSource;
  readonly sink: RedisSink;
  readonly archive: RedisArchive;
  readonly backlog: RedisBacklog;
  readonly roster: RedisRoster;
  readonly observer: RedisObserver;
  readonly blobs: RedisBlobs;
  readonly journal: Journal;
}

/**
 * @param options.client unique to this process.
 * @param options.blocking needed by whoever waits for ACKs.
 */
export function openRedisFarm(options: {
  redis: Redis;
  blocking?: Redis;
  config: FarmConfig;
  client: string;
}): RedisFarm {
  const { redis, config, client } = options;
  const { queue } = config;
  const keys = farmKeys(config.farm);
  const scripts = new Scripts(redis, keys, queue);
  const limits = {
    maxBytes: queue.maxBlobBytes,
    maxTotalBytes: queue.maxBlobTotalBytes,
    ttlMs: queue.blobTtlS * SECOND,
  };
  const blobs = new RedisBlobs({ redis, keys, scripts, limits });
  const rule = { leaseMs: queue.leaseS * SECOND, maxAttempts: queue.maxAttempts };
  const retain = { records: queue.retainRecords, ms: queue.retainS * SECOND };
  // An idle worker wakes after four.
  const silentMs = 6 * rule.leaseMs;
  const blocking = options.blocking === undefined ? {} : { blocking: options.blocking };
  return {
    keys,
    blobs,
    inbox: new RedisInbox({ redis, keys, scripts, client }),
    source: new RedisSource({ redis, keys, scripts, rule }),
    sink: new RedisSink({ redis, keys, scripts, retain }),
    archive: new RedisArchive({ redis, keys, scripts, blobs }),
    backlog: new RedisBacklog({ scripts }),
    roster: new RedisRoster({ redis, keys, scripts, silentMs, ...blocking }),
    observer: new RedisObserver({ scripts }),
    journal: new Journal({ redis, keys }),
  };
}
