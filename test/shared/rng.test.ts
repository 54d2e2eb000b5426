import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entropySeed, Sfc32 } from '#shared/rng.ts';
import { chiSquareZ, correlation } from './statistics.ts';

const take = (rng: Sfc32, count: number): number[] => Array.from({ length: count }, () => rng.float());

describe('the same seed', () => {
  test('gives these numbers on every machine', () => {
    expect(take(new Sfc32(42), 4)).toEqual([
      0.2188063463384684, 0.8470665978240327, 0.9357478780124886, 0.599979663187454,
    ]);
    expect(take(new Sfc32(42).fork('arrivals'), 2)).toEqual([0.47968281218444975, 0.7371050273904826]);
  });

  test('may be written as a number or as its decimal text', () => {
    expect(take(new Sfc32('42'), 10)).toEqual(take(new Sfc32(42), 10));
  });

  test('gives the same stream twice, and another seed another one', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (one, other) => {
        expect(take(new Sfc32(one), 5)).toEqual(take(new Sfc32(one), 5));
        if (one !== other) expect(take(new Sfc32(one), 5)).not.toEqual(take(new Sfc32(other), 5));
      }),
    );
  });
});

describe('forks', () => {
  test('depend on the seed and the label, never on what was drawn before', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.nat(50), (seed, label, drawn) => {
        const used = new Sfc32(seed);
        take(used, drawn);
        expect(take(used.fork(label), 5)).toEqual(take(new Sfc32(seed).fork(label), 5));
      }),
    );
  });

  test('leave their parent where it was', () => {
    const forked = new Sfc32(7);
    take(forked.fork('a'), 100);
    expect(take(forked, 5)).toEqual(take(new Sfc32(7), 5));
  });

  test('of different labels, and their parent, are uncorrelated', () => {
    const root = new Sfc32(1);
    const streams = [root, root.fork('a'), root.fork('b'), root.fork('a').fork('b')].map((rng) => take(rng, 20_000));
    for (const [i, one] of streams.entries()) {
      for (const other of streams.slice(i + 1)) expect(Math.abs(correlation(one, other))).toBeLessThan(0.03);
    }
  });
});

describe('numbers', () => {
  test('are uniform in [0, 1)', () => {
    const bins = Array.from({ length: 100 }, () => 0);
    const values = take(new Sfc32('uniform'), 100_000);
    expect(values.filter((value) => value < 0 || value >= 1)).toEqual([]);
    for (const value of values) bins[Math.floor(value * 100)]! += 1;
    expect(Math.abs(chiSquareZ(bins))).toBeLessThan(4.5);
  });

  test('have 53 random bits: the lowest is set half of the time', () => {
    const lowest = take(new Sfc32('bits'), 20_000).filter((value) => (value * 2 ** 53) % 2 === 1).length;
    expect(Math.abs(lowest - 10_000)).toBeLessThan(4.5 * Math.sqrt(5_000));
  });

  test('of neighbouring seeds are as far apart as any', () => {
    const first = Array.from({ length: 20_000 }, (_, seed) => new Sfc32(seed).float());
    const bins = Array.from({ length: 100 }, () => 0);
    for (const value of first) bins[Math.floor(value * 100)]! += 1;
    expect(Math.abs(chiSquareZ(bins))).toBeLessThan(4.5);
    expect(Math.abs(correlation(first.slice(1), first.slice(0, -1)))).toBeLessThan(0.03);
  });

  test('one after the other are uncorrelated', () => {
    const values = take(new Sfc32('serial'), 20_000);
    expect(Math.abs(correlation(values.slice(1), values.slice(0, -1)))).toBeLessThan(0.03);
  });

  test('int(n) takes every value from 0 to n - 1 equally often', () => {
    const rng = new Sfc32('int');
    const counts = Array.from({ length: 7 }, () => 0);
    for (let i = 0; i < 70_000; i += 1) counts[rng.int(7)]! += 1;
    expect(Math.abs(chiSquareZ(counts))).toBeLessThan(4.5);
  });
});

test('a seed that nobody chose is another one each time', () => {
  expect(new Set(Array.from({ length: 100 }, entropySeed)).size).toBe(100);
});
