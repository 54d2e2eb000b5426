import type { V1Pod } from '@kubernetes/client-node';

/** The annotation by which a ReplicaSet ranks pods that are alike otherwise: the lowest goes first (Kubernetes 1.22). */
export const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/** What scaling looks at of a pod. */
export interface Pod {
  readonly name: string;
  /** The ReplicaSet that keeps it; '' where nothing does. While an update rolls out, a Deployment has two of them. */
  readonly owner: string;
  /** Its container runs, or ran: it may have work. False while it waits for a node, an image or its volumes. */
  readonly started: boolean;
  /** By its readiness probe. A drained worker answers 503. */
  readonly ready: boolean;
  readonly phase: 'Pending' | 'Unknown' | 'Running' | 'Ended';
  readonly assigned: boolean;
  /** Is being deleted: still there, and no longer counted by its ReplicaSet. */
  readonly leaving: boolean;
  readonly deletionCost: number;
}

export function podFrom({ metadata, spec, status }: V1Pod): Pod {
  const containers = status?.containerStatuses ?? [];
  return {
    name: metadata?.name ?? '',
    owner: metadata?.ownerReferences?.find(({ controller }) => controller === true)?.name ?? '',
    started: containers.some(
      ({ state, lastState }) => state?.running !== undefined || lastState?.terminated !== undefined,
    ),
    ready: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    phase: phaseOf(status?.phase),
    assigned: (spec?.nodeName ?? '') !== '',
    leaving: metadata?.deletionTimestamp !== undefined,
    deletionCost: Number(metadata?.annotations?.[DELETION_COST] ?? 0),
  };
}

function phaseOf(phase: string | undefined): Pod['phase'] {
  if (phase === 'Running' || phase === 'Unknown') return phase;
  return phase === 'Succeeded' || phase === 'Failed' ? 'Ended' : 'Pending';
}

/** Whether its ReplicaSet counts it: neither ended nor being deleted. */
export const isActive = (pod: Pod): boolean => !pod.leaving && pod.phase !== 'Ended';

/**
 * Whether `member` runs in `pod`. A member's name has its host's name in it, which is the pod's (template/node-farm/host.ts);
 * where FARM_INSTANCE is set to the pod's name they are the same.
 */
export function runsIn(member: string, pod: string): boolean {
  return `-${member}-`.includes(`-${pod}-`);
}
