/** How a run's tasks ended, told from their ids alone: counters could agree by accident, ids cannot. */
export interface Audit {
  /** Tasks that the run put into the farm: ids `<run>-0` to `<run>-<submitted − 1>`. */
  readonly submitted: number;
  /** With a record. */
  readonly completed: number;
  /** With a dead letter and no record. */
  readonly deadLettered: number;
  /** With neither, and still somewhere in the farm. */
  readonly unfinished: number;
  /** With neither, and nowhere. */
  readonly lost: number;
  /** With more than one ending: two records, two dead letters, or one of each. */
  readonly duplicated: number;
  /** Endings under ids that the run never gave out. */
  readonly unexpected: number;
}

export interface RunEndings {
  readonly run: string;
  readonly submitted: number;
  /** Ids of the run's records and of its dead letters, as the collector lists them; repeats matter. */
  readonly records: readonly string[];
  readonly letters: readonly string[];
  /** Of the ids without an ending (`missingIds`), those that the farm still holds. */
  readonly held: ReadonlySet<string>;
}

/**
 * The total-queue check: every id that went in must come out exactly once. Source: Jepsen's `total-queue` checker
 * (lost, duplicated and unexpected elements of a drained queue). Deviation: 1. ids still in the farm are counted apart, so
 * that a run that was interrupted can be judged as well.
 * Example: 3 submitted, records 0 and 0, nothing of 1, 2 in flight → completed 1, duplicated 1, lost 1, unfinished 1
 * (test/cli/run/audit.test.ts).
 */
export function auditRun(endings: RunEndings): Audit {
  const records = countById(endings.records);
  const letters = countById(endings.letters);
  const audit = { completed: 0, deadLettered: 0, unfinished: 0, lost: 0, duplicated: 0 };
  for (let n = 0; n < endings.submitted; n += 1) {
    const id = `${endings.run}-${n}`;
    const recorded = records.get(id) ?? 0;
    const dead = letters.get(id) ?? 0;
    if (recorded > 0) audit.completed += 1;
    else if (dead > 0) audit.deadLettered += 1;
    else if (endings.held.has(id)) audit.unfinished += 1;
    else audit.lost += 1;
    if (recorded + dead > 1) audit.duplicated += 1;
    records.delete(id);
    letters.delete(id);
  }
  const unexpected = new Set([...records.keys(), ...letters.keys()]).size;
  return { submitted: endings.submitted, ...audit, unexpected };
}

/** Ids of the run that have no ending. */
export function missingIds(endings: Omit<RunEndings, 'held'>): string[] {
  const ended = new Set([...endings.records, ...endings.letters]);
  const missing: string[] = [];
  for (let n = 0; n < endings.submitted; n += 1) {
    const id = `${endings.run}-${n}`;
    if (!ended.has(id)) missing.push(id);
  }
  return missing;
}

function countById(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
