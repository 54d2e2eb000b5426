import type { Clock } from '#shared/clock.ts';
import type { Containers } from './containers.ts';

const LOOK_EVERY_MS = 250;

/**
 * SIGTERM, and SIGKILL after `graceMs`, or as soon as nothing but the first process is left of several: of-watchdog stays for its
 * healthcheck_interval although the function that it started has put its work away and ended. Resolves when the container was killed
 * or `over` aborts, which whoever waits for its end does.
 */
export async function stopContainer(
  containers: Pick<Containers, 'countProcesses' | 'kill'>,
  id: string,
  options: { clock: Clock; graceMs: number; over: AbortSignal },
): Promise<void> {
  const { clock, graceMs, over } = options;
  const deadline = clock.monotonic() + graceMs;
  const before = await containers.countProcesses(id);
  await containers.kill(id, 'SIGTERM');
  for (;;) {
    const leftMs = deadline - clock.monotonic();
    if (leftMs <= 0) break;
    await clock.sleep(Math.min(LOOK_EVERY_MS, leftMs), over);
    if (over.aborted) return;
    const now = await containers.countProcesses(id);
    if (now === 0) return;
    if (before > 1 && now === 1) break;
  }
  await containers.kill(id, 'SIGKILL');
}
