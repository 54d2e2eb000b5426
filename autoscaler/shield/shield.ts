import type { Seen } from '../observation.ts';
import type { PolicyDecision } from '../policy/policy.ts';

/** In the order in which they are applied; docs/shield.md says what each is for. */
export const shieldRules = ['ceiling', 'floor', 'evidence', 'cooldown', 'step', 'bounds', 'platform', 'drain'] as const;

export type ShieldRule = (typeof shieldRules)[number];

/** One rule that changed the number of workers. */
export interface Correction {
  readonly rule: ShieldRule;
  readonly from: number;
  readonly to: number;
  /** A sentence for people. */
  readonly because: string;
}

/** What may be asked of the platform, in replicas, and what was changed to get there. */
export interface ShieldResult {
  readonly replicas: number;
  readonly corrections: readonly Correction[];
}

/**
 * A shield's word on a decision: `admitted` as it was; `corrected` by rules; `replaced` by the safe policy's, which is in
 * charge; `held`: there was nothing to decide on.
 */
export interface Verdict {
  readonly kind: 'admitted' | 'corrected' | 'replaced' | 'held';
  /** Allowed now; null: nothing is known of the farm. */
  readonly replicas: number | null;
  readonly corrections: readonly Correction[];
  /** A sentence for people. */
  readonly because: string;
}

export interface ShieldRequest {
  readonly decision: PolicyDecision;
  /** Replicas that the platform intends to run now. */
  readonly workers: number;
  /** The most that the platform has been seen to grant; null while it gives what is asked. */
  readonly limit: number | null;
  /** A scale-down still waits for its workers. */
  readonly draining: boolean;
  /** False: the rules that judge by the queueing model, and the cooldown, do not apply (docs/shield.md, Whom it covers). */
  readonly covered: boolean;
}

/**
 * Keeps decisions within what is safe, and says why. Pure of clock, chance and I/O: it knows what it is shown, so the same
 * object serves a real farm and a simulated one. It is of one episode.
 */
export interface Shield {
  /** Takes one look, once a step, before anything is admitted. */
  see(seen: Seen): void;
  /** Changes nothing: a decision that is never carried out may be asked about as well. */
  admit(request: ShieldRequest): ShieldResult;
}
