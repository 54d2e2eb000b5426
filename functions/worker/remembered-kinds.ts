import type { Redis } from 'ioredis';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { FarmKeys } from '#shared/queue/keys.ts';
import type { KindCatalogue } from './kinds/catalogue.ts';

/** A kind that nobody ran for so long is not loaded ahead any more. */
const REMEMBERED_S = 3_600;

export interface RememberingCatalogue extends KindCatalogue {
  /** Loads what other workers of this farm ran lately. Never rejects. */
  loadRemembered(log: Logger): Promise<void>;
}

/**
 * A new worker loads the kinds that its farm runs before it claims anything: loading a library takes as long as a short
 * task's whole deadline, and until it is done another worker can have the task.
 */
export function rememberKinds(kinds: KindCatalogue, farm: { redis: Redis; keys: FarmKeys }): RememberingCatalogue {
  const { redis, keys } = farm;
  const noted = new Set<string>();
  return {
    names: kinds.names,
    async find(name) {
      const kind = await kinds.find(name);
      if (!noted.has(name)) {
        noted.add(name);
        // A hint, not worth waiting for.
        redis
          .pipeline()
          .sadd(keys.kinds, name)
          .expire(keys.kinds, REMEMBERED_S)
          .exec()
          .catch(() => undefined);
      }
      return kind;
    },
    async loadRemembered(log) {
      try {
        const names = await redis.smembers(keys.kinds);
        await Promise.all(names.filter((name) => kinds.names.includes(name)).map((name) => kinds.find(name)));
      } catch (thrown) {
        log.warn(
          { error: coerceError(thrown) },
          'could not load task kinds ahead; they are loaded with their first task',
        );
      }
    },
  };
}
