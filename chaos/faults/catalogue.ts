import { FarmhandError } from '#shared/errors.ts';
import { appendOnlyFileRewritten } from './append-only-file-rewritten.ts';
import { autoscalerKilled } from './autoscaler-killed.ts';
import { clockSkewed } from './clock-skewed.ts';
import { collectorKilled } from './collector-killed.ts';
import { connectionsCut } from './connections-cut.ts';
import { connectionsKilled } from './connections-killed.ts';
import { duplicateSubmission } from './duplicate-submission.ts';
import { emitterKilled } from './emitter-killed.ts';
import type { StoreKind } from '../farm/store.ts';
import type { Fault } from './fault.ts';
import { networkPartitioned } from './network-partitioned.ts';
import { networkSlow } from './network-slow.ts';
import { networkStalled } from './network-stalled.ts';
import { outOfMemory } from './out-of-memory.ts';
import { oversizedTask } from './oversized-task.ts';
import { poisonTask } from './poison-task.ts';
import { primaryFailedOver } from './primary-failed-over.ts';
import { primaryFrozen } from './primary-frozen.ts';
import { primaryKilled } from './primary-killed.ts';
import { redisFrozen } from './redis-frozen.ts';
import { redisKilled } from './redis-killed.ts';
import { scaleStorm } from './scale-storm.ts';
import { scriptsFlushed } from './scripts-flushed.ts';
import { slowScript } from './slow-script.ts';
import { workerFrozen } from './worker-frozen.ts';
import { workerKilledAfterClaim } from './worker-killed-after-claim.ts';
import { workerKilledAfterFinish } from './worker-killed-after-finish.ts';
import { workerKilledBeforeFinish } from './worker-killed-before-finish.ts';
import { workerKilledInWork } from './worker-killed-in-work.ts';
import { workersTerminated } from './workers-terminated.ts';

/** Every kind of fault, in the order in which reports list them. A new one: a file here, a line here, a row in docs/chaos.md. */
export const faults: readonly Fault[] = [
  workerKilledAfterClaim,
  workerKilledInWork,
  workerKilledBeforeFinish,
  workerKilledAfterFinish,
  workersTerminated,
  workerFrozen,
  emitterKilled,
  collectorKilled,
  autoscalerKilled,
  scaleStorm,
  redisKilled,
  redisFrozen,
  appendOnlyFileRewritten,
  slowScript,
  scriptsFlushed,
  outOfMemory,
  primaryFailedOver,
  primaryKilled,
  primaryFrozen,
  networkStalled,
  networkPartitioned,
  networkSlow,
  connectionsCut,
  connectionsKilled,
  poisonTask,
  oversizedTask,
  duplicateSubmission,
  clockSkewed,
];

/** Those of these kinds, or all without any, that can be done to such a store. Throws USAGE for one that cannot, or is not there. */
export function chooseFaults(kinds: readonly string[], store: StoreKind): readonly Fault[] {
  const able = faults.filter((fault) => (fault.store ?? store) === store);
  const unable = kinds.find((kind) => !able.some((fault) => fault.kind === kind));
  if (unable !== undefined) {
    const known = able.map(({ kind }) => kind).join(', ');
    throw new FarmhandError('USAGE', `no fault '${unable}' for a ${store} Redis; there are ${known}`);
  }
  return kinds.length === 0 ? able : able.filter(({ kind }) => kinds.includes(kind));
}
