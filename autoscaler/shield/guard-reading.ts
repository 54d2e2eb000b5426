import type { Fault } from './answer.ts';

/** How the guard of the live policy stands. */
export interface GuardReading {
  /** The safe policy is in charge. */
  readonly active: boolean;
  /** Farm time of the last switch, ms since 1970; null: there was none. */
  readonly since: number | null;
  /** Why the safe policy is in charge, or was last; null: it never was. */
  readonly because: string | null;
  readonly fault: Fault | null;
  /** Steps in a row in which the queueing model corrected the live policy. */
  readonly strikes: number;
  /** Times that the safe policy took over, and that the live one came back. */
  readonly switches: number;
  readonly returns: number;
  /** Healthy steps in a row of a policy that is not in charge, and how many bring it back; null: nothing does. */
  readonly healthy: number;
  readonly needed: number | null;
  /** Of the drift watch: the last figures; null: not enough was seen. */
  readonly drift: { readonly psi: number | null; readonly outside: number; readonly cusum: number } | null;
}
