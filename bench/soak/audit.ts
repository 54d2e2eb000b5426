import { SECOND, type Clock } from '#shared/clock.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import { soakId } from './load.ts';

/** What became of the tasks of a soak. */
export interface SoakOutcome {
  readonly submitted: number;
  readonly completed: number;
  readonly deadLettered: number;
  /** Accepted, and with neither a record nor a dead letter at the end. */
  readonly lost: number;
  /** Records beyond the first one of a task. */
  readonly duplicated: number;
  /** Share of the submitted tasks whose result came by its deadline. */
  readonly qos: number | null;
}

const PAGE = 500;
/** Nothing has come out for so long: what is left is left for good. */
const PATIENCE_MS = 30 * SECOND;
const LOOK_MS = 250;

/**
 * Reads output along, record by record, because output keeps only the newest ones. An audit of ids: counters of the farm
 * are not believed.
 */
export class SoakAudit {
  readonly #archive: Pick<Archive, 'records' | 'deadLetters'>;
  /** When each task was collected: two records of one id differ in it. */
  readonly #collectedAt = new Map<string, number>();
  #duplicated = 0;
  #met = 0;
  #busyMs = 0;

  constructor(archive: Pick<Archive, 'records' | 'deadLetters'>) {
    this.#archive = archive;
  }

  get completed(): number {
    return this.#collectedAt.size;
  }

  /** Time in workers' hands of all completed tasks, ms. */
  get busyMs(): number {
    return this.#busyMs;
  }

  /** Takes in what is new. Call it more often than output is renewed. */
  async look(): Promise<void> {
    for (let offset = 0; ; offset += PAGE) {
      const { records } = await this.#archive.records({ offset, limit: PAGE });
      let news = 0;
      for (const record of records) {
        const earlier = this.#collectedAt.get(record.id);
        // What comes meanwhile moves the pages: a record may be seen twice, never missed.
        if (earlier === record.collectedAt) continue;
        news += 1;
        if (earlier !== undefined) this.#duplicated += 1;
        else {
          this.#collectedAt.set(record.id, record.collectedAt);
          this.#busyMs += record.finishedAt - record.claimedAt;
          if (record.metDeadline) this.#met += 1;
        }
      }
      // A page may hold what is known and news after it, where pages have moved.
      if (news === 0 || records.length < PAGE) return;
    }
  }

  /** Resolves when so many tasks are completed, or no more are. */
  async settle(submitted: number, clock: Clock): Promise<void> {
    let completed = -1;
    let movedAt = clock.monotonic();
    for (;;) {
      await this.look();
      if (this.completed >= submitted) return;
      if (this.completed > completed) movedAt = clock.monotonic();
      completed = this.completed;
      if (clock.monotonic() - movedAt > PATIENCE_MS) return;
      await clock.sleep(LOOK_MS);
    }
  }

  /** The books, when `submitted` tasks (soakId(0) and on) have been accepted. */
  async close(submitted: number): Promise<SoakOutcome> {
    await this.look();
    const dead = new Set<string>();
    for (let offset = 0; ; offset += PAGE) {
      const { letters } = await this.#archive.deadLetters({ offset, limit: PAGE });
      for (const { id } of letters) dead.add(id);
      if (letters.length < PAGE) break;
    }
    const ids = Array.from({ length: submitted }, (_, n) => soakId(n));
    return {
      submitted,
      completed: this.completed,
      deadLettered: dead.size,
      lost: ids.filter((id) => !this.#collectedAt.has(id) && !dead.has(id)).length,
      duplicated: this.#duplicated,
      qos: submitted === 0 ? null : this.#met / submitted,
    };
  }
}
