import type { Task } from '../task.ts';
import type { MemoryState } from './memory-state.ts';
import type { EmitBatch, InputMessage, SubmitReply, TakenMessage, TaskInbox } from './task-inbox.ts';

/** TaskInbox in memory. */
export class MemoryInbox implements TaskInbox {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async submit(messages: readonly InputMessage[]): Promise<SubmitReply> {
    const duplicates: string[] = [];
    for (const message of messages) {
      if (message.kind === 'task' && this.#knows(message.id)) duplicates.push(message.id);
      else this.#state.input.push({ message, acceptedAt: this.#state.clock.farmTime() });
    }
    return { accepted: messages.length - duplicates.length, duplicates };
  }

  async recover(): Promise<readonly TakenMessage[]> {
    return [...this.#state.taken.values()];
  }

  async take(limit: number): Promise<readonly TakenMessage[]> {
    const taken: TakenMessage[] = [];
    while (taken.length < limit) {
      const next = this.#state.input[0];
      if (next === undefined || (next.message.kind === 'phase' && taken.length > 0)) break;
      this.#state.input.shift();
      const message: TakenMessage = { ...next, takenAt: this.#state.clock.farmTime(), emitted: 0 };
      this.#state.taken.set(next.message.id, message);
      taken.push(message);
      if (next.message.kind === 'phase') break;
    }
    return taken;
  }

  async emit(batch: EmitBatch): Promise<boolean> {
    const taken = this.#state.taken.get(batch.messageId);
    if (taken === undefined) return false;
    if (batch.tasks.length > 0 && taken.emitted >= batch.emitted) return true;
    const own = taken.message.kind === 'task' ? taken.message.id : null;
    for (const task of batch.tasks) {
      if (task.id !== own && this.#knows(task.id)) continue;
      this.#enqueue(task, own === null ? this.#state.clock.farmTime() : taken.acceptedAt);
    }
    if (batch.done) this.#state.taken.delete(batch.messageId);
    else this.#state.taken.set(batch.messageId, { ...taken, emitted: batch.emitted });
    return true;
  }

  async stopRun(run: string): Promise<number> {
    const belongs = (message: InputMessage): boolean => message.kind === 'phase' && message.phase.run === run;
    const before = this.#state.input.length + this.#state.taken.size;
    const kept = this.#state.input.filter((entry) => !belongs(entry.message));
    this.#state.input.splice(0, this.#state.input.length, ...kept);
    for (const [id, taken] of this.#state.taken) if (belongs(taken.message)) this.#state.taken.delete(id);
    return before - this.#state.input.length - this.#state.taken.size;
  }

  #enqueue(task: Task, generatedAt: number): void {
    const deadlineAt = generatedAt + task.deadlineMs;
    const latestStart = deadlineAt - task.expectedServiceMs;
    const queued = { ...task, generatedAt, deadlineAt, latestStart, attempts: 0 };
    this.#state.waiting.push(queued, this.#state.clock.farmTime());
  }

  /** Whether a task with this id was accepted before, wherever it is now. */
  #knows(id: string): boolean {
    const { input, taken, waiting, held, results, records, dead } = this.#state;
    return (
      input.some((entry) => entry.message.id === id) ||
      [taken, held, records, dead].some((stage) => stage.has(id)) ||
      waiting.has(id) ||
      results.some((task) => task.id === id)
    );
  }
}
