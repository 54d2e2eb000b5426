import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventQueue } from '#autoscaler/sim/kernel/event-queue.ts';

interface Event {
  readonly at: number;
  readonly kind: number;
  readonly subject: number;
}

function drain(queue: EventQueue): Event[] {
  const events: Event[] = [];
  while (queue.size > 0) {
    events.push({ at: queue.nextAt, kind: queue.nextKind, subject: queue.nextSubject });
    queue.drop();
  }
  return events;
}

describe('the event queue', () => {
  test.each([
    [
      'by time',
      [
        [3, 0],
        [1, 0],
        [2, 0],
      ],
      [1, 2, 0],
    ],
    [
      'of one time by kind',
      [
        [1, 2],
        [1, 0],
        [1, 1],
      ],
      [1, 2, 0],
    ],
    [
      'of one time and kind by who was first',
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      [0, 1, 2],
    ],
  ])('gives events %s', (_case, events, order) => {
    const queue = new EventQueue();
    for (const [subject, [at = 0, kind = 0]] of events.entries()) queue.push(at, kind, subject);
    expect(drain(queue).map(({ subject }) => subject)).toEqual(order);
  });

  test('is empty at the end of time', () => {
    expect(new EventQueue().nextAt).toBe(Infinity);
  });

  test('agrees with a stable sort, however pushes, drops and replacements mix', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), at: fc.nat({ max: 5 }), kind: fc.nat({ max: 2 }) }),
      fc.record({
        do: fc.constantFrom('drop' as const, 'replace' as const),
        at: fc.nat({ max: 5 }),
        kind: fc.nat({ max: 2 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new EventQueue(2);
        const model: (Event & { rank: number })[] = [];
        const byOrder = (a: Event & { rank: number }, b: Event & { rank: number }): number =>
          a.at - b.at || a.kind - b.kind || a.rank - b.rank;
        for (const [subject, { do: what, at, kind }] of steps.entries()) {
          if (what !== 'push' && model.length === 0) continue;
          if (what !== 'push') model.shift();
          if (what !== 'drop') {
            model.push({ at, kind, subject, rank: subject });
            model.sort(byOrder);
          }
          if (what === 'push') queue.push(at, kind, subject);
          if (what === 'drop') queue.drop();
          if (what === 'replace') queue.replace(at, kind, subject);
          expect(queue.size).toBe(model.length);
        }
        expect(drain(queue)).toEqual(
          model.map((event) => ({ at: event.at, kind: event.kind, subject: event.subject })),
        );
      }),
    );
  });
});
