/** A stream as the command line needs it; tests put a string behind it. */
export interface Writer {
  write(text: string): void;
  /** A terminal can move its cursor: progress is then redrawn in place. */
  readonly isTerminal: boolean;
  /** Characters a line. */
  readonly columns: number;
}

export interface Streams {
  readonly out: Writer;
  readonly err: Writer;
}
