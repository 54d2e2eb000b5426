import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';
import { CommunityEdition } from './community-edition.ts';
import type { GatewayClient } from './gateway-client.ts';
import { GrantedLimit } from './granted-limit.ts';
import { Deadline, StepTime } from './patience.ts';
import { readBack } from './read-back.ts';
import type { Grant, ScaleReading, Scaler, ScaleTarget } from './scaler.ts';

export interface GatewayScalerParts {
  readonly gateway: GatewayClient;
  readonly functionName: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long it may try; nothing: for a step of 10 s. */
  readonly stepTime?: StepTime;
}

/**
 * Scales one function through an OpenFaaS gateway. Each request is read back, because Community Edition forces it into
 * 1 to 5 and answers 202 all the same; what was not granted becomes the reading's `limit`.
 */
export class GatewayScaler implements Scaler {
  readonly #gateway: GatewayClient;
  readonly #functionName: string;
  readonly #clock: Clock;
  readonly #stepTime: StepTime;
  readonly #limit: GrantedLimit;
  readonly #edition: CommunityEdition;
  #last: Grant | null = null;

  constructor({ gateway, functionName, clock, log, stepTime = new StepTime() }: GatewayScalerParts) {
    this.#gateway = gateway;
    this.#functionName = functionName;
    this.#clock = clock;
    this.#stepTime = stepTime;
    this.#limit = new GrantedLimit({ clock, log, of: functionName, stepTime });
    this.#edition = new CommunityEdition({ gateway, limit: this.#limit });
  }

  async read(): Promise<ScaleReading> {
    const deadline = new Deadline(this.#clock, this.#stepTime.readMs);
    const { replicas, availableReplicas } = await this.#status(deadline);
    return {
      // Another number than the one granted to us means that somebody else has asked since.
      desired: this.#last?.granted === replicas ? this.#last.requested : replicas,
      granted: replicas,
      ready: availableReplicas,
      active: Math.max(replicas, availableReplicas),
      parked: 0,
      limit: this.#limit.replicas,
    };
  }

  async apply({ replicas: requested }: ScaleTarget): Promise<Grant> {
    const deadline = new Deadline(this.#clock, this.#stepTime.applyMs);
    const asked = await this.#edition.grants(requested, deadline);
    const granted = await this.#ask(asked, deadline);
    this.#last = { requested, granted };
    if (granted < asked) this.#limit.learn({ requested: asked, granted });
    else if (asked === requested) this.#limit.learn(this.#last);
    return this.#last;
  }

  async #ask(replicas: number, deadline: Deadline): Promise<number> {
    try {
      await deadline.persist(async (timeoutMs) => this.#gateway.scale(this.#functionName, replicas, timeoutMs));
      return await readBack(replicas, deadline, async () => (await this.#status(deadline)).replicas);
    } catch (error) {
      // A request whose answer was lost may have been carried out all the same.
      if (!(await this.#stands(replicas))) throw error;
      return replicas;
    }
  }

  async #status(deadline: Deadline): ReturnType<GatewayClient['status']> {
    return deadline.persist(async (timeoutMs) => this.#gateway.status(this.#functionName, timeoutMs));
  }

  async #stands(requested: number): Promise<boolean> {
    try {
      return (await this.#gateway.status(this.#functionName)).replicas === requested;
    } catch {
      return false;
    }
  }
}
