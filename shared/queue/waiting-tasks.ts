import type { QueuedTask } from '../task.ts';
import type { DispatchRule } from './lane-rule.ts';
import { Lanes } from './lanes.ts';

/** The waiting tasks of a farm in memory, in the order that the rule gives them. */
export class WaitingTasks {
  readonly #lanes: Lanes;
  readonly #tasks = new Map<number, QueuedTask>();
  readonly #ids = new Set<string>();
  #last = 0;

  constructor(rule: DispatchRule) {
    this.#lanes = new Lanes(rule);
  }

  get size(): number {
    return this.#lanes.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** To the tail of its list. */
  push(task: QueuedTask, now: number): void {
    this.#lanes.push(this.#number(task), task, now);
  }

  /** Before whatever can still be in time: taken, and not worked on to its end. */
  giveBack(task: QueuedTask, now: number): void {
    this.#lanes.giveBack(this.#number(task), task, now);
  }

  /** Undoes the `take` that gave it just now. */
  putBack(task: QueuedTask, now: number): void {
    this.#lanes.putBack(this.#number(task), task, now);
  }

  /** Undefined when none waits. */
  take(now: number): QueuedTask | undefined {
    if (this.#lanes.size === 0) return undefined;
    const number = this.#lanes.take(now);
    const task = this.#tasks.get(number);
    this.#tasks.delete(number);
    if (task !== undefined) this.#ids.delete(task.id);
    return task;
  }

  #number(task: QueuedTask): number {
    this.#last += 1;
    this.#tasks.set(this.#last, task);
    this.#ids.add(task.id);
    return this.#last;
  }
}
