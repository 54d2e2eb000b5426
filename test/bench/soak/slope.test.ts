import { describe, expect, it } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { fitSlope, type Reading } from '../../../bench/soak/slope.ts';

/** Readings every 5 s for so long, from a value that depends on the age. */
function readings(
  process: string,
  options: { fromS: number; forS: number; value: (ageS: number) => number },
): Reading[] {
  const { fromS, forS, value } = options;
  return Array.from({ length: forS / 5 }, (_, i) => ({
    process,
    ageS: fromS + 5 * i,
    value: value(fromS + 5 * i),
  }));
}

describe('fitSlope', () => {
  it('finds the growth that there is, in one process or in several of different size', () => {
    const growing = readings('a', { fromS: 0, forS: 600, value: (ageS) => 10 + ageS / 60 });
    const larger = readings('b', { fromS: 0, forS: 600, value: (ageS) => 50 + ageS / 60 });
    for (const some of [growing, [...growing, ...larger]]) {
      const slope = fitSlope(some, 60);
      expect(slope?.perHour).toBeCloseTo(60, 6);
      expect(slope?.low).toBeCloseTo(60, 6);
      expect(slope?.high).toBeCloseTo(60, 6);
    }
    expect(fitSlope(growing, 60)?.blocks).toBe(10);
  });

  it('does not take larger processes that are older for growth', () => {
    const young = readings('young', { fromS: 0, forS: 300, value: () => 40 });
    const old = readings('old', { fromS: 3_000, forS: 300, value: () => 80 });
    expect(fitSlope([...young, ...old], 30)?.perHour).toBeCloseTo(0, 6);
  });

  it('has the true slope in its interval about 95 times of 100', () => {
    const rng = new Sfc32(11);
    let within = 0;
    for (let trial = 0; trial < 400; trial += 1) {
      const noisy = readings('a', { fromS: 0, forS: 1_200, value: (ageS) => 10 + ageS / 360 + rng.float() - 0.5 });
      const slope = fitSlope(noisy, 60);
      if (slope !== null && slope.low <= 10 && 10 <= slope.high) within += 1;
    }
    expect(within).toBeGreaterThan(400 * 0.91);
    expect(within).toBeLessThan(400 * 0.99);
  });

  it('says nothing where there is too little to say anything', () => {
    expect(fitSlope([], 60)).toBeNull();
    expect(fitSlope(readings('a', { fromS: 0, forS: 300, value: () => 1 }), 60)).toBeNull();
    const shortLived = Array.from({ length: 50 }, (_, i) => readings(`w${i}`, { fromS: 60, forS: 10, value: () => i }));
    expect(fitSlope(shortLived.flat(), 60)).toBeNull();
  });
});
