/** A child process that ended, whether asked to or not. */
export interface ReplicaExit {
  readonly fn: string;
  /** FARM_INSTANCE: the worker's name in the queue. */
  readonly instance: string;
  /** Exit code; null when a signal ended it or it could not be started. */
  readonly code: number | null;
  readonly signal: string | null;
  /** True when the gateway had asked it to stop. */
  readonly expected: boolean;
}
