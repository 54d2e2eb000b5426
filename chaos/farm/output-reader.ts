import type { Archive } from '#shared/queue/task-sink.ts';
import type { Ending } from '../check/history.ts';

const CHUNK = 2_000;
/** How far it goes back at a time to find where a Redis that lost its last writes agrees with what was read. */
const STEP_BACK = 500;

type Kind = Ending['kind'];

/**
 * Reads output and dead letters all along, past every proxy, so that an ending is seen even if a Redis that lost its last writes
 * forgets it afterwards. Each ending is kept once; a task with two has two.
 */
export class OutputReader {
  readonly #archive: Pick<Archive, 'records' | 'deadLetters'>;
  readonly #endings = new Map<string, Ending>();
  readonly #errors = new Map<string, string>();
  /** What was read of each list, from its beginning. */
  readonly #read: Record<Kind, Ending[]> = { record: [], letter: [] };

  constructor(archive: Pick<Archive, 'records' | 'deadLetters'>) {
    this.#archive = archive;
  }

  get endings(): readonly Ending[] {
    return [...this.#endings.values()];
  }

  get count(): number {
    return this.#endings.size;
  }

  /** Why each dead letter died. */
  get errors(): ReadonlyMap<string, string> {
    return this.#errors;
  }

  /** Whatever is new. */
  async read(): Promise<void> {
    await this.#follow('record');
    await this.#follow('letter');
  }

  /** Both lists once more from their beginning: also finds a task that stands in one of them twice. */
  async readAll(): Promise<void> {
    for (const kind of ['record', 'letter'] as const) {
      this.#read[kind] = [];
      await this.#follow(kind);
      const seen = new Set<string>();
      for (const [place, ending] of this.#read[kind].entries()) {
        if (seen.has(ending.id)) this.#endings.set(`${ending.id} again at ${place}`, ending);
        seen.add(ending.id);
      }
    }
  }

  async #follow(kind: Kind): Promise<void> {
    const read = this.#read[kind];
    let { total } = await this.#page(kind, { offset: 0, limit: 1 });
    await this.#dropWhatIsUndone(kind, total);
    while (read.length < total) {
      // Pages count from the newest, of which there may be more by the time that the page is read.
      const offset = Math.max(0, total - read.length - CHUNK);
      const page = await this.#page(kind, { offset, limit: CHUNK });
      const firstPlace = page.total - offset - page.endings.length;
      const fresh = page.endings.slice(Math.max(0, read.length - firstPlace));
      total = page.total;
      if (fresh.length === 0) return; // undone meanwhile: the next read finds out
      if (firstPlace > read.length) continue;
      for (const ending of fresh) {
        read.push(ending);
        this.#endings.set(`${ending.id} ${ending.kind} ${ending.at}`, ending);
      }
    }
  }

  async #dropWhatIsUndone(kind: Kind, total: number): Promise<void> {
    const read = this.#read[kind];
    if (read.length > total) read.splice(total);
    while (read.length > 0) {
      const last = read.at(-1);
      const page = await this.#page(kind, { offset: total - read.length, limit: 1 });
      const now = page.endings[0];
      if (page.total !== total) return; // another one came: the next read looks again
      if (now?.id === last?.id && now?.at === last?.at) return;
      read.splice(Math.max(0, read.length - STEP_BACK));
    }
  }

  /** Oldest first. */
  async #page(kind: Kind, page: { offset: number; limit: number }): Promise<{ total: number; endings: Ending[] }> {
    if (kind === 'record') {
      const { total, records } = await this.#archive.records(page);
      return {
        total,
        endings: records.map(({ id, collectedAt }): Ending => ({ id, kind, at: collectedAt })).reverse(),
      };
    }
    const { total, letters } = await this.#archive.deadLetters(page);
    for (const { id, error } of letters) this.#errors.set(id, error);
    return { total, endings: letters.map(({ id, diedAt }): Ending => ({ id, kind, at: diedAt })).reverse() };
  }
}
