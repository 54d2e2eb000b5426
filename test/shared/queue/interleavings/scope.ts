import type { Clock } from '#shared/clock.ts';
import type { LeaseRule } from '#shared/queue/redis-source.ts';
import type { TaskInbox } from '#shared/queue/task-inbox.ts';
import type { Archive, TaskSink } from '#shared/queue/task-sink.ts';
import type { TaskSource } from '#shared/queue/task-source.ts';

/** The queue as the model's actors use it. */
export interface ModelQueue {
  readonly inbox: TaskInbox;
  readonly source: TaskSource;
  readonly sink: TaskSink;
  readonly archive: Archive;
}

/** Opens an empty queue on a clock. Its rule must be `rule`, its order first in, first out. */
export type OpenQueue = (clock: ModelClock) => ModelQueue;

export const rule: LeaseRule = { leaseMs: 1_000, maxAttempts: 2 };

/** A passing of time is more than half a lease: one leaves a lease in force, two do not. */
export const PASS_MS = 600;

/** What may happen, how often. Without such bounds there is no end of histories. */
export interface Scope {
  readonly name: string;
  readonly workers: number;
  readonly tasks: number;
  /** Tasks that a worker asks for at once. */
  readonly most: number;
  /** How work may end, besides `done`. */
  readonly failures: readonly ('retry' | 'bury')[];
  /** Occurrences in one history. */
  readonly budget: Readonly<Record<Happening, number>>;
}

export type Happening =
  /** Time goes by. */
  | 'pass'
  /** The reply to a request is lost. */
  | 'loss'
  /** A worker's process dies; another one comes. */
  | 'crash'
  /** A living worker is taken for dead: all that it holds is taken from it. */
  | 'suspicion'
  | 'release'
  | 'beat'
  /** An old request arrives once more, after the one that followed it: bytes of a connection that was given up. */
  | 'straggler'
  /** A collector that knows of results from before commits them again. */
  | 'recommit';

/** A clock that stands still until it is moved. */
export class ModelClock implements Clock {
  #nowMs = 0;

  monotonic(): number {
    return this.#nowMs;
  }

  farmTime(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs;
  }

  move(ms: number): void {
    this.#nowMs += ms;
  }

  async sleep(): Promise<void> {
    throw new Error('nothing in the model sleeps');
  }
}
