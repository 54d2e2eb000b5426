import type { Task } from '../task.ts';
import type { MemoryState } from './memory-state.ts';
import type { EmitBatch, InputMessage, SubmitReply, Taken, TakenPhase, TaskInbox } from './task-inbox.ts';

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

  async recover(): Promise<readonly TakenPhase[]> {
    return [...this.#state.taken.values()];
  }

  async take(limit: number): Promise<Taken> {
    const { input, taken, clock } = this.#state;
    for (let moved = 0; ; moved += 1) {
      const first = input[0];
      if (first === undefined || moved === limit) return { moved, phase: null };
      const { message, acceptedAt } = first;
      if (message.kind === 'phase' && moved > 0) return { moved, phase: null };
      input.shift();
      if (message.kind === 'phase') {
        const { id, phase } = message;
        const own: TakenPhase = { id, phase, acceptedAt, takenAt: clock.farmTime(), emitted: 0 };
        taken.set(id, own);
        return { moved: 0, phase: own };
      }
      this.#enqueue(message.task, acceptedAt);
    }
  }

  async emit(batch: EmitBatch): Promise<boolean> {
    const taken = this.#state.taken.get(batch.phaseId);
    if (taken === undefined) return false;
    if (batch.tasks.length > 0 && taken.emitted >= batch.emitted) return true;
    for (const task of batch.tasks) if (!this.#knows(task.id)) this.#enqueue(task, this.#state.clock.farmTime());
    if (batch.done) this.#state.taken.delete(batch.phaseId);
    else this.#state.taken.set(batch.phaseId, { ...taken, emitted: batch.emitted });
    return true;
  }

  async stopRun(run: string): Promise<number> {
    const belongs = (message: InputMessage): boolean => message.kind === 'phase' && message.phase.run === run;
    const before = this.#state.input.length + this.#state.taken.size;
    const kept = this.#state.input.filter((entry) => !belongs(entry.message));
    this.#state.input.splice(0, this.#state.input.length, ...kept);
    for (const [id, { phase }] of this.#state.taken) if (phase.run === run) this.#state.taken.delete(id);
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
    const { input, waiting, held, results, records, dead } = this.#state;
    return (
      input.some(({ message }) => message.kind === 'task' && message.id === id) ||
      [held, records, dead].some((stage) => stage.has(id)) ||
      waiting.has(id) ||
      results.some((task) => task.id === id)
    );
  }
}
