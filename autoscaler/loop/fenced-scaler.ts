import { FarmhandError } from '#shared/errors.ts';
import type { Grant, ScaleReading, Scaler, ScaleTarget } from '../scaler/scaler.ts';

/**
 * Changes nothing for an autoscaler that does not lead any more. It asks at the last moment before the platform is asked: a
 * process that was stopped in mid-decision and wakes after its lease has run out must not act on what it knew.
 */
export class FencedScaler implements Scaler {
  readonly #scaler: Scaler;
  readonly #leads: () => boolean;
  readonly rankOf: Scaler['rankOf'];

  constructor(parts: { scaler: Scaler; leads: () => boolean }) {
    this.#scaler = parts.scaler;
    this.#leads = parts.leads;
    this.rankOf = parts.scaler.rankOf;
  }

  async read(): Promise<ScaleReading> {
    return this.#scaler.read();
  }

  /** @throws CONFLICT when this process does not lead; what the scaler throws */
  async apply(target: ScaleTarget): Promise<Grant> {
    if (!this.#leads()) {
      throw new FarmhandError(
        'CONFLICT',
        'this autoscaler does not lead any more, and leaves the workers to the one that does',
      );
    }
    return this.#scaler.apply(target);
  }
}
