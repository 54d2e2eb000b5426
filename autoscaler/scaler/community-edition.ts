import type { GatewayClient } from './gateway-client.ts';
import type { GrantedLimit } from './granted-limit.ts';
import type { Deadline } from './patience.ts';

/** The most replicas of one function that OpenFaaS Community Edition runs. */
export const COMMUNITY_EDITION_REPLICAS = 5;

const PROVIDER = 'faas-netes-ce';

/**
 * Knows Community Edition by what its gateway says of itself, so that its limit need not be run into: more than 5 is not even
 * asked for. Any other gateway is asked once and found out by reading back.
 */
export class CommunityEdition {
  readonly #gateway: GatewayClient;
  readonly #limit: GrantedLimit;
  /** Null: it has not said yet. */
  #isIt: boolean | null = null;

  constructor(parts: { gateway: GatewayClient; limit: GrantedLimit }) {
    this.#gateway = parts.gateway;
    this.#limit = parts.limit;
  }

  /** What of `replicas` is worth asking for. Asks the gateway again when its word is a minute old: licences are bought. */
  async grants(replicas: number, deadline: Deadline): Promise<number> {
    if (replicas <= COMMUNITY_EDITION_REPLICAS || this.#isIt === false) return replicas;
    if (this.#isIt === null || this.#limit.replicas === null) {
      const provider = await this.#provider(deadline);
      this.#isIt = provider === null ? null : provider === PROVIDER;
      if (this.#isIt !== true) return replicas;
      this.#limit.toldOf(COMMUNITY_EDITION_REPLICAS, 'the gateway is OpenFaaS Community Edition');
    }
    return COMMUNITY_EDITION_REPLICAS;
  }

  /** Null: it did not say, which is no reason to change nothing. */
  async #provider(deadline: Deadline): Promise<string | null> {
    try {
      return await this.#gateway.provider(deadline.leftMs);
    } catch {
      return null;
    }
  }
}
