import { describe, expect, it } from 'vitest';
import type { DeadLetter, TaskRecord } from '#shared/task.ts';
import { SoakAudit } from '../../../bench/soak/audit.ts';
import { soakId } from '../../../bench/soak/load.ts';

const record = (n: number, collectedAt: number): TaskRecord => ({
  ...{ id: soakId(n), kind: 'calibrated', payload: null, expectedServiceMs: 100, deadlineMs: 1_000 },
  ...{ generatedAt: 0, deadlineAt: 1_000, latestStart: 900, attempts: 0, worker: 'w', value: null, serviceMs: 100 },
  ...{ claimedAt: collectedAt - 120, finishedAt: collectedAt - 20, collectedAt, metDeadline: n % 2 === 0 },
});

const letter = (n: number): DeadLetter => ({ ...record(n, 0), error: 'never', diedAt: 0 });

/** An output that keeps the newest records only. */
function output(retain: number) {
  const kept: TaskRecord[] = [];
  const dead: DeadLetter[] = [];
  return {
    add(...records: TaskRecord[]) {
      kept.unshift(...records.toReversed());
      kept.splice(retain);
    },
    bury: (dead_: DeadLetter) => void dead.push(dead_),
    records: async ({ offset, limit }: { offset: number; limit: number }) => ({
      total: kept.length,
      records: kept.slice(offset, offset + limit),
    }),
    deadLetters: async ({ offset, limit }: { offset: number; limit: number }) => ({
      total: dead.length,
      letters: dead.slice(offset, offset + limit),
    }),
  };
}

const some = (from: number, to: number): TaskRecord[] =>
  Array.from({ length: to - from }, (_, i) => record(from + i, 1_000 + from + i));

describe('SoakAudit', () => {
  it('follows an output that forgets', async () => {
    const archive = output(1_500);
    const audit = new SoakAudit(archive);
    for (let n = 0; n < 6_000; n += 1_200) {
      archive.add(...some(n, n + 1_200));
      await audit.look();
    }
    expect(await audit.close(6_000)).toEqual({
      ...{ submitted: 6_000, completed: 6_000, deadLettered: 0, lost: 0, duplicated: 0, qos: 0.5 },
    });
    expect(audit.busyMs).toBe(600_000);
  });

  it('finds everything at its first look, while more comes out', async () => {
    const archive = output(10_000);
    archive.add(...some(0, 3_000));
    let more = 3_000;
    const moving = {
      ...archive,
      async records(page: { offset: number; limit: number }) {
        const read = await archive.records(page);
        archive.add(...some(more, more + 7));
        more += 7;
        return read;
      },
    };
    const audit = new SoakAudit(moving);
    await audit.look();
    expect(audit.completed).toBe(3_000);
  });

  it('misses what never came out, and counts what came out twice', async () => {
    const archive = output(100);
    const audit = new SoakAudit(archive);
    archive.add(...some(0, 8));
    await audit.look();
    archive.add(record(3, 5_000));
    archive.bury(letter(8));
    expect(await audit.close(10)).toMatchObject({ completed: 8, deadLettered: 1, lost: 1, duplicated: 1 });
  });
});
