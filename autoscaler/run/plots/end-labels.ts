/** A label for the right end of a line, in the panel's units. */
export interface EndLabel {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly colour: string;
}

/** Height of a line of label text, px. */
const LINE_PX = 13;

/** A layer that names lines at their right ends, instead of a legend; names do not overlap. */
export function endLabels(labels: readonly EndLabel[], panel: { domain: readonly [number, number]; heightPx: number }) {
  const [low, high] = panel.domain;
  const gap = (LINE_PX * (high - low)) / panel.heightPx;
  const places = spreadApart(
    labels.map(({ y }) => y),
    { gap, low, high },
  );
  const x = Math.max(...labels.map((label) => label.x));
  return {
    data: { values: labels.map(({ text, colour }, i) => ({ x, y: places[i] ?? 0, text, colour })) },
    mark: { type: 'text', align: 'left', baseline: 'middle', dx: 7, fontSize: 11 },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'y', type: 'quantitative' },
      text: { field: 'text', type: 'nominal' },
      color: { field: 'colour', type: 'nominal', scale: null, legend: null },
    },
  } as const;
}

/** Neighbours that keep exactly `gap` between them. */
interface Pool {
  readonly mean: number;
  readonly count: number;
}

/**
 * The values moved at least `gap` apart and between `low` and `high`, in their order and as little as can be: isotonic least
 * squares of value − rank · gap, by pooling neighbours that are out of order. 2, 2 and 7 with gap 2 become 1, 3 and 7
 * (test/autoscaler/run/plots/labels.test.ts).
 * Source: Barlow et al., "Statistical Inference under Order Restrictions" (1972), pool adjacent violators.
 */
export function spreadApart(
  values: readonly number[],
  { gap, low, high }: { gap: number; low: number; high: number },
): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const pools: Pool[] = [];
  for (const [rank, index] of order.entries()) {
    let pool: Pool = { mean: (values[index] ?? 0) - rank * gap, count: 1 };
    let last: Pool | undefined = pools.at(-1);
    while (last !== undefined && last.mean > pool.mean) {
      const count = last.count + pool.count;
      pool = { mean: (last.mean * last.count + pool.mean * pool.count) / count, count };
      pools.pop();
      last = pools.at(-1);
    }
    pools.push(pool);
  }
  // Cutting value − rank · gap off keeps the distances: all of them are within the bounds where they fit at all.
  const most = Math.max(low, high - (values.length - 1) * gap);
  const placed = pools.flatMap(({ mean, count }) =>
    Array.from({ length: count }, () => Math.min(most, Math.max(low, mean))),
  );
  const result: number[] = [];
  for (const [rank, index] of order.entries()) result[index] = (placed[rank] ?? 0) + rank * gap;
  return result;
}
