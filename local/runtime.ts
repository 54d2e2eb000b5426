import type { ReplicaRuntime } from './gateway/replica/replica-child.ts';

/** What the replicas of a farm on this machine run in, and how they reach what runs beside them. */
export interface FarmRuntime {
  readonly replicas: ReplicaRuntime;
  /** Variables that every function gets. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * The same Redis or gateway by an address that replicas reach it under. @throws FarmhandError CONFIG_INVALID when there is
   * none.
   */
  reach(url: string): Promise<string>;
  /** Call it when no replica runs any more. Idempotent. */
  stop(): Promise<void>;
}
