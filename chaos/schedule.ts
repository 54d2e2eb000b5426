import type { Rng } from '#shared/rng.ts';

/** One injection to come. */
export interface Planned<Item> {
  readonly item: Item;
  /** From the start of the load, ms. */
  readonly atMs: number;
}

/**
 * `count` injections at moments drawn uniformly over `durationMs`, so that some come in heaps and overlap. Kinds are dealt from
 * shuffled decks of all of them: each comes as often as any other, give or take one. The same rng state gives the same schedule.
 */
export function planFaults<Item>(
  items: readonly Item[],
  options: { count: number; durationMs: number; rng: Rng },
): Planned<Item>[] {
  const { count, durationMs, rng } = options;
  const times = Array.from({ length: count }, () => rng.float() * durationMs).sort((a, b) => a - b);
  let deck: Item[] = [];
  return times.flatMap((atMs) => {
    if (deck.length === 0) deck = shuffled(items, rng);
    const item = deck.pop();
    return item === undefined ? [] : [{ item, atMs }];
  });
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], rng: Rng): Item[] {
  const deck = [...items];
  for (let i = deck.length - 1; i > 0; i -= 1) {
    const j = rng.int(i + 1);
    const [a, b] = [deck[i], deck[j]];
    if (a !== undefined && b !== undefined) [deck[i], deck[j]] = [b, a];
  }
  return deck;
}
