import type { FunctionDeployment } from './deployment.ts';

/**
 * What a function looks like from outside: faas-provider's `FunctionStatus` (MIT). Its numbers are `omitempty` in Go: a zero
 * is a missing key, so a reader takes absent for 0.
 */
export interface FunctionStatus extends Omit<FunctionDeployment, 'service'> {
  readonly name: string;
  /** Desired. */
  readonly replicas?: number | undefined;
  /** Ready. */
  readonly availableReplicas?: number | undefined;
  readonly invocationCount?: number | undefined;
  /** RFC 3339. */
  readonly createdAt?: string | undefined;
  readonly usage?: Usage | undefined;
}

export interface Usage {
  /** Thousandths of a core, over all replicas, since the last time it was asked. */
  readonly cpu?: number | undefined;
  readonly totalMemoryBytes?: number | undefined;
}
