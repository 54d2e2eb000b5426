import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CrashOrders } from '../../chaos/instrument/crash-points.ts';
import { Effects } from '../../chaos/instrument/effects.ts';
import { ledgerFile, readLedgers } from '../../chaos/instrument/ledger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('an order to crash', () => {
  it('is taken once, and told once', () => {
    const orders = new CrashOrders(temporaryFolder());
    expect(orders.take('after-claim')).toBe(false);
    orders.give('after-claim');
    expect(orders.take('in-work')).toBe(false);
    expect([orders.take('after-claim'), orders.take('after-claim')]).toEqual([true, false]);
    expect(orders.obeyed('after-claim')).toBeNull();
    orders.report('after-claim', { pid: 7, at: 12 });
    expect(orders.obeyed('after-claim')).toEqual({ pid: 7, at: 12 });
    expect(orders.obeyed('after-claim')).toBeNull();
  });

  it('that is withdrawn is nobody’s to obey', () => {
    const orders = new CrashOrders(temporaryFolder());
    orders.give('in-work');
    orders.withdraw('in-work');
    expect(orders.take('in-work')).toBe(false);
  });
});

describe('side effects', () => {
  it('are there once and whole however often they are made, and torn ones are found', () => {
    const folder = temporaryFolder();
    const effects = new Effects(folder);
    effects.make('task-10', 1);
    effects.make('task-10', 2);
    effects.make('task-11', 1);
    writeFileSync(join(folder, 'shard-11', 'task-11'), 'do');
    writeFileSync(join(folder, 'shard-11', 'task-12.1.part'), 'do');
    expect(effects.read()).toEqual({ whole: new Set(['task-10']), torn: ['task-11'] });
    expect(readFileSync(join(folder, 'shard-10', 'task-10'), 'utf8')).toContain('task-10');
  });
});

describe('a ledger', () => {
  it('is read up to the line that a kill cut off', () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const file = ledgerFile(folder, { pid: 41, startedAt: 1_000.5 });
    appendFileSync(file, '{"what":"executed","id":"a","at":5}\n{"what":"exec');
    expect(readLedgers(folder)).toEqual([{ pid: 41, entries: [{ what: 'executed', id: 'a', at: 5 }] }]);
  });
});
