import type { RunProgress } from './progress.ts';
import { count, duration } from '../format.ts';

/** Notices that a run no longer moves, and says what it waits for. */
export class StallDetector {
  readonly #patienceS: number;
  #lastChange: { key: string; atS: number } = { key: '', atS: 0 };

  /** @param options.patienceS time without any change after which a run counts as stalled */
  constructor(options: { patienceS: number }) {
    this.#patienceS = options.patienceS;
  }

  /** Takes one look; null while the run moves. `quietS`: since the last change. */
  look(progress: RunProgress): { quietS: number; sentence: string } | null {
    const key = [progress.emitted, progress.completed, progress.dead, progress.waiting, progress.inFlight].join();
    if (key !== this.#lastChange.key) this.#lastChange = { key, atS: progress.elapsedS };
    const quietS = progress.elapsedS - this.#lastChange.atS;
    return quietS < this.#patienceS ? null : { quietS, sentence: describeStall(progress, quietS) };
  }
}

/** What is stuck, and where to look: the earliest stage that holds work is the one that does not move. */
export function describeStall(progress: RunProgress, quietS: number): string {
  const { total, emitted, waiting, inFlight, completed, dead, workers } = progress;
  const since = `nothing has moved for ${duration(quietS)}`;
  if (inFlight > 0) {
    return `${since}: ${count(inFlight, 'task')} in flight; a task may be slow, or see 'farmhand logs worker'`;
  }
  if (waiting > 0) {
    return `${since}: ${count(waiting, 'task')} waiting, ${workers.ready} of ${count(workers.desired, 'worker')} ready; see 'farmhand logs worker'`;
  }
  if (emitted < total) return `${since}: ${emitted} of ${count(total, 'task')} emitted; see 'farmhand logs emitter'`;
  const uncollected = emitted - completed - dead;
  return `${since}: ${count(uncollected, 'task')} without a result; see 'farmhand logs collector'`;
}
