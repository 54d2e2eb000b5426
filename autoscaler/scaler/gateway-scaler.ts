import { SECOND, type Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { Grant, ScaleReading, Scaler } from './scaler.ts';

/** Pauses between readings back: a provider may answer from a cache that has not seen the change yet. */
const READ_AGAIN_AFTER_MS = [100, 300, 600];

/**
 * A limit is believed for this long; then the next request may go over it, so that a lifted limit is noticed. Each time that it
 * is found again it is believed for twice as long: a platform that grants 5 for good is not asked for more at each step.
 */
const LIMIT_LASTS_MS = 15 * SECOND;
const LIMIT_LASTS_AT_MOST_MS = 60 * SECOND;

/**
 * Scales one function through an OpenFaaS gateway. Each request is read back, because Community Edition forces it into
 * 1 to 5 and answers 202 all the same; what was not granted becomes the reading's `limit`.
 */
export class GatewayScaler implements Scaler {
  readonly #gateway: GatewayClient;
  readonly #functionName: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  #last: Grant | null = null;
  #limit: { readonly replicas: number; readonly lastsMs: number; readonly untilMs: number } | null = null;
  #saidLimit: number | null = null;

  constructor(parts: { gateway: GatewayClient; functionName: string; clock: Clock; log: Logger }) {
    this.#gateway = parts.gateway;
    this.#functionName = parts.functionName;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  async read(): Promise<ScaleReading> {
    const { replicas, availableReplicas } = await this.#gateway.status(this.#functionName);
    return {
      // Another number than the one granted to us means that somebody else has asked since.
      desired: this.#last?.granted === replicas ? this.#last.requested : replicas,
      granted: replicas,
      ready: availableReplicas,
      active: Math.max(replicas, availableReplicas),
      parked: 0,
      limit: this.#limit !== null && this.#clock.monotonic() < this.#limit.untilMs ? this.#limit.replicas : null,
    };
  }

  async apply({ replicas }: { replicas: number }): Promise<Grant> {
    let granted: number;
    try {
      await this.#gateway.scale(this.#functionName, replicas);
      granted = await this.#readBack(replicas);
    } catch (error) {
      // A request whose answer was lost may have been carried out all the same.
      if (!(await this.#stands(replicas))) throw error;
      granted = replicas;
    }
    this.#last = { requested: replicas, granted };
    this.#learnLimit(this.#last);
    return this.#last;
  }

  async #readBack(requested: number): Promise<number> {
    let { replicas } = await this.#gateway.status(this.#functionName);
    for (const waitMs of READ_AGAIN_AFTER_MS) {
      if (replicas === requested) break;
      await this.#clock.sleep(waitMs);
      ({ replicas } = await this.#gateway.status(this.#functionName));
    }
    return replicas;
  }

  async #stands(requested: number): Promise<boolean> {
    try {
      return (await this.#gateway.status(this.#functionName)).replicas === requested;
    } catch {
      return false;
    }
  }

  #learnLimit({ requested, granted }: Grant): void {
    if (granted < requested) {
      const again = this.#limit?.replicas === granted ? 2 * this.#limit.lastsMs : LIMIT_LASTS_MS;
      const lastsMs = Math.min(again, LIMIT_LASTS_AT_MOST_MS);
      this.#limit = { replicas: granted, lastsMs, untilMs: this.#clock.monotonic() + lastsMs };
      if (this.#saidLimit === granted) return;
      this.#saidLimit = granted;
      this.#log.warn(
        { requested, granted },
        `the gateway granted ${granted} of ${requested} replicas of ${this.#functionName}; ` +
          'it seems to limit the function, as OpenFaaS Community Edition does at 5',
      );
    } else if (granted > (this.#limit?.replicas ?? Infinity)) {
      this.#limit = null;
      this.#saidLimit = null;
    }
  }
}
