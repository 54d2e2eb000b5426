import type { CollectorClient, Letter, ListQuery, ResultRecord } from '../farm/collector.ts';
import { missingIds, type RunEndings } from './audit.ts';

/** Everything that the collector knows of a run's tasks. */
export interface CollectedEndings {
  readonly endings: RunEndings;
  readonly records: readonly ResultRecord[];
  readonly letters: readonly Letter[];
}

/** Few pages, as the collector goes through all dead letters for each; its limit is 10,000, and it ends one early at so many bytes. */
const PAGE = 5_000;
const LOOKUPS_AT_A_TIME = 8;
const MOST_ATTEMPTS = 20;

/**
 * Reads the run's records and dead letters in full, and asks for each id that has neither. A task that ends between the two
 * questions is counted by its second answer.
 */
export async function collectEndings(
  collector: Pick<CollectorClient, 'results' | 'deadLetters' | 'find'>,
  options: { run: string; submitted: number },
): Promise<CollectedEndings> {
  const { run, submitted } = options;
  const records = await readAll(run, async (query) => {
    const page = await collector.results(query);
    return { total: page.total, items: page.records };
  });
  const letters = await readAll(run, async (query) => {
    const page = await collector.deadLetters(query);
    return { total: page.total, items: page.letters };
  });
  const held = new Set<string>();
  const missing = missingIds({ run, submitted, records: idsOf(records), letters: idsOf(letters) });
  const lookUp = async (): Promise<void> => {
    for (let id = missing.pop(); id !== undefined; id = missing.pop()) {
      const found = await collector.find(id);
      if (found.state === 'completed') records.push(found.record);
      else if (found.state === 'dead') letters.push(found.letter);
      else if (found.state !== 'unknown') held.add(id);
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS_AT_A_TIME }, lookUp));
  return { endings: { run, submitted, records: idsOf(records), letters: idsOf(letters), held }, records, letters };
}

/**
 * All items of a list that is handed out in pages, newest first. An item that is added between two pages moves the rest, and
 * one would be read twice; so a list that grew meanwhile is read again.
 */
async function readAll<T>(
  run: string,
  read: (query: ListQuery) => Promise<{ total: number; items: readonly T[] }>,
): Promise<T[]> {
  for (let attempt = 1; ; attempt += 1) {
    const all: T[] = [];
    let first: number | null = null;
    let moved = false;
    for (;;) {
      const { total, items } = await read({ run, offset: all.length, limit: PAGE });
      first ??= total;
      moved ||= total !== first;
      all.push(...items);
      if (all.length >= total || items.length === 0) break;
    }
    if (!moved || attempt === MOST_ATTEMPTS) return all;
  }
}

function idsOf(items: readonly { id: string }[]): string[] {
  return items.map(({ id }) => id);
}
