import type { GuardReading } from '../shield/guard-reading.ts';
import type { Decision } from './decision.ts';
import type { Sample } from './monitor.ts';

/** Who decides. `model`: the id of the stored model; null for a rule, and for a model without one. */
export interface PolicyReading {
  readonly live: NamedPolicy;
  readonly shadow: NamedPolicy | null;
  /** The safe policy's name. */
  readonly safe: string;
  readonly fallback: GuardReading;
}

export interface NamedPolicy {
  readonly name: string;
  readonly model: string | null;
}

/**
 * What the autoscaler tells whoever listens: each look at the farm; each decision, and once more when a draining one has
 * ended; and whenever who decides has changed.
 */
export type AutoscalerEvent =
  | { readonly kind: 'observation'; readonly sample: Extract<Sample, { kind: 'seen' }> }
  | { readonly kind: 'decision'; readonly decision: Decision }
  | { readonly kind: 'policy'; readonly policy: PolicyReading };

export type AutoscalerListener = (event: AutoscalerEvent) => void;
