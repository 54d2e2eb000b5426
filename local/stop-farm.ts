import { realpathSync } from 'node:fs';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { clearLeftContainers } from './docker/clear-containers.ts';
import { lockHolder, takeFarmLock, type FarmLock } from './farm-lock.ts';
import { removeRecord } from './farm-record.ts';
import { endMembers } from './process-group.ts';
import { isAlive, signalProcess } from './process-identity.ts';
import { stopLeftover } from './redis/redis-process.ts';
import { stateFolder } from './state-folder.ts';

export interface StoppedFarm {
  /** False: there was no farm, and nothing left of one. */
  readonly wasUp: boolean;
  /** Processes that did not stop when they were asked, and were killed. Their tasks go back when their leases expire. */
  readonly killed: number;
}

/** A function has config.worker.graceS to finish its task, the gateway config.local.graceS to end it, then Redis writes. */
const ORDERLY_WITHIN_MS = 60 * SECOND;
const LEFTOVERS_WITHIN_MS = 5 * SECOND;

/**
 * Stops the farm on a state folder, starting, up or killed, and returns when none of its processes runs any more: first in
 * order, then by force. The queue's data stays.
 */
export async function stopFarm(options: {
  root: string;
  environment: Environment;
  clock: Clock;
  /** Default 60 s. */
  orderlyWithinMs?: number;
}): Promise<StoppedFarm> {
  const { clock } = options;
  const root = realpathSync(options.root);
  const state = stateFolder({ root, environment: options.environment });
  const daemon = lockHolder(state.lock);
  if (daemon === null) return { wasUp: false, killed: 0 };

  signalProcess(daemon, 'SIGTERM');
  const deadline = clock.monotonic() + (options.orderlyWithinMs ?? ORDERLY_WITHIN_MS);
  while (isAlive(daemon) && clock.monotonic() < deadline) await clock.sleep(20);
  const overdue = signalProcess(daemon, 'SIGKILL');
  while (isAlive(daemon)) await clock.sleep(5);

  const lock = takeLockUnlessStarted(state.lock);
  // A start that came between has the lock, and cleans up itself.
  if (lock === null) return { wasUp: true, killed: overdue ? 1 : 0 };
  const killed = await endMembers(
    { leader: daemon, folders: [root, state.path] },
    { clock, withinMs: LEFTOVERS_WITHIN_MS },
  );
  await clearLeftContainers(state, { clock, graceMs: LEFTOVERS_WITHIN_MS });
  await stopLeftover(state.redis, clock);
  removeRecord(state);
  lock.release();
  return { wasUp: true, killed: killed.length + (overdue ? 1 : 0) };
}

function takeLockUnlessStarted(folder: string): FarmLock | null {
  try {
    return takeFarmLock(folder);
  } catch (thrown) {
    if (thrown instanceof FarmhandError && thrown.code === 'CONFLICT') return null;
    throw thrown;
  }
}
