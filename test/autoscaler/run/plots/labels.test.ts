import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spreadApart } from '#autoscaler/run/plots/end-labels.ts';
import { placeLabels } from '#autoscaler/run/plots/place-labels.ts';

describe('labels at the ends of lines', () => {
  const free = { gap: 2, low: -100, high: 100 };

  test.each([
    ['moved apart as little as can be', [2, 2, 7], free, [1, 3, 7]],
    ['in their order', [7, 2.5, 2], free, [7, 3.25, 1.25]],
    ['left alone where there is room', [0, 5, 10], free, [0, 5, 10]],
    ['kept within the panel', [9.5, 10], { gap: 2, low: 0, high: 10 }, [8, 10]],
    ['none', [], free, []],
  ])('are %s', (_, values, panel, places) => {
    expect(spreadApart(values, panel)).toEqual(places);
  });

  test('are at least a gap apart and within the panel, whatever the values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 20 }), (values) => {
        const places = spreadApart(values, { gap: 5, low: 0, high: 100 });
        const sorted = [...places].sort((a, b) => a - b);
        sorted.slice(1).forEach((place, i) => expect(place - sorted[i]!).toBeGreaterThan(5 - 1e-9));
        for (const place of places) expect(Math.abs(place - 50)).toBeLessThan(50 + 1e-9);
      }),
    );
  });
});

describe('labels beside points', () => {
  const plot = { width: 200, height: 100, avoid: [] };

  test('do not cover each other', () => {
    const labels = ['one', 'two', 'six'].map((text) => ({ text, x: 100, y: 50 }));
    const places = placeLabels(labels, plot);
    for (const [i, a] of places.entries()) {
      for (const b of places.slice(i + 1)) expect(Math.abs(a.x - b.x) > 19 || Math.abs(a.y - b.y) > 13).toBe(true);
    }
  });

  test('stay inside the plot and off what is to be avoided', () => {
    const wall = { left: 0, right: 195, top: 45, bottom: 100 };
    const [place] = placeLabels([{ text: 'label', x: 198, y: 50 }], { ...plot, avoid: [wall] });
    expect(place!.x + 33).toBeLessThanOrEqual(200);
    expect(place!.y).toBeLessThan(45);
  });

  test('are led to by a line when they are far away', () => {
    const crowd = { left: 70, right: 130, top: 30, bottom: 70 };
    const [near, far] = [[], [crowd]].map(
      (avoid) => placeLabels([{ text: 'x', x: 100, y: 50 }], { ...plot, avoid })[0]!,
    );
    expect([near!.led, far!.led]).toEqual([false, true]);
  });
});
