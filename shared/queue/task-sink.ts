import type { DeadLetter, FinishedTask, TaskRecord } from '../task.ts';

/** The collector's side of the queue. */
export interface TaskSink {
  /** Up to `limit` results, oldest first. They stay in `result` until committed, so a crash costs nothing. */
  take(limit: number): Promise<readonly FinishedTask[]>;
  /**
   * Moves results to output with the verdict on their deadline, and deletes the records that output no longer keeps, also
   * where `ids` is empty. A task that already has a record is dropped and counted.
   */
  commit(ids: readonly string[]): Promise<readonly TaskRecord[]>;
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

/** Finished work, to be read by people and programs. */
export interface Archive {
  find(id: string): Promise<TaskState>;
  /** Newest first. */
  records(page: Page): Promise<{ total: number; records: readonly TaskRecord[] }>;
  deadLetters(page: Page): Promise<{ total: number; letters: readonly DeadLetter[] }>;
  /** Puts dead letters back into their lanes with their attempts forgotten and their deadline kept. Returns how many. */
  retry(ids: readonly string[] | 'all'): Promise<number>;
  /** Deletes dead letters and their blobs. Returns how many. */
  discard(ids: readonly string[] | 'all'): Promise<number>;
}
