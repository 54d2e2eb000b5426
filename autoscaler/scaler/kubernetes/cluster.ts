import type { Pod } from './pod.ts';

/** A Deployment's scale subresource. */
export interface DeploymentScale {
  /** Of its specification. */
  readonly replicas: number;
  /** Which pods are its, as a label selector. */
  readonly selector: string;
  /** Changes with every change of the Deployment. */
  readonly version: string;
}

export interface PodList {
  readonly pods: readonly Pod[];
  /** Where a watch goes on from. */
  readonly version: string;
}

export interface PodEvent {
  readonly kind: 'there' | 'gone';
  readonly pod: Pod;
  readonly version: string;
}

/**
 * What scaling needs of a Kubernetes API server, for one Deployment. Each call is one request.
 * @throws CLUSTER_UNREACHABLE, CLUSTER_REFUSED, NOT_FOUND; a PassingFailure where another try may help
 */
export interface Cluster {
  scale(timeoutMs: number): Promise<DeploymentScale>;
  /** Sets them if nothing has changed since `version`, and returns what stands then. @throws CONFLICT when something has */
  setReplicas(change: { replicas: number; version: string }, timeoutMs: number): Promise<number>;
  pods(selector: string, timeoutMs: number): Promise<PodList>;
  /** Null takes the mark away. A pod that is gone is left alone. */
  setDeletionCost(mark: { pod: string; cost: number | null }, timeoutMs: number): Promise<void>;
  /**
   * Tells what happens to the pods after `version`, until the signal or the server ends it. `expired`: the server does not
   * remember that version any more; list again.
   */
  watchPods(
    from: { selector: string; version: string },
    options: { onEvent: (event: PodEvent) => void; signal: AbortSignal },
  ): Promise<'closed' | 'expired'>;
}
