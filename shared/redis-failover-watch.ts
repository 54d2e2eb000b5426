import { Redis } from 'ioredis';
import { sentinelOptions } from './redis-options.ts';
import type { RedisTarget } from './redis-url.ts';

/**
 * Tells when Sentinel has put another server in the primary's place. A primary that is frozen or cut off does not close its
 * connections, and what it still answers when it is back is lost; so nobody may wait for it then.
 * It listens to one Sentinel, and to the next one when that is gone. A change in between is missed: the connection's own
 * time limit covers that.
 */
export interface FailoverWatch {
  /** Idempotent. */
  stop(): void;
}

/** @param options.target one with Sentinels. */
export function watchFailovers(options: { target: RedisTarget; onFailover: () => void }): FailoverWatch {
  const { target, onFailover } = options;
  let turn = 0;
  const sentinel = new Redis({
    ...sentinelOptions(target),
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
    retryStrategy(attempt) {
      turn += 1;
      Object.assign(sentinel.options, target.hosts[turn % target.hosts.length]);
      return Math.min(100 * attempt, 5_000);
    },
  });
  // One that does not answer is no news: whoever uses the connection hears of it when it matters.
  sentinel.on('error', () => undefined);
  // '<primary> <old host> <old port> <new host> <new port>'
  sentinel.on('message', (_channel: string, text: string) => {
    if (text.startsWith(`${target.sentinel?.primary} `)) onFailover();
  });
  sentinel.subscribe('+switch-master').catch(() => undefined);
  return { stop: () => sentinel.disconnect() };
}
