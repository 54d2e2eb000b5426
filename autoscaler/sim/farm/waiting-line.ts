import type { Due } from '#shared/queue/lanes.ts';

/** The tasks that wait for a worker, by their index in the run, in the order in which they are to be taken. */
export interface WaitingLine {
  readonly size: number;
  /** A task arrives at `nowMs`; tasks arrive in order of their index. `due` is the caller's again when this returns. */
  push(task: number, due: Due, nowMs: number): void;
  /** Takes the next task at `nowMs` from the run's start. Only when size > 0. */
  take(nowMs: number): number;
  /** Of the tasks that could be next, the one that must start first. Only when size > 0. */
  mostUrgent(): number;
  clear(): void;
}

/**
 * First in, first out. Whoever arrives while somebody waits must wait too, so those who wait have consecutive indices and
 * two counters are the whole line.
 */
export class FifoLine implements WaitingLine {
  #head = 0;
  #tail = 0;

  get size(): number {
    return this.#tail - this.#head;
  }

  push(task: number): void {
    if (this.#head === this.#tail) this.#head = task;
    this.#tail = task + 1;
  }

  take(): number {
    const task = this.#head;
    this.#head += 1;
    return task;
  }

  mostUrgent(): number {
    return this.#head;
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
  }
}
