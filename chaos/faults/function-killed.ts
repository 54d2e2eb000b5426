import { SECOND } from '#shared/clock.ts';
import { NOTHING } from '../check/bounds.ts';
import { NoVictim, type Fault, type Victim } from './fault.ts';
import { pickProcess } from './pick.ts';

const BACK_WITHIN_MS = 30 * SECOND;

/** SIGKILL to a function of which there is one; over when the gateway has another process of it running. */
export async function killFunction({ farm, rng, clock, signal }: Victim, fn: string): Promise<void> {
  const pid = pickProcess(farm.processes, fn, rng);
  if (!farm.processes.signal(pid, 'SIGKILL')) throw new NoVictim(`process of ${fn}`);
  const deadline = clock.monotonic() + BACK_WITHIN_MS;
  while (!signal.aborted && clock.monotonic() < deadline) {
    if (farm.processes.of(fn).some((other) => other !== pid)) return;
    await clock.sleep(50, signal);
  }
}

export function functionKilled(fn: string, what: string): Fault {
  return {
    kind: `${fn}-killed`,
    what,
    bound: () => NOTHING,
    uses: [fn],
    inject: (victim) => killFunction(victim, fn),
  };
}
