import { coerceError } from '#shared/errors.ts';
import type { Scaler } from '../scaler/scaler.ts';
import type { Decision } from './decision.ts';
import type { Health } from './health.ts';
import type { ScaleDown, ScaleDownRequest } from './scale-down.ts';

/** What came of a change. `because` adds to the decision's reason; null: all went as asked. */
export type Effect = Pick<Decision, 'outcome' | 'granted' | 'drained' | 'withdrawn'> & {
  readonly because: string | null;
};

/** Carries changes out: up at once, down by draining. Its methods never reject: a failure is an outcome. */
export class Executor {
  readonly #scaler: Pick<Scaler, 'apply'>;
  readonly #scaleDown: ScaleDown;
  readonly #health: Health;

  constructor(parts: { scaler: Pick<Scaler, 'apply'>; scaleDown: ScaleDown; health: Health }) {
    this.#scaler = parts.scaler;
    this.#scaleDown = parts.scaleDown;
    this.#health = parts.health;
  }

  /** A scale-down waits for its workers, or asks the platform. */
  get draining(): boolean {
    return this.#scaleDown.open;
  }

  async up({ replicas, from }: { replicas: number; from: number }): Promise<Effect> {
    const nobody = { drained: 0, withdrawn: 0 };
    try {
      // Workers that are about to go are the fastest ones to get.
      await this.#scaleDown.cancel();
      const { granted } = await this.#scaler.apply({ replicas });
      this.#health.well('gateway');
      const because = granted === replicas ? null : `granted ${granted} of ${replicas}`;
      return { ...nobody, outcome: granted > from ? 'up' : 'refused', granted, because };
    } catch (thrown) {
      const error = coerceError(thrown);
      this.#health.ill('gateway', error);
      return { ...nobody, outcome: 'failed', granted: null, because: error.message };
    }
  }

  async down(request: ScaleDownRequest): Promise<Effect> {
    const { outcome, granted, drained, withdrawn, because } = await this.#scaleDown.run(request);
    // Nothing was asked of the platform when nobody was drained.
    return {
      outcome,
      granted: granted ?? (outcome === 'withdrawn' ? request.from : null),
      drained,
      withdrawn,
      because,
    };
  }

  /** Gives draining workers back; resolves when the platform is not being asked any more. */
  async callOff(): Promise<void> {
    await this.#scaleDown.cancel();
  }
}
