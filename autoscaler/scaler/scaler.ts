/** The worker function's replicas, as the platform shows them. */
export interface ScaleReading {
  /** Last asked for, by whomever: more than `granted` where the platform gave less. */
  readonly desired: number;
  /** What the platform intends to run (its specification). */
  readonly granted: number;
  /** Can take work now. */
  readonly ready: number;
  /** Exist and are paid for: starting and draining ones included. */
  readonly active: number;
  /** Kept warm and out of work. 0 where the platform cannot do that. */
  readonly parked: number;
  /** The most that the platform has lately been seen to grant; null while it gives what is asked. */
  readonly limit: number | null;
}

export interface ScaleTarget {
  /** In all. */
  readonly replicas: number;
  /**
   * Workers that have nothing in hand and take nothing. Where there are to be fewer replicas, these go, as far as the platform
   * lets us choose. Absent: anybody may go.
   */
  readonly drained?: readonly string[];
}

export interface Grant {
  readonly requested: number;
  /** Read back after the request; platforms cut requests silently. */
  readonly granted: number;
}

/**
 * Changes how many workers there are. Implementations: one function behind a gateway (gateway-scaler.ts), several of them
 * (shards/), a Deployment (kubernetes/), and a simulated farm (simulated-scaler.ts). docs/scalers.md compares them.
 */
export interface Scaler {
  /** @throws GATEWAY_UNREACHABLE, GATEWAY_REFUSED, NOT_FOUND when the function is not deployed; CLUSTER_… likewise. */
  read(): Promise<ScaleReading>;
  /** Asks for `replicas` in all and reads back. Idempotent. @throws as `read`, then nothing is known to have changed. */
  apply(target: ScaleTarget): Promise<Grant>;
  /**
   * Which workers the platform can give up first, by their names: those of the higher rank. Drain them in this order. Absent:
   * all are alike.
   */
  readonly rankOf?: ((member: string) => number) | undefined;
}
