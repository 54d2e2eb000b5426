import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** The page's modules are plain JavaScript; this is what of them is tested without a browser. */
interface History {
  add(at: number, values: Readonly<Record<string, number | undefined>>): void;
  columns(names: readonly string[], rangeMs: number): [number[], ...(number | null)[][]];
  span(rangeMs: number): { from: number; to: number };
}
interface Happening {
  readonly level: string;
  readonly text: string;
}
const load = (file: string): Promise<unknown> => import(join(process.cwd(), 'autoscaler/dashboard/data', file));
const { History, RANGES } = (await load('history.js')) as {
  History: new (names: readonly string[]) => History;
  RANGES: readonly { name: string; ms: number }[];
};
const { Sampler } = (await load('sample.js')) as {
  Sampler: new () => { sample(look: object): { at: number; values: Record<string, number | undefined> } | null };
};
const { happenings, changes } = (await load('happenings.js')) as {
  happenings: (now: object) => Map<string, Happening>;
  changes: (before: Map<string, Happening>, after: Map<string, Happening>, nowMs: number) => readonly Happening[];
};
const { smoothed } = (await load('curve.js')) as {
  smoothed: (points: readonly object[], name: string, most: number) => [number[], number[]];
};

const START = Date.UTC(2026, 0, 1);
const DAY = RANGES.at(-1)!.ms;

describe('history', () => {
  test.each(RANGES.map(({ name, ms }) => [name, ms] as const))(
    'never shows more than 1,200 points for %s, however many there were',
    (_name, ms) => {
      const history = new History(['x']);
      for (let i = 0; i < 20_000; i += 1) history.add(START + i * 5_000, { x: i % 7 });
      const [times] = history.columns(['x'], ms);
      expect(times.length).toBeGreaterThan(ms / 5_000 > 600 ? 600 : 50);
      expect(times.length).toBeLessThanOrEqual(1_202);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    },
  );

  test('keeps the highest and the lowest value of a day, wherever they were', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2, maxLength: 2_000 }), (values) => {
        const history = new History(['x']);
        for (const [i, x] of values.entries()) history.add(START + i * 8_000, { x });
        const known = history.columns(['x'], DAY)[1]!.filter((value) => value !== null);
        expect([Math.min(...known), Math.max(...known)]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });

  test('a spike of one step comes after what it rose from and before what it fell to', () => {
    const history = new History(['x']);
    for (let i = 0; i < 40; i += 1) history.add(START + i * 8_000, { x: i === 20 ? 100 : 1 });
    const values = history.columns(['x'], DAY)[1]!;
    const spike = values.indexOf(100);
    expect(values.filter((value) => value === 100)).toHaveLength(1);
    expect([values[spike - 1], values[spike + 1]]).toEqual([1, 1]);
  });

  test('breaks the line where nobody looked for a while', () => {
    const history = new History(['x']);
    for (let i = 0; i < 10; i += 1) history.add(START + i * 1_000, { x: 1 });
    history.add(START + 100_000, { x: 1 });
    expect(history.columns(['x'], RANGES[0]!.ms)[1]).toContain(null);
  });

  test('spans what is known, a minute at least and the range at most', () => {
    const history = new History(['x']);
    history.add(START, { x: 1 });
    history.add(START + 1_000, { x: 1 });
    expect(history.span(DAY)).toEqual({ from: START - 59_000, to: START + 1_000 });
    history.add(START + 100_000, { x: 1 });
    expect(history.span(DAY)).toEqual({ from: START, to: START + 100_000 });
    expect(history.span(60_000)).toEqual({ from: START + 40_000, to: START + 100_000 });
  });
});

describe('samples', () => {
  const look = (s: number, completed: number, more: object = {}): object => ({
    values: [0, 3, 0, completed, 4, 1.5, 2, 5, 0.5],
    info: { at: START + s * 1_000, inFlight: 2, ready: 4 },
    ...more,
  });

  test('completions are a rate, and what was missed a difference of totals', () => {
    const sampler = new Sampler();
    sampler.sample(look(0, 10, { totals: { collected: 100, met: 90, dead: 1 } }));
    const { values } = sampler.sample(look(2, 20, { totals: { collected: 110, met: 97, dead: 1 } }))!;
    expect(values).toMatchObject({ completions: 5, missed: 3, qos: 50, waiting: 3, granted: 4, ready: 4 });
  });

  test('without totals what was missed is estimated: ten completed, half of them late', () => {
    const sampler = new Sampler();
    sampler.sample(look(0, 10));
    expect(sampler.sample(look(2, 20))!.values['missed']).toBe(5);
  });

  test('a look that is not newer is none', () => {
    const sampler = new Sampler();
    sampler.sample(look(2, 10));
    expect([sampler.sample(look(2, 11)), sampler.sample(look(1, 9)), sampler.sample({ values: null })]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe('what happened', () => {
  const well = { state: 'running', leads: true, problems: {}, workers: { granted: 3, desired: 3, limit: null } };
  const answers = { state: 'live', because: null };

  test.each([
    ['all is well', well, null, []],
    [
      'Redis away',
      { ...well, problems: { queue: { since: 1, because: 'no answer within 5000 ms' } } },
      null,
      ['Queue (Redis): no answer'],
    ],
    [
      'a platform that grants 5',
      { ...well, workers: { granted: 5, desired: 5, limit: 5 } },
      null,
      ['grants no more than 5'],
    ],
    ['no lease', { ...well, leads: false }, null, ['only watches']],
    ['paused', { ...well, state: 'paused' }, null, ['Paused']],
    [
      'a policy that failed',
      well,
      { live: { name: 'dqn' }, safe: 'steady', fallback: { active: true, because: 'it answered NaN', since: 1 } },
      ['steady decides instead of dqn: it answered NaN'],
    ],
  ] as const)('%s', (_case, status, policy, texts) => {
    const told = [...happenings({ status, policy, connection: answers }).values()].map(({ text }) => text);
    expect(told).toEqual(texts.map((text) => expect.stringContaining(text) as string));
  });

  test('tells what began and what is over', () => {
    const before = happenings({ status: { ...well, leads: false }, policy: null, connection: answers });
    const after = happenings({ status: { ...well, state: 'paused' }, policy: null, connection: answers });
    expect(changes(before, after, START).map(({ level, text }) => [level, text.slice(0, 6)])).toEqual([
      ['over', 'This a'],
      ['notice', 'Paused'],
    ]);
  });
});

test('a long curve is drawn as means of neighbours', () => {
  const points = Array.from({ length: 1_000 }, (_, i) => ({ episode: i + 1, qos: i % 2 }));
  const [episodes, values] = smoothed(points, 'qos', 100);
  expect([episodes.length, episodes.at(-1), new Set(values)]).toEqual([100, 1_000, new Set([0.5])]);
});
