import type { Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import type { ReplicaExit } from './gateway/gateway.ts';

/**
 * Takes back what a replica held the moment that it ends. Leases would do the same seconds later; whoever saw the process
 * die need not wait for them.
 */
export interface Reclaimer {
  replicaExited(exit: ReplicaExit): void;
  /** Waits for what is under way, but not for a Redis that does not answer: leases cover the rest. Idempotent. */
  stop(): Promise<void>;
}

const FINISH_WITHIN_MS = 2000;

export async function startReclaimer(options: {
  redisUrl: string;
  config: FarmConfig;
  clock: Clock;
  log: Logger;
}): Promise<Reclaimer> {
  const { clock, log } = options;
  const redis = await connectRedis({ url: options.redisUrl, log });
  const { source, roster } = openRedisFarm({ redis, config: options.config, client: `gateway-${process.pid}` });
  const underWay = new Set<Promise<void>>();

  const reclaim = async ({ fn, instance }: ReplicaExit): Promise<void> => {
    try {
      // In this order: reclaim counts the attempt that a death is, leave would not.
      const { returned, dead } = await source.reclaim({ worker: instance });
      await roster.leave(instance);
      if (returned + dead > 0)
        log.warn({ fn, instance, returned, dead }, 'a replica died with tasks in hand: they are back');
    } catch (thrown) {
      log.warn(
        { instance, error: coerceError(thrown) },
        'could not take back what a replica held; its leases will expire',
      );
    }
  };

  return {
    replicaExited(exit) {
      const work = reclaim(exit).finally(() => underWay.delete(work));
      underWay.add(work);
    },
    async stop() {
      const finished = new AbortController();
      const all = Promise.all(underWay).then(() => finished.abort());
      await clock.sleep(FINISH_WITHIN_MS, underWay.size === 0 ? AbortSignal.abort() : finished.signal);
      redis.disconnect();
      await all;
    },
  };
}
