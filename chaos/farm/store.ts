import { FarmhandError } from '#shared/errors.ts';
import type { Releases } from '../../local/releases.ts';
import { startTcpProxy, type TcpProxy } from '../proxy/tcp-proxy.ts';
import { startRedisUnderTest, type RedisUnderTest, type RedisUnderTestOptions } from '../redis/redis-under-test.ts';
import { startRedisWithReplica, type RedisWithReplica } from '../redis/redis-with-replica.ts';

export const storeKinds = ['single', 'replicated'] as const;
export type StoreKind = (typeof storeKinds)[number];

/** Where the farm under test keeps its queue. */
export type Store =
  | {
      readonly kind: 'single';
      readonly redis: RedisUnderTest;
      /** Stands between every function (the gateway's reclaimer included) and Redis; the harness goes past it. */
      readonly proxy: TcpProxy;
    }
  | { readonly kind: 'replicated'; readonly pair: RedisWithReplica };

/** What faults of one Redis lay hands on. Such a fault is only chosen where there is one (catalogue.ts). */
export function singleRedis(store: Store): { redis: RedisUnderTest; proxy: TcpProxy } {
  if (store.kind === 'single') return store;
  throw new FarmhandError('INTERNAL', 'a fault of a single Redis was injected into a replicated one');
}

/** What faults of replication lay hands on. */
export function replicatedRedis(store: Store): RedisWithReplica {
  if (store.kind === 'replicated') return store.pair;
  throw new FarmhandError('INTERNAL', 'a fault of a replicated Redis was injected into a single one');
}

/** `farmUrl`: for the farm. `watchUrl`: for the harness. Both are secrets. */
export async function startStore(
  kind: StoreKind,
  options: RedisUnderTestOptions,
  releases: Releases,
): Promise<{ store: Store; farmUrl: string; watchUrl: string }> {
  if (kind === 'replicated') {
    // A primary that has lost its replica takes no writes, which bounds what a failover can lose.
    const pair = await startRedisWithReplica({ ...options, minReplicasToWrite: 1 });
    releases.add('Redis and its replica', () => pair.stop());
    return { store: { kind, pair }, farmUrl: pair.url, watchUrl: pair.url };
  }
  const redis = await startRedisUnderTest(options);
  releases.add('Redis', () => redis.stop());
  const proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: redis.port }, clock: options.clock });
  releases.add('proxy', () => proxy.stop());
  return { store: { kind, redis, proxy }, farmUrl: redis.urlAt(proxy.port), watchUrl: redis.url };
}
