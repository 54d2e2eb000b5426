import { describe, expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { erlangC } from '#autoscaler/policy/erlang.ts';
import type { Policy } from '#autoscaler/policy/policy.ts';
import { squareRootStaffing } from '#autoscaler/policy/staffing.ts';
import { look, options, wanted } from './looks.ts';

type Numbers = NonNullable<Parameters<typeof look>[1]>;

/** What a policy wants after looks 8 s apart at those rates; `numbers` hold for all of them. */
function after(policy: Policy, rates: readonly number[], numbers: Numbers = {}): number {
  let asked = 0;
  for (const [step, rate] of rates.entries()) asked = wanted(policy, look(step * 8, { rate, workers: 12, ...numbers }));
  return asked;
}

describe.each(['square-root', 'erlang-c', 'offered-load', 'trend'])('%s', (name) => {
  test('holds at the first look: its rate counts from nothing', () => {
    expect(findPolicy(name, options).decide(look(0, { rate: 0, workers: 12 }))).toEqual({
      kind: 'hold',
      because: 'no rate of arrivals or no service time was seen yet',
    });
  });

  test('holds until a service time is known, and has the rates by then', () => {
    const policy = findPolicy(name, options);
    for (const atS of [0, 8, 16]) {
      expect(wanted(policy, look(atS, { rate: 6, workers: 12, serviceS: null, fresh: false }))).toBe(12);
    }
    expect(wanted(policy, look(24, { rate: 6, workers: 4 }))).toBeGreaterThanOrEqual(12);
  });

  test('an older service time that is shown again does not count again', () => {
    const policy = findPolicy(name, options);
    after(policy, [0, 6, 6]);
    // 0.2 · 4 + 0.8 · 1.5 = 2 s for the one fresh window; had the others counted, nearly 4 s.
    wanted(policy, look(24, { rate: 6, workers: 12, serviceS: 4 }));
    const once = wanted(policy, look(32, { rate: 6, workers: 1, serviceS: 4, fresh: false }));
    for (let atS = 40; atS <= 120; atS += 8) {
      expect(wanted(policy, look(atS, { rate: 6, workers: 1, serviceS: 4, fresh: false }))).toBe(once);
    }
  });

  test('goes down to the fewest when nothing comes', () => {
    expect(after(findPolicy(name, { ...options, minWorkers: 3 }), [0, 0, 0, 0])).toBe(3);
  });

  test('says so when it needs more than is allowed', () => {
    const policy = findPolicy(name, options);
    after(policy, [0, 50]);
    expect(policy.decide(look(16, { rate: 50, workers: 12 }))).toMatchObject({
      kind: 'scale',
      replicas: 32,
      because: expect.stringMatching(/workers; kept from 1 to 32$/) as string,
    });
  });
});

describe('square-root', () => {
  test('the worked example: 9 erl and 3 to spare', () => {
    const policy = findPolicy('square-root', options);
    after(policy, [0, 6]);
    expect(policy.decide(look(16, { rate: 6, workers: 10 }))).toEqual({
      kind: 'scale',
      replicas: 12,
      because: '6.00 tasks/s expected at 1.50 s each are 9.00 erl; with 1·√R to spare: 12 workers',
    });
  });

  test.each([
    ['β 0: the load alone', 'square-root-0', 9],
    ['β 2', 'square-root-2', 15],
    ['β 1.1: 12.3, rounded up', 'square-root-1.1', 13],
  ])('%s', (_case, name, workers) => {
    expect(after(findPolicy(name, options), [0, 6, 6, 6])).toBe(workers);
  });

  test.each([
    // The next value by each forecaster after 2, 6: at 1.5 s each, β 0, rounded up.
    ['the last value: 6', 'square-root-0-last', 9],
    ['their mean: 4', 'square-root-0-average', 6],
    // level 4, trend 0.4: 4 + 1.44 · 0.4 = 4.576.
    ['Holt: 4.576', 'square-root-0-holt', 7],
    ['Holt is what it takes when the name says nothing', 'square-root-0', 7],
    ['the line: 6 + 2 · 4', 'square-root-0-trend', 21],
  ])('%s', (_case, name, workers) => {
    expect(after(findPolicy(name, options), [0, 2, 6])).toBe(workers);
  });

  test('goes by service time, not by sojourn', () => {
    expect(after(findPolicy('square-root', options), [0, 6, 6], { avgTime: 30, maxTime: 60 })).toBe(12);
  });

  test('β 1 lets about 22 % wait, as Erlang C has it', () => {
    for (const load of [100, 400, 900]) {
      const servers = Math.ceil(squareRootStaffing(load, 1));
      expect(erlangC(servers, load)).toBeCloseTo(0.22, 1);
    }
  });
});

describe('erlang-c', () => {
  test.each([
    ['the worked example: 12 workers would let 26.6 % wait', 'erlang-c', 13],
    ['at most 30 %', 'erlang-c-0.3', 12],
    ['at most 1 %', 'erlang-c-0.01', 18],
  ])('%s', (_case, name, workers) => {
    expect(after(findPolicy(name, options), [0, 6, 6])).toBe(workers);
  });

  test('asks for the most when even they could not carry the load, without a search for what could', () => {
    expect(after(findPolicy('erlang-c-0.999', options), [0, 400, 400])).toBe(32);
    expect(after(findPolicy('erlang-c', options), [0, 1e12, 1e12])).toBe(32);
  });
});

describe('offered-load', () => {
  test('the worked example: the load drifts from 3 to 9 erl within a step and a half', () => {
    const policy = findPolicy('offered-load-1-last', options);
    expect(after(policy, [0, 2])).toBe(5);
    expect(policy.decide(look(16, { rate: 6, workers: 12 })).because).toBe(
      '6.00 tasks/s now and 6.00 expected at 1.50 s each offer 9.00 erl; with 1·√m to spare: 12 workers',
    );
  });

  test('lags behind a rate that falls, where square-root does not', () => {
    // S = 16 s: m = 64 at 4 tasks/s; with none it is 64·e^(−½) = 38.8 a step later, 23.5 at the start of the second step
    // ahead: 23.5 + √23.5 = 28.4.
    const wide = { ...options, maxWorkers: 100 };
    expect(after(findPolicy('offered-load-1-last', wide), [0, 4, 0], { serviceS: 16 })).toBe(29);
    expect(after(findPolicy('square-root-1-last', wide), [0, 4, 0], { serviceS: 16 })).toBe(1);
  });

  test('is square-root where service times are short beside a step', () => {
    const short = { serviceS: 0.05 };
    expect(after(findPolicy('offered-load-2-last', options), [0, 90, 40, 70, 200], short)).toBe(
      after(findPolicy('square-root-2-last', options), [0, 90, 40, 70, 200], short),
    );
  });

  test('service times of 0 need the fewest', () => {
    expect(after(findPolicy('offered-load', options), [0, 4, 4], { serviceS: 0 })).toBe(1);
  });
});

describe('trend', () => {
  test('the worked example: 9 erl drawn on, 3 to spare, 3 for the backlog', () => {
    const policy = findPolicy('trend-1-3', options);
    after(policy, [0, 2, 3]);
    expect(policy.decide(look(24, { rate: 4, waiting: 16, workers: 10 }))).toEqual({
      kind: 'scale',
      replicas: 15,
      because:
        '6.00 tasks/s drawn on at 1.50 s each are 9.00 erl; with 1·√R to spare, and 3.00 for 16 waiting: 15 workers',
    });
  });

  test('a line that falls below nothing counts as nothing', () => {
    expect(after(findPolicy('trend-1-3', options), [0, 6, 3, 0.5])).toBe(1);
  });

  test('a horizon of its own works the backlog off in that time', () => {
    // 16 · 1.5/2 = 12.
    expect(after(findPolicy('trend-1-3', { ...options, horizonS: 2 }), [0, 6, 6, 6], { waiting: 16 })).toBe(24);
  });

  test('takes the number of steps from its name', () => {
    // Through 6, 6: flat. Through 0, 6, 6: mean 4, slope 3: 4 + 3 · 3 = 13 tasks/s. At 1.5 s each.
    expect(after(findPolicy('trend-0-2', options), [0, 0, 6, 6])).toBe(9);
    expect(after(findPolicy('trend-0-3', options), [0, 0, 6, 6])).toBe(20);
  });
});

describe('steady', () => {
  const found = { workers: 4 };

  test('the worked example: 9 erl, 6 to spare, and 3 for 16 that wait', () => {
    expect(after(findPolicy('steady-2', options), [0, 2, 6], found)).toBe(15);
    expect(after(findPolicy('steady-2', options), [0, 2, 6], { ...found, waiting: 16 })).toBe(18);
  });

  test('keeps what the highest load needed for as long as it remembers it', () => {
    const quiet = (steps: number): number[] => new Array<number>(steps).fill(1);
    expect(after(findPolicy('steady', options), [0, 6, ...quiet(37)], found)).toBe(15);
    // 1.5 erl: 1.5 + 2.45.
    expect(after(findPolicy('steady', options), [0, 6, ...quiet(38)], found)).toBe(4);
    expect(after(findPolicy('steady-2-40s', options), [0, 6, ...quiet(4)], found)).toBe(15);
    expect(after(findPolicy('steady-2-40s', options), [0, 6, ...quiet(5)], found)).toBe(4);
  });

  test('does not go below the pool that it found until it has watched it for so long', () => {
    expect(after(findPolicy('steady-2-40s', options), [0, 1, 1, 1, 1])).toBe(12);
    expect(after(findPolicy('steady-2-40s', options), [0, 1, 1, 1, 1, 1])).toBe(4);
  });

  test('asks for the same whatever became of the workers meanwhile', () => {
    const rates = [0, 2, 6, 6, 1, 1];
    const policy = findPolicy('steady', options);
    const asked = rates.map((rate, step) =>
      wanted(policy, look(step * 8, { rate, workers: step === 0 ? 12 : 3 + step })),
    );
    expect(asked.at(-1)).toBe(after(findPolicy('steady', options), rates));
  });
});
