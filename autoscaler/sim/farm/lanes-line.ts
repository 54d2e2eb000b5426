import { Lanes, type Due } from '#shared/queue/lanes.ts';
import type { WaitingLine } from './waiting-line.ts';

/** By deadline: the queue's own rule (shared/queue/lanes.ts) on the run's indices and virtual time. */
export class LanesLine implements WaitingLine {
  readonly #lanes: Lanes;

  constructor({ lateEvery }: { lateEvery: number }) {
    this.#lanes = new Lanes({ dispatch: 'lanes', lateEvery });
  }

  get size(): number {
    return this.#lanes.size;
  }

  push(task: number, due: Due, nowMs: number): void {
    this.#lanes.push(task, due, nowMs);
  }

  take(nowMs: number): number {
    return this.#lanes.take(nowMs);
  }

  mostUrgent(): number {
    return this.#lanes.mostUrgentHead();
  }

  clear(): void {
    this.#lanes.clear();
  }
}
