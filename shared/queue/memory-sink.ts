import type { FinishedTask, TaskRecord } from '../task.ts';
import type { MemoryState } from './memory-state.ts';
import type { TaskSink } from './task-sink.ts';

/** TaskSink in memory. */
export class MemorySink implements TaskSink {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async take(limit: number): Promise<readonly FinishedTask[]> {
    return this.#state.results.slice(0, limit);
  }

  async commit(ids: readonly string[]): Promise<readonly TaskRecord[]> {
    const { results, records, clock } = this.#state;
    const collectedAt = clock.farmTime();
    for (const id of ids) {
      const at = results.findIndex((task) => task.id === id);
      const [task] = at < 0 ? [] : results.splice(at, 1);
      if (task === undefined || records.has(id)) continue;
      records.set(id, { ...task, collectedAt, metDeadline: collectedAt <= task.deadlineAt });
    }
    return ids.flatMap((id) => records.get(id) ?? []);
  }
}
