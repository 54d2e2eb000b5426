import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../cli/run/audit.ts';
import { isClean, renderSummary, summarise, type RecordFacts } from '../../../cli/run/summary.ts';

const facts = {
  workload: 'quick',
  policy: 'reactive-average',
  seed: 42,
  qosByQuartile: [1, 0.975, 0.5, 1] as const,
  workers: { mean: 3.456, max: 9 },
  scaling: { up: 7, down: 6, noop: 11 },
  durationS: 23.42,
};

function record(id: string, more: Partial<RecordFacts> = {}): RecordFacts {
  return { id, metDeadline: true, serviceMs: 50, expectedServiceMs: 48, ...more };
}

describe('summarise', () => {
  it('counts dead-lettered and unfinished tasks as misses, and shows the share of the collected beside it', () => {
    const records = [record('r-0'), record('r-1', { metDeadline: false, serviceMs: 100 })];
    const audit = auditRun({
      run: 'r',
      submitted: 4,
      records: ['r-0', 'r-1'],
      letters: ['r-2'],
      held: new Set(['r-3']),
    });
    const summary = summarise('r', { audit, records, facts });
    expect(summary.qos).toBe(1 / 4);
    expect(summary.qosCollected).toBe(1 / 2);
    expect([summary.qosByQuartile, summary.worstQuartileQos]).toEqual([[1, 0.975, 0.5, 1], 0.5]);
    expect(summary.serviceMs).toEqual({ mean: 75, calibratedMean: 48 });
    expect(isClean(audit)).toBe(false);
  });

  it('counts an id once however many records it has', () => {
    const audit = auditRun({ run: 'r', submitted: 1, records: ['r-0', 'r-0'], letters: [], held: new Set() });
    const summary = summarise('r', { audit, records: [record('r-0'), record('r-0')], facts });
    expect(summary.qos).toBe(1);
    expect(summary.duplicated).toBe(1);
  });

  it('knows no share of nothing', () => {
    const audit = auditRun({ run: 'r', submitted: 0, records: [], letters: [], held: new Set() });
    const summary = summarise('r', { audit, records: [], facts });
    expect([summary.qos, summary.qosCollected, summary.serviceMs.mean]).toEqual([null, null, null]);
    expect(isClean(audit)).toBe(true);
  });

  it('knows no sizes of the images of a folder', () => {
    const audit = auditRun({ run: 'r', submitted: 1, records: ['r-0'], letters: [], held: new Set() });
    const folder = { ...facts, workload: null, seed: null, qosByQuartile: null };
    const summary = summarise('r', { audit, records: [record('r-0')], facts: folder });
    expect(summary.worstQuartileQos).toBeNull();
    expect(renderSummary(summary).join('\n')).not.toContain('by size');
  });
});

describe('renderSummary', () => {
  it.each([
    ['a clean run', 'run-summary', { submitted: 2, records: ['r-0', 'r-1'], letters: [], held: new Set<string>() }],
    [
      'a run where everything went wrong',
      'run-summary-failed',
      { submitted: 4, records: ['r-0', 'r-0', 'r-9'], letters: ['r-1'], held: new Set(['r-2']) },
    ],
  ])('%s', async (_name, file, endings) => {
    const audit = auditRun({ run: 'r', ...endings });
    const records = endings.records.map((id) => record(id));
    const text = renderSummary(summarise('r', { audit, records, facts })).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(`../../golden/cli/${file}.txt`);
  });
});
