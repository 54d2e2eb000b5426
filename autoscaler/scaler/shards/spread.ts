/**
 * How replicas are spread over shards. `counts` has one number for each shard that there may be, the first shard's first; 0: it
 * is not there. The first one always is, with at least 1.
 */
export type Counts = readonly number[];

export const total = (counts: Counts): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * Grows to `wanted` replicas as far as there is room, up to `most` of each shard: those that are there are filled, the last one
 * first, before another one begins. So there are never more shards than replicas need, when nothing else has changed them.
 *
 * Example, 5 a shard: 5 2 0 to 9 → 5 4 0; to 12 → 5 5 2 (test/autoscaler/scaler/shards/spread.test.ts).
 */
export function grow(counts: Counts, wanted: number, most: Counts): number[] {
  const grown = [...counts];
  const there = counts.flatMap((count, shard) => (count > 0 || shard === 0 ? [shard] : []));
  const absent = counts.flatMap((count, shard) => (count > 0 || shard === 0 ? [] : [shard]));
  let missing = wanted - total(counts);
  for (const shard of [...there.reverse(), ...absent]) {
    const now = counts[shard] ?? 0;
    const added = Math.max(0, Math.min(missing, (most[shard] ?? 0) - now));
    grown[shard] = now + added;
    missing -= added;
  }
  return grown;
}

/**
 * Shrinks to `wanted` replicas at the fewest, the last shard first. A shard loses no more than it has `spare`: workers that are
 * drained. The first shard keeps 1.
 *
 * Example: 5 5 2 to 9 with 0 1 2 spare → 5 4 0; with 0 3 0 spare, because the last two work on → 5 2 2.
 */
export function shrink(counts: Counts, wanted: number, spare: Counts): number[] {
  const shrunk = [...counts];
  let surplus = total(counts) - wanted;
  for (let shard = counts.length - 1; shard >= 0; shard -= 1) {
    const kept = shard === 0 ? 1 : 0;
    const now = counts[shard] ?? 0;
    const removed = Math.max(0, Math.min(surplus, spare[shard] ?? 0, now - kept));
    shrunk[shard] = now - removed;
    surplus -= removed;
  }
  return shrunk;
}
