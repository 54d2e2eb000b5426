import { describe, expect, it } from 'vitest';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { TaskRecord } from '#shared/task.ts';
import { OutputReader } from '../../chaos/farm/output-reader.ts';

/** An archive whose records a test may change as a Redis that lost its last writes would. */
function archiveOf(records: { id: string; collectedAt: number }[]): Pick<Archive, 'records' | 'deadLetters'> {
  return {
    async records({ offset, limit }) {
      const newestFirst = records.toReversed().slice(offset, offset + limit);
      return { total: records.length, records: newestFirst as unknown as TaskRecord[] };
    },
    deadLetters: async () => ({ total: 0, letters: [] }),
  };
}

function record(n: number, collectedAt = n): { id: string; collectedAt: number } {
  return { id: `t-${n}`, collectedAt };
}

function idsOf(reader: OutputReader): string[] {
  return reader.endings.map(({ id }) => id);
}

describe('the reader of output', () => {
  it('sees each ending once, whatever comes between two readings', async () => {
    const records = [record(0), record(1)];
    const reader = new OutputReader(archiveOf(records));
    await reader.read();
    records.push(record(2));
    for (let n = 3; n < 5_000; n += 1) records.push(record(n));
    await reader.read();
    await reader.read();
    expect(idsOf(reader)).toEqual(records.map(({ id }) => id));
  });

  it('keeps an ending that was undone, and sees its task come out again', async () => {
    const records = [record(0), record(1), record(2), record(3)];
    const reader = new OutputReader(archiveOf(records));
    await reader.read();
    records.splice(2);
    records.push(record(3, 30), record(4, 40), record(2, 50));
    await reader.read();
    expect(idsOf(reader).toSorted()).toEqual(['t-0', 't-1', 't-2', 't-2', 't-3', 't-3', 't-4']);
  });

  it('finds a task that stands in output twice', async () => {
    const records = [record(0), record(1), record(0)];
    const reader = new OutputReader(archiveOf(records));
    await reader.read();
    await reader.readAll();
    expect(idsOf(reader).toSorted()).toEqual(['t-0', 't-0', 't-1']);
  });
});
