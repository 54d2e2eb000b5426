import type { Rng } from '#shared/rng.ts';
import type { FarmProcesses } from '../farm/farm-processes.ts';
import { NoVictim } from './fault.ts';

/** One of the function's processes, at random. Rejects with NoVictim when none runs. */
export function pickProcess(processes: FarmProcesses, fn: string, rng: Rng): number {
  const pids = processes.of(fn);
  const pid = pids[rng.int(pids.length)];
  if (pid === undefined) throw new NoVictim(`process of ${fn}`);
  return pid;
}

/** Up to `count` different ones. */
export function pickProcesses(
  processes: FarmProcesses,
  fn: string,
  { count, rng }: { count: number; rng: Rng },
): number[] {
  const pids = [...processes.of(fn)];
  if (pids.length === 0) throw new NoVictim(`process of ${fn}`);
  const chosen: number[] = [];
  while (chosen.length < count && pids.length > 0) chosen.push(...pids.splice(rng.int(pids.length), 1));
  return chosen;
}
