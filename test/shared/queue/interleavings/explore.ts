import { tellMove, type Move } from './move.ts';
import type { OpenQueue, Scope } from './scope.ts';
import { World } from './world.ts';

export interface Exploration {
  /** States that differ in something that can ever matter. */
  readonly states: number;
  /** Moves that were tried. */
  readonly moves: number;
  /** Moves of the longest history. */
  readonly longest: number;
  /** Histories that end where nothing new can come: every one of them, by its moves. */
  readonly histories: readonly (readonly Move[])[];
}

/**
 * Plays every history within a scope: from each state every move that is possible, depth first. A state is reached by playing
 * its history anew, since a queue cannot be copied; two histories whose states have the same fingerprint and settle in the same
 * way are gone on with once. Throws the first broken promise, with the history that led to it.
 */
export async function explore(scope: Scope, open: OpenQueue): Promise<Exploration> {
  const seen = new Set<string>();
  const histories: (readonly Move[])[] = [];
  let moves = 0;
  let longest = 0;
  const visit = async (history: readonly Move[]): Promise<boolean> => {
    const { state, next } = await arrive(scope, open, history);
    if (seen.has(state)) return false;
    seen.add(state);
    longest = Math.max(longest, history.length);
    let wentOn = false;
    for (const move of next) {
      moves += 1;
      if (await visit([...history, move])) wentOn = true;
    }
    if (!wentOn) histories.push(history);
    return true;
  };
  await visit([]);
  return { states: seen.size, moves, longest, histories };
}

async function arrive(
  scope: Scope,
  open: OpenQueue,
  history: readonly Move[],
): Promise<{ state: string; next: readonly Move[] }> {
  try {
    const world = await World.begin(scope, open);
    for (const move of history) await world.make(move);
    const next = world.moves();
    const fingerprint = await world.fingerprint();
    return { state: `${fingerprint} ${await world.settle()}`, next };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${why} — after: ${history.map(tellMove).join(', ')}`, { cause });
  }
}
