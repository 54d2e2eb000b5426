import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batches } from '../../../cli/submit/batches.ts';
import type { TaskRequest } from '../../../cli/submit/read-tasks.ts';

const MIB = 1024 * 1024;

function picture(bytes: number): TaskRequest {
  return { source: 'a.jpg', body: { id: 'a' }, file: { path: '/a.jpg', bytes } };
}

function sizes(tasks: readonly TaskRequest[]): number {
  return tasks.reduce((sum, { file }) => sum + (file?.bytes ?? 0), 0);
}

describe('batches', () => {
  it('keeps the order, loses nothing, and fills requests up to their limits', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20 * MIB), { maxLength: 60 }), (all) => {
        const tasks = all.map(picture);
        const cut = batches(tasks);
        expect(cut.flat()).toEqual(tasks);
        for (const batch of cut) expect(batch.length === 1 || sizes(batch) <= 16 * MIB).toBe(true);
      }),
    );
  });

  it('cuts at a thousand tasks', () => {
    const tasks = Array.from({ length: 2001 }, (): TaskRequest => ({ source: 'x', body: { id: 'x' }, file: null }));
    expect(batches(tasks).map((batch) => batch.length)).toEqual([1000, 1000, 1]);
  });
});
