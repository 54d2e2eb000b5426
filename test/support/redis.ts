import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
// The run's server is started there, and its URL is declared there.
import type {} from './global-setup.ts';

export interface TestRedis {
  /** Of the one server of this run, shared by all its tests. */
  readonly url: string;
  /** A farm name that no other test has (config.farm): every key is `{prefix}:...`. */
  readonly prefix: string;
  /** Deletes the farm's keys. */
  close(): Promise<void>;
}

/** A farm of one's own on the run's real Redis. */
export async function testRedis(): Promise<TestRedis> {
  const url = inject('redisUrl');
  const prefix = `test-${randomUUID().slice(0, 18)}`;
  return {
    url,
    prefix,
    async close() {
      const client = new Redis(url);
      for await (const keys of client.scanStream({ match: `{${prefix}}:*`, count: 1000 }) as AsyncIterable<string[]>) {
        if (keys.length > 0) await client.unlink(...keys);
      }
      await client.quit();
    },
  };
}
