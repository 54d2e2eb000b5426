import type { Redis } from 'ioredis';
import type { FarmKeys } from '#shared/queue/keys.ts';
import { parseClaim } from '#shared/queue/envelope.ts';
import type { Claim } from '#shared/task.ts';

/** Every claim that a worker of the farm holds, as Redis has it. */
export async function claimsInHands(redis: Redis, keys: FarmKeys): Promise<(Claim & { readonly worker: string })[]> {
  const hands = await redis.hgetall(keys.hands);
  return Object.entries(hands).flatMap(([worker, entry]) =>
    entry
      .split('\n')
      .slice(1)
      .map((line) => ({ ...parseClaim(line, '{}'), worker })),
  );
}

/** Redis TIME cannot be moved, so the leases that are held now are: they have run out when this resolves. */
export async function expireLeases(redis: Redis, keys: FarmKeys): Promise<void> {
  for (const [worker, entry] of Object.entries(await redis.hgetall(keys.hands))) {
    const [answer = '', ...claims] = entry.split('\n');
    const expired = claims.map((claim) => claim.replace(/^((?:\S+ ){3})\S+/, (_, before: string) => `${before}1`));
    await redis.hset(keys.hands, worker, [answer, ...expired].join('\n'));
  }
  await redis.del(keys.look);
}
