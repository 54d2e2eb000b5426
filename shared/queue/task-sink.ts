import type { DeadLetter, FinishedTask, TaskRecord, WithoutBody } from '../task.ts';

/** The collector's side of the queue. */
export interface TaskSink {
  /**
   * Up to `limit` results, oldest first; fewer where they are large (read-in-parts.ts), at least one while there is any. They
   * stay in `result` until committed, so a crash costs nothing.
   */
  take(limit: number): Promise<readonly WithoutBody<FinishedTask>[]>;
  /**
   * Moves results to output with the verdict on their deadline, and deletes the records that output no longer keeps, also
   * where `ids` is empty. A task that already has a record is dropped and counted.
   */
  commit(ids: readonly string[]): Promise<readonly WithoutBody<TaskRecord>[]>;
}

/** Where a task is. */
export type TaskState =
  | { readonly state: 'unknown' }
  | { readonly state: 'input' | 'waiting' | 'in-flight' | 'finished' }
  | { readonly state: 'completed'; readonly record: TaskRecord }
  | { readonly state: 'dead'; readonly letter: DeadLetter };

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** `run`: of that run alone. Costs what the page costs, however much else is kept. */
export interface RecordPage extends Page {
  readonly run?: string | undefined;
}

/** Finished work, to be read by people and programs. */
export interface Archive {
  find(id: string): Promise<TaskState>;
  /** Newest first. A page ends early where records are large (read-in-parts.ts): the next one begins after what it has. */
  records(page: RecordPage): Promise<{ total: number; records: readonly TaskRecord[] }>;
  deadLetters(page: Page): Promise<{ total: number; letters: readonly DeadLetter[] }>;
  /** Puts dead letters back into their lanes with their attempts forgotten and their deadline kept. Returns how many. */
  retry(ids: readonly string[] | 'all'): Promise<number>;
  /** Deletes dead letters and their blobs. Returns how many. */
  discard(ids: readonly string[] | 'all'): Promise<number>;
}
