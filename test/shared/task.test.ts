import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deadlineFor, taskId } from '#shared/task.ts';

const reference = { coefficient: 2, floorMs: 100, capMs: 30_000 };

describe('deadline', () => {
  test.each([
    { name: 'twice the mean service time', serviceMs: 1473, deadlineMs: 2946 },
    { name: 'the floor for a short task', serviceMs: 20, deadlineMs: 100 },
    { name: 'the floor and the rule meet', serviceMs: 50, deadlineMs: 100 },
    { name: 'the cap for a long task', serviceMs: 20_000, deadlineMs: 30_000 },
    { name: 'the cap and the rule meet', serviceMs: 15_000, deadlineMs: 30_000 },
  ])('is $name: $serviceMs ms → $deadlineMs ms', ({ serviceMs, deadlineMs }) => {
    expect(deadlineFor(serviceMs, reference)).toBe(deadlineMs);
  });

  test('never leaves floor to cap, and never falls as tasks get longer', () => {
    const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(ms, ms, (one, other) => {
        const [short, long] = [Math.min(one, other), Math.max(one, other)];
        const deadlines = [deadlineFor(short, reference), deadlineFor(long, reference)] as const;
        expect(deadlines[0]).toBeGreaterThanOrEqual(reference.floorMs);
        expect(deadlines[1]).toBeLessThanOrEqual(reference.capMs);
        expect(deadlines[0]).toBeLessThanOrEqual(deadlines[1]);
      }),
    );
  });
});

describe('task id', () => {
  test.each(['a', 'order-17', 'A.b_c:d-9', 'x'.repeat(128)])('%s is one', (id) => {
    expect(taskId.safeParse(id).success).toBe(true);
  });

  test.each([
    { name: 'empty', id: '' },
    { name: 'too long', id: 'x'.repeat(129) },
    { name: 'with a space', id: 'a b' },
    { name: 'with a slash', id: 'a/b' },
    { name: 'with a brace, which would move its Redis key', id: 'a{b}' },
    { name: 'with a line break after it', id: 'a\n' },
    { name: 'not ASCII', id: 'ä' },
  ])('$name is none', ({ id }) => {
    expect(taskId.safeParse(id).success).toBe(false);
  });
});
