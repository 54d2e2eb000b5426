/** One of the queues that are compared. It makes its own tasks: no-ops with a payload of so many bytes of JSON. */
export interface QueueSide {
  readonly name: string;
  /** As a producer does it: the tasks are accepted when this resolves, all in one call. */
  submit(tasks: number): Promise<void>;
  /** Submits tasks and brings them to where the next claim takes them, with nothing that serves. */
  load(tasks: number): Promise<void>;
  serve(options: ServeOptions): Promise<Serving>;
  /** Closes its connections. Idempotent. */
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Tasks that may be under way at once. */
  readonly concurrency: number;
  /** `recorded`: every stage runs, a task ends with its record. `finished`: only what takes and ends tasks runs. */
  readonly until: 'recorded' | 'finished';
  /** A task's work begins. */
  readonly onStart: () => void;
  /** So many tasks have ended. */
  readonly onEnd: (tasks: number) => void;
}

/** Whatever serves a queue; the first failure of any part of it rejects `failed`. */
export interface Serving {
  readonly failed: Promise<never>;
  /** Lets go of everything; what is waiting stays. Idempotent. */
  stop(): Promise<void>;
}

/** A JSON string of so many bytes. */
export function payloadOf(bytes: number): string {
  return 'x'.repeat(Math.max(0, bytes - '""'.length));
}
