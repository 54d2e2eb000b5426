/** One step of an episode, in features. */
export interface Step {
  readonly state: Float32Array;
  readonly action: number;
  readonly reward: number;
  readonly next: Float32Array;
  readonly nextMask: readonly boolean[];
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** What is learnt from: `reward` is earned from `state` on, and `discount` times the best value of `next` follows it. */
export interface Experience {
  readonly state: Float32Array;
  readonly action: number;
  readonly reward: number;
  readonly next: Float32Array;
  readonly nextMask: readonly boolean[];
  readonly discount: number;
}

/**
 * Makes n-step returns of steps: R = r₁ + γ·r₂ + … + γⁿ⁻¹·rₙ, with γⁿ times the value of the state after them. At an episode's end
 * the last steps have shorter returns. A terminated episode is worth nothing more (discount 0); a truncated one goes on where
 * nobody looks, so the value of its last state counts.
 * Source: Sutton & Barto, 2nd ed., §7.1. Example, γ 0.5, n 2, rewards 1, 2, 4 and then termination: the returns are
 * 1 + 0.5·2 = 2 (discount 0.25), 2 + 0.5·4 = 4 (discount 0) and 4 (discount 0); test/autoscaler/learn/dqn/n-step.test.ts.
 */
export class NStepReturns {
  readonly #n: number;
  readonly #gamma: number;
  #pending: Pick<Step, 'state' | 'action' | 'reward'>[] = [];

  constructor({ n, gamma }: { n: number; gamma: number }) {
    this.#n = n;
    this.#gamma = gamma;
  }

  /** The experiences that this step completes, oldest first. */
  push({ state, action, reward, next, nextMask, terminated, truncated }: Step): readonly Experience[] {
    this.#pending.push({ state, action, reward });
    const complete: Experience[] = [];
    const ends = terminated || truncated;
    while (this.#pending.length === this.#n || (ends && this.#pending.length > 0)) {
      const [first] = this.#pending;
      if (first === undefined) break;
      const returned = this.#pending.reduceRight((sum, step) => step.reward + this.#gamma * sum, 0);
      const discount = terminated ? 0 : this.#gamma ** this.#pending.length;
      complete.push({ ...first, reward: returned, next, nextMask, discount });
      this.#pending.shift();
    }
    return complete;
  }

  /** Forgets the steps of an episode that was left in the middle. */
  clear(): void {
    this.#pending = [];
  }
}
