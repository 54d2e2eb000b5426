/**
 * The one wait of a long-lived function: a BLPOP on its own mail and on the wake list of its stage. Nobody polls, and Redis
 * serves the longest-waiting client first. A ring carries no meaning: whoever wakes asks the queue what there is.
 */
export interface Doorbell {
  /** Resolves at a ring, after `timeoutMs`, or when `signal` aborts. `mailOnly`: do not take part in work. */
  wait(options: { timeoutMs: number; signal: AbortSignal; mailOnly?: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** The lists that a stage's members wait on besides their mail. */
export type Stage = 'input' | 'worker' | 'result';
