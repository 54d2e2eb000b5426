import { SECOND } from '#shared/clock.ts';
import type { AppendMode } from '../redis/append-mode.ts';

/** What a fault may lose: of the tasks accepted, and of the endings recorded, those of so long before it. 0: none. */
export interface Bound {
  readonly lastMs: number;
}

/** The promise: whatever is done to a process of the farm, nothing that Redis acknowledged is lost or comes out twice. */
export const NOTHING: Bound = { lastMs: 0 };

/**
 * What Redis itself may forget when it is killed. `everysec` writes to the file before it answers, but holds writes back for up to
 * two seconds while the disk is slow to sync (redis.conf, appendfsync); `none` keeps nothing of what came since its start.
 */
export function boundOfKill(mode: AppendMode): Bound {
  return { lastMs: { always: 0, everysec: 2 * SECOND, none: Infinity }[mode] };
}

/**
 * Replication is asynchronous: a failover may lose what had not reached the replica. With min-replicas-to-write 1 a primary whose
 * replica is more than two seconds behind takes no writes (redis.conf, min-replicas-max-lag).
 */
export const WHAT_THE_REPLICA_LACKED: Bound = { lastMs: 2 * SECOND };

export function describeBound({ lastMs }: Bound): string {
  if (lastMs === 0) return 'nothing';
  return lastMs === Infinity ? 'everything before it' : `the last ${lastMs / SECOND} s`;
}
