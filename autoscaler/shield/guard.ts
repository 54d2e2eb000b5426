import type { Seen } from '../observation.ts';
import type { Answer, Fault } from './answer.ts';
import type { DriftWatch } from './drift/drift-watch.ts';
import type { GuardReading } from './guard-reading.ts';
import type { ShieldResult, ShieldRule } from './shield.ts';

export interface GuardSettings {
  /** Steps in a row in which the queueing model corrects the policy, after which it is not followed. */
  readonly strikes: number;
  /** Healthy steps in a row that bring it back the first time; each time after that twice as many. */
  readonly returnAfterSteps: number;
  /** Times that it comes back within an episode. */
  readonly mostReturns: number;
}

/** What happened to the live policy in one step. */
export interface LiveStep {
  readonly answer: Answer;
  /** The shield's word on the answer; null where there is none. */
  readonly shielded: ShieldResult | null;
  readonly seen: Seen;
}

/** Who decides this step. */
export type InCharge = 'live' | 'safe';

interface Trouble {
  readonly fault: Fault;
  readonly because: string;
}

/** Rules whose corrections say that the policy is wrong, and not only that it is fast. */
const judging: ReadonlySet<ShieldRule> = new Set<ShieldRule>(['ceiling', 'floor', 'evidence']);

/**
 * Says each step who is in charge: the live policy, or the safe one where the live one fails. A wrong answer costs no step:
 * the safe policy has already been asked. A policy that is not in charge is asked on, and comes back by rule.
 *
 *     live ──trouble──▶ safe ──n healthy steps in a row──▶ live        n doubles each time; after mostReturns: safe for good
 *
 * Trouble: an answer that failed, at once; corrections by the queueing model, `strikes` steps in a row; drift, as
 * DriftWatch finds it; a stale model, from the start and for good. Pure: farm time is what is seen.
 */
export class Guard {
  readonly #settings: GuardSettings;
  readonly #watch: DriftWatch | null;
  readonly #stale: Trouble | null;
  #trouble: Trouble | null = null;
  #inCharge: InCharge = 'live';
  #since: number | null = null;
  #corrected = 0;
  #healthy = 0;
  #switches = 0;
  #returns = 0;

  /** `watch`: null where nothing is known of what the policy was made for. `stale`: why its model is not to be used; null: it is. */
  constructor(options: { settings: GuardSettings; watch?: DriftWatch | null; stale?: string | null }) {
    this.#settings = options.settings;
    this.#watch = options.watch ?? null;
    this.#stale = options.stale == null ? null : { fault: 'stale', because: options.stale };
  }

  /** Takes one step of the live policy, once a step. */
  judge(step: LiveStep): InCharge {
    const trouble = this.#troubleOf(step);
    if (trouble !== null) this.#fail(trouble, step.seen.info.at);
    else if (this.#inCharge === 'safe') this.#recover(step.seen.info.at);
    return this.#inCharge;
  }

  get reading(): GuardReading {
    const active = this.#inCharge === 'safe';
    return {
      active,
      since: this.#since,
      because: this.#trouble?.because ?? null,
      fault: this.#trouble?.fault ?? null,
      strikes: this.#corrected,
      switches: this.#switches,
      returns: this.#returns,
      healthy: this.#healthy,
      needed: active ? this.#needed : null,
      drift: this.#watch?.figures ?? null,
    };
  }

  #troubleOf({ answer, shielded, seen }: LiveStep): Trouble | null {
    const drift = this.#watch?.see(seen, { inCharge: this.#inCharge === 'live' }) ?? null;
    const judged = shielded?.corrections.find(({ rule }) => judging.has(rule));
    this.#corrected = judged === undefined ? 0 : this.#corrected + 1;
    if (this.#stale !== null) return this.#stale;
    if (answer.kind === 'failed') return answer;
    if (drift !== null) return drift;
    // Of a policy that is to come back, none at all is healthy.
    const strikes = this.#inCharge === 'safe' ? 1 : this.#settings.strikes;
    if (judged === undefined || this.#corrected < strikes) return null;
    return {
      fault: 'corrected',
      because: `the queueing model corrected it ${this.#corrected} steps in a row: ${judged.because}`,
    };
  }

  #fail(trouble: Trouble, at: number): void {
    this.#healthy = 0;
    if (this.#inCharge === 'safe') return;
    this.#trouble = trouble;
    this.#inCharge = 'safe';
    this.#since = at;
    this.#switches += 1;
  }

  #recover(at: number): void {
    this.#healthy += 1;
    const needed = this.#needed;
    if (needed === null || this.#healthy < needed) return;
    this.#inCharge = 'live';
    this.#since = at;
    this.#returns += 1;
    this.#healthy = 0;
    this.#corrected = 0;
    this.#watch?.forgive();
  }

  get #needed(): number | null {
    const { returnAfterSteps, mostReturns } = this.#settings;
    if (this.#stale !== null || this.#returns >= mostReturns) return null;
    return returnAfterSteps * 2 ** this.#returns;
  }
}
