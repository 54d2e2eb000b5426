import type { Seen } from '../observation.ts';
import type { Candidate, PolicyDecision } from '../policy/policy.ts';
import type { Answer } from './answer.ts';
import type { Guard, InCharge } from './guard.ts';
import type { GuardReading } from './guard-reading.ts';
import type { Shield, ShieldResult, Verdict } from './shield.ts';

/** What the farm allows at this moment, beside what was seen. */
export interface Moment {
  readonly seen: Seen;
  /** Replicas that the platform intends to run now. */
  readonly workers: number;
  readonly limit: number | null;
  readonly draining: boolean;
}

/** What a step comes to. */
export interface Ruling {
  readonly inCharge: InCharge;
  /** Another one was in charge a step ago. */
  readonly switched: boolean;
  /** The answer that counts; a hold where nobody had one. */
  readonly decision: PolicyDecision;
  readonly candidates: readonly Candidate[];
  readonly verdict: Verdict & { readonly replicas: number };
}

export interface SupervisorParts {
  readonly shield: Shield;
  readonly guard: Guard;
  /** Whether the shield's judgement covers the live policy. The safe one it never covers: that is what it is held against. */
  readonly covered: boolean;
  readonly safeName: string;
}

/**
 * Puts guard and shield together for one live policy: its answer, if the guard leaves it in charge, or the safe policy's, as
 * the shield allows. Pure, and the same for a real farm and a simulated one: who asks the policies, and how long they may
 * take, is the caller's affair.
 */
export class Supervisor {
  readonly #parts: SupervisorParts;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
  }

  get reading(): GuardReading {
    return this.#parts.guard.reading;
  }

  /** Once a step. */
  rule(moment: Moment, answers: { live: Answer; safe: Answer }): Ruling {
    const { shield, guard, covered } = this.#parts;
    shield.see(moment.seen);
    const { live, safe } = answers;
    const { active } = guard.reading;
    const shielded = live.kind === 'decided' ? shield.admit({ ...moment, decision: live.decision, covered }) : null;
    const inCharge = guard.judge({ answer: live, shielded, seen: moment.seen });
    if (inCharge === 'live' && live.kind === 'decided' && shielded !== null) {
      return { ...rulingOf(live.decision, shielded), inCharge, switched: active };
    }
    const decision = safe.kind === 'decided' ? safe.decision : ({ kind: 'hold', because: safe.because } as const);
    const result = shield.admit({ ...moment, decision, covered: false });
    const { verdict, ...ruling } = rulingOf(decision, result);
    const because = this.#replaced(decision, result);
    return { ...ruling, inCharge: 'safe', switched: !active, verdict: { ...verdict, kind: 'replaced', because } };
  }

  #replaced(decision: PolicyDecision, result: ShieldResult): string {
    const { because } = this.#parts.guard.reading;
    return `${this.#parts.safeName} is in charge, as ${because ?? 'the live policy failed'}: ${sentence(decision, result)}`;
  }
}

function rulingOf(decision: PolicyDecision, result: ShieldResult): Omit<Ruling, 'inCharge' | 'switched'> {
  return {
    decision,
    candidates: decision.values ?? [],
    verdict: {
      kind: result.corrections.length === 0 ? 'admitted' : 'corrected',
      replicas: result.replicas,
      corrections: result.corrections,
      because: sentence(decision, result),
    },
  };
}

/** The policy's reason, and that of each correction. */
function sentence(decision: PolicyDecision, { corrections }: ShieldResult): string {
  return [decision.because, ...corrections.map(({ because }) => because)].join('; ');
}
