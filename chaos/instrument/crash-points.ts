import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Moments in a worker's life with one task at which it may be ordered to crash, or, half way through it, to freeze. */
export type CrashPoint = 'after-claim' | 'in-work' | 'before-finish' | 'after-finish' | 'in-work-freeze';

/** What a process that obeyed an order left behind. */
export interface Crash {
  readonly pid: number;
  /** ms since 1970. */
  readonly at: number;
}

/**
 * Orders to crash, as files, since they must reach processes that were not started yet when the order was given. The next process
 * that comes by the point takes the order, by a rename that one process only can win, and kills (or stops) itself.
 */
export class CrashOrders {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The harness's side. One order a point at a time. */
  give(point: CrashPoint): void {
    writeFileSync(this.#file(point, 'order'), '');
  }

  /** Null: nobody has obeyed yet. A crash is told once. */
  obeyed(point: CrashPoint): Crash | null {
    const file = this.#file(point, 'crash');
    if (!existsSync(file)) return null;
    const crash = JSON.parse(readFileSync(file, 'utf8')) as Crash;
    rmSync(file);
    return crash;
  }

  /** Nothing happens where it is obeyed already. */
  withdraw(point: CrashPoint): void {
    rmSync(this.#file(point, 'order'), { force: true });
  }

  /** The process's side: whether an order for this point is this process's to obey. */
  take(point: CrashPoint): boolean {
    const order = this.#file(point, 'order');
    if (!existsSync(order)) return false;
    try {
      renameSync(order, this.#file(point, 'taken'));
      return true;
    } catch {
      return false; // another process was first
    }
  }

  /** The last thing that a process does before it obeys. */
  report(point: CrashPoint, crash: Crash): void {
    writeFileSync(this.#file(point, 'taken'), JSON.stringify(crash));
    renameSync(this.#file(point, 'taken'), this.#file(point, 'crash'));
  }

  #file(point: CrashPoint, what: 'order' | 'taken' | 'crash'): string {
    return join(this.#folder, `${point}.${what}`);
  }
}
