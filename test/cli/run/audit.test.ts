import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditRun, missingIds, type RunEndings } from '../../../cli/run/audit.ts';

const base: RunEndings = { run: 'r', submitted: 0, records: [], letters: [], held: new Set() };
const clean = { submitted: 0, completed: 0, deadLettered: 0, unfinished: 0, lost: 0, duplicated: 0, unexpected: 0 };

describe('auditRun', () => {
  it.each([
    ['nothing submitted', {}, {}],
    ['all completed', { submitted: 2, records: ['r-0', 'r-1'] }, { submitted: 2, completed: 2 }],
    ['one dead', { submitted: 2, records: ['r-1'], letters: ['r-0'] }, { submitted: 2, completed: 1, deadLettered: 1 }],
    ['one nowhere', { submitted: 2, records: ['r-1'] }, { submitted: 2, completed: 1, lost: 1 }],
    [
      'one held',
      { submitted: 2, records: ['r-1'], held: new Set(['r-0']) },
      { submitted: 2, completed: 1, unfinished: 1 },
    ],
    ['two records of one id', { submitted: 1, records: ['r-0', 'r-0'] }, { submitted: 1, completed: 1, duplicated: 1 }],
    [
      'a record and a letter',
      { submitted: 1, records: ['r-0'], letters: ['r-0'] },
      { submitted: 1, completed: 1, duplicated: 1 },
    ],
    ['two letters', { submitted: 1, letters: ['r-0', 'r-0'] }, { submitted: 1, deadLettered: 1, duplicated: 1 }],
    ['an id past the end', { submitted: 1, records: ['r-0', 'r-1'] }, { submitted: 1, completed: 1, unexpected: 1 }],
    ["another run's id", { submitted: 1, records: ['r-0', 's-0'] }, { submitted: 1, completed: 1, unexpected: 1 }],
    [
      'the documented example',
      { submitted: 3, records: ['r-0', 'r-0'], held: new Set(['r-2']) },
      { submitted: 3, completed: 1, duplicated: 1, lost: 1, unfinished: 1 },
    ],
  ])('%s', (_name, endings: Partial<RunEndings>, expected: Partial<typeof clean>) => {
    expect(auditRun({ ...base, ...endings })).toEqual({ ...clean, ...expected });
  });

  it('gives every submitted id exactly one verdict, whatever the history', () => {
    const ids = fc.array(fc.nat(30).map((n) => `r-${n}`));
    fc.assert(
      fc.property(fc.nat(20), ids, ids, ids, (submitted, records, letters, held) => {
        const audit = auditRun({ run: 'r', submitted, records, letters, held: new Set(held) });
        expect(audit.completed + audit.deadLettered + audit.unfinished + audit.lost).toBe(submitted);
        const endings = [...records, ...letters];
        const surplus = endings.length - new Set(endings).size;
        // Surplus endings of known ids are duplicates; every other surplus belongs to an unexpected id.
        expect(audit.duplicated > 0 || audit.unexpected > 0).toBe(surplus > 0 || audit.unexpected > 0);
      }),
    );
  });
});

describe('missingIds', () => {
  it('names the ids that have no ending, in order', () => {
    expect(missingIds({ run: 'r', submitted: 4, records: ['r-3'], letters: ['r-1'] })).toEqual(['r-0', 'r-2']);
  });
});
