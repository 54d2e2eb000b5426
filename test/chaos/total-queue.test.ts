import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ending, History, Submission } from '../../chaos/check/history.ts';
import { checkTotalQueue } from '../../chaos/check/total-queue.ts';

function submission(id: string, overrides: Partial<Submission> = {}): Submission {
  return { id, firstAttemptAt: 0, acknowledgedAt: 10, replyLost: false, refused: false, ...overrides };
}

function record(id: string, at = 50): Ending {
  return { id, kind: 'record', at };
}

function history(overrides: Partial<History>): History {
  return { submissions: [], endings: [], held: new Set(), lossWindows: [], ...overrides };
}

const clean = {
  submissions: [submission('a'), submission('b'), submission('c', { acknowledgedAt: null })],
  endings: [record('a'), { id: 'b', kind: 'letter', at: 60 } as const],
};

describe('the total-queue checker', () => {
  it('finds nothing wrong where every task came out once', () => {
    expect(checkTotalQueue(history(clean))).toMatchObject({
      ...{ attempted: 3, submitted: 2, completed: 1, deadLettered: 1, recovered: 0 },
      ...{ unfinished: 0, lost: 0, duplicated: 0, unexpected: 0 },
    });
  });

  const cases: { name: string; given: Partial<History>; expected: object }[] = [
    {
      name: 'a task that did not come out is lost',
      given: { ...clean, endings: [record('a')] },
      expected: { lost: 1, withinBound: { lost: 0, duplicated: 0 }, examples: { lost: ['b'] } },
    },
    {
      name: 'one that the farm still holds is unfinished',
      given: { ...clean, endings: [record('a')], held: new Set(['b']) },
      expected: { lost: 0, unfinished: 1 },
    },
    {
      name: 'two records are a duplicate',
      given: { ...clean, endings: [...clean.endings, record('a', 70)] },
      expected: { duplicated: 1, completed: 1, examples: { duplicated: ['a'] } },
    },
    {
      name: 'a record and a dead letter are a duplicate',
      given: { ...clean, endings: [...clean.endings, record('b', 70)] },
      expected: { duplicated: 1, completed: 2, deadLettered: 0 },
    },
    {
      name: 'an ending that nobody asked for is unexpected',
      given: { ...clean, endings: [...clean.endings, record('z')] },
      expected: { unexpected: 1, examples: { unexpected: ['z'] } },
    },
    {
      name: 'a refused task that comes out is unexpected',
      given: { submissions: [submission('a', { acknowledgedAt: null, refused: true })], endings: [record('a')] },
      expected: { unexpected: 1, refused: 1, submitted: 0, completed: 0 },
    },
    {
      name: 'a task whose reply was lost and that comes out is recovered',
      given: { ...clean, endings: [...clean.endings, record('c')] },
      expected: { recovered: 1, submitted: 3, completed: 2 },
    },
    {
      name: 'so is one whose second attempt met a farm that had it already',
      given: { submissions: [submission('a', { replyLost: true })], endings: [record('a')] },
      expected: { recovered: 1, submitted: 1, completed: 1 },
    },
    {
      name: 'what was accepted in the window before a kill may be lost, and only that',
      given: {
        submissions: [submission('a'), submission('b', { firstAttemptAt: 85, acknowledgedAt: 90 })],
        lossWindows: [{ from: 80, to: 100 }],
      },
      expected: { lost: 2, withinBound: { lost: 1, duplicated: 0 }, examples: { lost: ['a', 'b'] } },
    },
    {
      name: 'what was accepted after the kill may not be lost',
      given: {
        submissions: [submission('a', { firstAttemptAt: 101, acknowledgedAt: 110 })],
        lossWindows: [{ from: 80, to: 100 }],
      },
      expected: { lost: 1, withinBound: { lost: 0, duplicated: 0 } },
    },
    {
      name: 'a record of the window before a kill may be undone and made again',
      given: {
        submissions: [submission('a'), submission('b')],
        endings: [record('a', 85), record('a', 120), record('b', 70), record('b', 120)],
        lossWindows: [{ from: 80, to: 100 }],
      },
      expected: { duplicated: 2, withinBound: { lost: 0, duplicated: 1 }, examples: { duplicated: ['b', 'a'] } },
    },
  ];
  it.each(cases)('$name', ({ given, expected }) => {
    expect(checkTotalQueue(history(given))).toMatchObject(expected);
  });

  it('notices every single mutation of a good history', () => {
    const mutations = ['drop', 'repeat', 'invent'] as const;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.nat(),
        fc.constantFrom(...mutations),
        fc.boolean(),
        (size, pick, mutation, dies) => {
          const ids = Array.from({ length: size }, (_, i) => `t-${i}`);
          const endings: Ending[] = ids.map((id, i) => ({
            id,
            kind: dies && i % 3 === 0 ? 'letter' : 'record',
            at: i,
          }));
          const victim = endings[pick % size]!;
          const mutated = {
            drop: endings.filter((ending) => ending !== victim),
            repeat: [...endings, { ...victim, at: victim.at + 1 }],
            invent: [...endings, record('nobody')],
          }[mutation];
          const submissions = ids.map((id) => submission(id));
          const good = checkTotalQueue(history({ submissions, endings }));
          expect([good.lost, good.duplicated, good.unexpected]).toEqual([0, 0, 0]);
          const bad = checkTotalQueue(history({ submissions, endings: mutated }));
          const found = { drop: bad.lost, repeat: bad.duplicated, invent: bad.unexpected };
          expect(found[mutation]).toBe(1);
          expect(found.drop + found.repeat + found.invent).toBe(1);
        },
      ),
    );
  });
});
