import { SECOND } from '#shared/clock.ts';
import { NOTHING } from '../check/bounds.ts';
import type { Crash, CrashPoint } from '../instrument/crash-points.ts';
import { NoVictim, type Fault, type Victim } from './fault.ts';

const WITHIN_MS = 5 * SECOND;

/** A worker kills itself by SIGKILL at exactly this moment of its life with a task: the next worker that comes by. */
export function crashAtPoint(kind: string, point: CrashPoint, what: string): Fault {
  return {
    kind,
    what,
    bound: () => NOTHING,
    uses: [point],
    async inject(victim) {
      const crash = await orderAndAwait(victim, point);
      if (crash !== null) victim.timeline.silenced(kind, crash.pid, crash.at);
    },
  };
}

/** Gives the order and waits until a worker has obeyed it. Null: the run is given up. Rejects with NoVictim when none comes by. */
export async function orderAndAwait({ orders, clock, signal }: Victim, point: CrashPoint): Promise<Crash | null> {
  orders.give(point);
  const deadline = clock.monotonic() + WITHIN_MS;
  try {
    while (!signal.aborted) {
      const crash = orders.obeyed(point);
      if (crash !== null) return crash;
      if (clock.monotonic() > deadline) throw new NoVictim(`worker that comes by ${point}`);
      await clock.sleep(10, signal);
    }
    return null;
  } finally {
    orders.withdraw(point);
  }
}
