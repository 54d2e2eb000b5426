/** Work that waits, told apart by whose it is, and how it is taken out of the farm without being lost. */
export interface Backlog {
  /** How many messages wait in `input` or are being emitted, and how many tasks wait in lanes: by run. Null: of no run. */
  read(): Promise<ReadonlyMap<string | null, number>>;
  /**
   * Moves the waiting tasks of `runs` (null: those of no run) to the dead letters, in one step; their owners may bring them
   * back (Archive.retry). What is emitted later, or in a worker's hands, stays: stop the runs first (TaskInbox.stopRun).
   * @returns the ids of the tasks
   */
  bury(runs: readonly (string | null)[] | 'all', reason: string): Promise<readonly string[]>;
}
