import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';

/** How many ms a process's clock is off from now on: for the harness to write, and the process to read at SIGUSR2. */
export function writeSkew(folder: string, skew: { pid: number; ms: number }): void {
  writeFileSync(join(folder, String(skew.pid)), String(skew.ms));
}

/**
 * Gives this process a wall clock that the harness can set, as an administrator or a bad NTP server would. Monotonic time and timers
 * go on undisturbed, as in the kernel. Returns the clock as it would be without.
 */
export function obeySkew(folder: string): () => number {
  const startedAt = new SystemClock().farmTime();
  const upAtStart = process.uptime();
  let skewMs = 0;
  const trueTime = (): number => startedAt + (process.uptime() - upAtStart) * 1000;
  Object.assign(Date, { now: () => Math.floor(trueTime() + skewMs) });
  process.on('SIGUSR2', () => {
    skewMs = Number(readFileSync(join(folder, String(process.pid)), 'utf8'));
  });
  return trueTime;
}
