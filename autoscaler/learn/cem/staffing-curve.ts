/**
 * The height at x of straight lines from knot to knot; before the first knot and behind the last one it goes on level.
 * Knots 0, 10, 30 with heights 4, 8, 6: at 5 it is 6, at 15 it is 7.5, at 99 it is 6. `heights` may be longer than `knots`.
 */
export function heightAt(x: number, knots: readonly number[], heights: ArrayLike<number>): number {
  const last = knots.length - 1;
  let right = 0;
  while (right <= last && (knots[right] ?? x) <= x) right += 1;
  if (right === 0) return heights[0] ?? 0;
  if (right > last) return heights[last] ?? 0;
  const from = knots[right - 1] ?? 0;
  const to = knots[right] ?? 0;
  const low = heights[right - 1] ?? 0;
  const high = heights[right] ?? 0;
  return low + ((high - low) * (x - from)) / (to - from);
}
