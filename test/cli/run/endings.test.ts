import { describe, expect, it } from 'vitest';
import type { Letter, ListQuery, ResultRecord, ResultState } from '../../../cli/farm/collector.ts';
import { collectEndings } from '../../../cli/run/endings.ts';

const task = { kind: 'calibrated', payload: {}, expectedServiceMs: 1, generatedAt: 0, deadlineAt: 9, attempts: 0 };

function record(id: string): ResultRecord {
  return { ...task, id, worker: 'w', serviceMs: 1, value: null, collectedAt: 5, metDeadline: true };
}

function letter(id: string): Letter {
  return { ...task, id, error: 'broken', diedAt: 5 };
}

/** A collector with these lists; `onRead` may change them between two pages. */
function collector(options: {
  records?: ResultRecord[];
  letters?: Letter[];
  found?: Record<string, ResultState>;
  onRead?: (reads: number) => void;
}) {
  const { records = [], letters = [], found = {} } = options;
  const reads: ListQuery[] = [];
  const part = <T>(items: readonly T[], { offset = 0, limit }: ListQuery): T[] => items.slice(offset, offset + limit);
  return {
    reads,
    async results(query: ListQuery) {
      reads.push(query);
      const page = { total: records.length, records: part(records, query) };
      options.onRead?.(reads.length);
      return page;
    },
    deadLetters: async (query: ListQuery) => ({ total: letters.length, letters: part(letters, query) }),
    find: async (id: string): Promise<ResultState> => found[id] ?? { state: 'unknown' },
  };
}

describe('collectEndings', () => {
  it('asks for every id that has no ending, and counts its second answer', async () => {
    const farm = collector({
      records: [record('r-0')],
      letters: [letter('r-1')],
      found: {
        'r-2': { state: 'completed', record: record('r-2') },
        'r-3': { state: 'dead', letter: letter('r-3') },
        'r-4': { state: 'in-flight' },
      },
    });
    const { endings } = await collectEndings(farm, { run: 'r', submitted: 6 });
    expect([...endings.records].sort()).toEqual(['r-0', 'r-2']);
    expect([...endings.letters].sort()).toEqual(['r-1', 'r-3']);
    expect([...endings.held]).toEqual(['r-4']);
  });

  it('reads a list in pages, each of the run alone', async () => {
    const records = Array.from({ length: 12_000 }, (_, n) => record(`r-${n}`));
    const farm = collector({ records });
    const { endings } = await collectEndings(farm, { run: 'r', submitted: 12_000 });
    expect(endings.records).toHaveLength(12_000);
    expect(farm.reads.map(({ run, offset }) => [run, offset])).toEqual([
      ['r', 0],
      ['r', 5_000],
      ['r', 10_000],
    ]);
  });

  it('reads again when the list grew between two pages: a shifted page would make a duplicate', async () => {
    const records = Array.from({ length: 6_000 }, (_, n) => record(`r-${n}`));
    const farm = collector({
      records,
      onRead: (reads) => {
        if (reads === 1) records.unshift(record('r-6000'));
      },
    });
    const { endings } = await collectEndings(farm, { run: 'r', submitted: 6_001 });
    expect(endings.records).toHaveLength(6_001);
    expect(new Set(endings.records).size).toBe(6_001);
  });
});
