import { Sfc32, type Rng } from '../rng.ts';
import type { Workload } from './workload.ts';

/** Positions in `workload.arrivals`, in the order in which a run with this seed takes them. */
export function phaseOrder(workload: Workload, seed: number): readonly number[] {
  const order = workload.arrivals.map((_, position) => position);
  if (!workload.phaseShuffle) return order;
  const orderSeed = workload.phaseShuffleSeed === null ? seed : `${workload.phaseShuffleSeed}+${seed}`;
  return shuffle(new Sfc32(orderSeed).fork('phase-order'), order);
}

/** Source: Durstenfeld, "Algorithm 235: Random permutation", CACM 7 (1964). */
function shuffle(rng: Rng, items: readonly number[]): readonly number[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const chosen = rng.int(last + 1);
    const item = shuffled[chosen];
    const other = shuffled[last];
    if (item !== undefined && other !== undefined) [shuffled[last], shuffled[chosen]] = [item, other];
  }
  return shuffled;
}
