import type { Rng } from '#shared/rng.ts';

export interface Annealing {
  /** What is minimised, for changes of workers by step: each −1, 0 or +1. */
  readonly cost: (deltas: Int8Array) => number;
  readonly steps: number;
  /** Evaluations of the cost. */
  readonly iterations: number;
  /** Temperatures at the beginning and at the end, in the unit of the cost; in between they fall geometrically. */
  readonly from: number;
  readonly to: number;
  readonly rng: Rng;
}

/**
 * Looks for a cheap schedule by simulated annealing and returns the best that it met. A move shifts a stretch of the
 * schedule by one worker: it changes one step by ±1 and, mostly, a later one by ∓1.
 * Source: Kirkpatrick, Gelatt & Vecchi, "Optimization by simulated annealing", Science 220 (1983).
 */
export function anneal({ cost, steps, iterations, from, to, rng }: Annealing): { deltas: Int8Array; cost: number } {
  const deltas = new Int8Array(steps);
  let current = cost(deltas);
  let best = { deltas: deltas.slice(), cost: current };
  for (let i = 0; i < iterations; i += 1) {
    const temperature = from * (to / from) ** (i / iterations);
    const before = deltas.slice();
    if (!move(deltas, rng)) continue;
    const next = cost(deltas);
    if (next <= current || rng.float() < Math.exp((current - next) / temperature)) {
      current = next;
      if (next < best.cost) best = { deltas: deltas.slice(), cost: next };
    } else {
      deltas.set(before);
    }
  }
  return best;
}

/** Chance that a stretch reaches to the end: then only its beginning changes. */
const TO_THE_END = 0.2;

/** @returns whether the move stays within one worker a step; if not, nothing has changed. */
function move(deltas: Int8Array, rng: Rng): boolean {
  const sign = rng.float() < 0.5 ? 1 : -1;
  const begin = rng.int(deltas.length);
  const end = rng.float() < TO_THE_END ? deltas.length : rng.int(deltas.length);
  if (begin === end) return false;
  const raised = (deltas[begin] ?? 0) + sign;
  const lowered = (deltas[end] ?? 0) - sign;
  if (Math.abs(raised) > 1 || Math.abs(lowered) > 1) return false;
  deltas[begin] = raised;
  if (end < deltas.length) deltas[end] = lowered;
  return true;
}
