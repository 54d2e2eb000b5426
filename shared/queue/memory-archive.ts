import type { DeadLetter, TaskRecord } from '../task.ts';
import type { MemoryState } from './memory-state.ts';
import type { Archive, Page, RecordPage, TaskState } from './task-sink.ts';

/** Archive in memory. */
export class MemoryArchive implements Archive {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async find(id: string): Promise<TaskState> {
    const { records, dead, held, waiting, results, input } = this.#state;
    const record = records.get(id);
    if (record !== undefined) return { state: 'completed', record };
    const letter = dead.get(id);
    if (letter !== undefined) return { state: 'dead', letter };
    if (held.has(id)) return { state: 'in-flight' };
    if (waiting.has(id)) return { state: 'waiting' };
    if (results.some((task) => task.id === id)) return { state: 'finished' };
    return { state: input.some(({ message }) => message.kind === 'task' && message.id === id) ? 'input' : 'unknown' };
  }

  async records({ run, ...page }: RecordPage): Promise<{ total: number; records: readonly TaskRecord[] }> {
    const all = [...this.#state.records.values()].filter((record) => run === undefined || record.run === run).reverse();
    return { total: all.length, records: all.slice(page.offset, page.offset + page.limit) };
  }

  async deadLetters(page: Page): Promise<{ total: number; letters: readonly DeadLetter[] }> {
    const all = [...this.#state.dead.values()].reverse();
    return { total: all.length, letters: all.slice(page.offset, page.offset + page.limit) };
  }

  async retry(ids: readonly string[] | 'all'): Promise<number> {
    const letters = this.#remove(ids);
    const { waiting, clock } = this.#state;
    for (const letter of letters) waiting.push({ ...letter, attempts: 0 }, clock.farmTime());
    return letters.length;
  }

  async discard(ids: readonly string[] | 'all'): Promise<number> {
    return this.#remove(ids).length;
  }

  #remove(ids: readonly string[] | 'all'): DeadLetter[] {
    const { dead } = this.#state;
    const letters = (ids === 'all' ? [...dead.keys()] : ids).flatMap((id) => dead.get(id) ?? []);
    for (const letter of letters) dead.delete(letter.id);
    return letters;
  }
}
