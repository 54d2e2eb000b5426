import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { erlangB, erlangC, meanWaitS, serversForDelay } from '#autoscaler/policy/erlang.ts';

describe('Erlang B', () => {
  test.each([
    [1, 1, 1 / 2],
    [2, 1, 1 / 5],
    [5, 3, 0.110_054_3],
    [10, 10, 0.214_582_3],
    [10, 8, 0.121_661],
    [20, 12, 0.009_795_6],
    [0, 3, 1],
    [3, 0, 0],
  ])('%d servers, %d erl', (servers, load, blocked) => {
    expect(erlangB(servers, load)).toBeCloseTo(blocked, 6);
  });

  test('is the truncated Poisson distribution', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.double({ min: 0.01, max: 30, noNaN: true }), (servers, load) => {
        let term = 1;
        let sum = 1;
        for (let n = 1; n <= servers; n += 1) {
          term *= load / n;
          sum += term;
        }
        expect(erlangB(servers, load)).toBeCloseTo(term / sum, 12);
      }),
    );
  });

  test('does not overflow: 5,000 servers at 5,000 erl block about √(2 / 5,000π)', () => {
    expect(erlangB(5_000, 5_000)).toBeCloseTo(Math.sqrt(2 / (5_000 * Math.PI)), 3);
  });
});

describe('Erlang C', () => {
  test.each([
    // M/M/1: the load itself.
    [1, 0.5, 1 / 2],
    // M/M/2: 2ρ²/(1 + ρ) with ρ = 1/2.
    [2, 1, 1 / 3],
    [10, 8, 0.409_18],
    [12, 9, 0.266_03],
    [13, 9, 0.157_5],
    [3, 0, 0],
    [3, 3, 1],
    [3, 40, 1],
  ])('%d servers, %d erl', (servers, load, waits) => {
    expect(erlangC(servers, load)).toBeCloseTo(waits, 4);
  });
});

describe('the mean wait', () => {
  test.each([
    // M/M/1: ρ·S/(1 − ρ).
    [1, 0.5, 2],
    // M/M/2: C·S/(n − a) = (1/3)·2/1.
    [2, 1, 2 / 3],
    [4, 0, 0],
    [4, 4, Infinity],
  ])('%d servers, %d erl, 2 s each', (servers, load, waitS) => {
    expect(meanWaitS(servers, load, 2)).toBeCloseTo(waitS, 10);
  });
});

describe('servers for a delay', () => {
  test.each([
    [9, 0.2, 13],
    [9, 0.3, 12],
    [0, 0.2, 1],
    [0.1, 0.2, 1],
  ])('%d erl of which at most %d wait', (load, share, servers) => {
    expect(serversForDelay(load, share)).toBe(servers);
  });

  test('are the fewest', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (load, share) => {
          const servers = serversForDelay(load, share);
          expect(erlangC(servers, load)).toBeLessThanOrEqual(share);
          if (servers > 1) expect(erlangC(servers - 1, load)).toBeGreaterThan(share);
        },
      ),
    );
  });
});
