import type { Seen } from '../observation.ts';
import { LoadMemory } from './load-memory.ts';
import type { Policy, PolicyDecision, PolicyOptions } from './policy.ts';
import { notKnownYet, squareRootStaffing, staff } from './staffing.ts';

export interface SteadySettings {
  /** Spare workers in standard deviations of the load, 0 or more. */
  readonly beta: number;
  /** How long a load that was seen is staffed for, s. */
  readonly memoryS: number;
}

/** β 2: about 3 % of tasks would have to wait, and what the newest step alone says is noisy. Measured in docs/shield.md. */
export const steadyDefaults: SteadySettings = { beta: 2, memoryS: 300 };

/** A rise is answered at once; memory answers a fall. */
const RATE_STEPS = 1;

/**
 * Staffs for the highest load of the last minutes, never below the pool that it found, and works a backlog off:
 *
 *     R = highest of the last memoryS of: rate · mean service time
 *     N = ⌈max(R + β·√R, pool found at the start, while it is remembered) + waiting · mean service time / h⌉
 *
 * with h: control.horizonS, or one step. What it asks for depends on what came, and not on how many workers there have been:
 * after a policy that failed it comes back to the pool that it would have had, which is why it is the safe policy
 * (docs/shield.md). Sources: staffing.ts for the square root; load-memory.ts for the memory; reactive.ts for the backlog.
 *
 * Example, β 2, h 8 s: 4 workers found; 2, then 6 tasks/s at 1.5 s each are at most 9 erl: 9 + 6 = 15, and with 16 waiting
 * 3 more: 18 (test/autoscaler/policy/staffing.test.ts).
 */
export class SteadyPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #beta: number;
  readonly #options: PolicyOptions;
  readonly #memory: LoadMemory;

  constructor(name: string, { beta, memoryS }: SteadySettings, options: PolicyOptions) {
    this.name = name;
    this.#beta = beta;
    this.#options = options;
    this.#memory = new LoadMemory({ memoryS, rateSteps: RATE_STEPS });
  }

  decide(seen: Seen): PolicyDecision {
    this.#memory.see(seen);
    const { load, firstPool } = this.#memory;
    if (load === null) return notKnownYet();
    const needed = squareRootStaffing(load.peak, this.#beta);
    const drain = load.backlogS / (this.#options.horizonS ?? this.#options.stepDurationS);
    const because =
      `${load.peak.toFixed(2)} erl were the most seen, ${needed.toFixed(2)} workers with ${this.#beta}·√R to spare` +
      `${firstPool > needed ? `, and ${firstPool} were found` : ''}; ${drain.toFixed(2)} more for what waits`;
    const workers = Math.max(needed, firstPool) + drain;
    return staff({ workers, because }, seen.observation[4], this.#options);
  }
}
