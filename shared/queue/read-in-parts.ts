/** Values of a call, and the next call's: much less than a function may have in memory, and enough to keep it busy. */
const MOST_BYTES = 8 * 2 ** 20;
const FIRST = 8;
const GROWTH = 8;

/** Part of a list as it stands in Redis. */
export interface Part<Item> {
  /** In order; may be fewer than were asked for. */
  readonly items: readonly Item[];
  /** What it took to read them. */
  readonly bytes: number;
  readonly atEnd: boolean;
}

/**
 * Reads up to `limit` items from the head of a list, and no more once they are some 8 MiB, at least one: how large an item is, only
 * Redis knows. A part is as long as the items before it let expect, and at most 8 times as long as all of them, so short items
 * take three round trips for the first 500.
 */
export async function readInParts<Item>(
  limit: number,
  read: (from: number, count: number) => Promise<Part<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let bytes = 0;
  let next = FIRST;
  for (let from = 0; from < limit && bytes < MOST_BYTES;) {
    const count = Math.min(next, limit - from);
    const part = await read(from, count);
    items.push(...part.items);
    if (part.atEnd) break;
    from += count;
    bytes += part.bytes;
    const fitting = Math.floor(((MOST_BYTES - bytes) * from) / Math.max(1, bytes));
    next = Math.max(1, Math.min(GROWTH * from, fitting));
  }
  return items;
}
