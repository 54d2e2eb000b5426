/** What the client knows of one task that it tried to submit. Times are ms since 1970. */
export interface Submission {
  readonly id: string;
  readonly firstAttemptAt: number;
  /** When a reply said that the farm has it; null: none did, so it may or may not be in the farm. */
  acknowledgedAt: number | null;
  /** A reply was lost, and a later one said that the farm has had the task before. */
  replyLost: boolean;
  /** Every attempt was refused in so many words: the farm must not have it. */
  refused: boolean;
}

/** An end of a task as somebody saw it who read output and dead letters all along: two of one task are two endings. */
export interface Ending {
  readonly id: string;
  readonly kind: 'record' | 'letter';
  /** Redis TIME of the collection or the death, ms. */
  readonly at: number;
}

/**
 * A time whose acknowledged writes Redis may have lost, because it was killed at `to` and keeps only what is on disk. What a
 * kill may undo is always the last part of its history, so nothing outside a window is excused by it.
 */
export interface LossWindow {
  readonly from: number;
  readonly to: number;
}

/** All that the checker looks at. */
export interface History {
  readonly submissions: readonly Submission[];
  readonly endings: readonly Ending[];
  /** Ids without an ending that the farm still holds. */
  readonly held: ReadonlySet<string>;
  readonly lossWindows: readonly LossWindow[];
}
