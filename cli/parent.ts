import { SECOND, type Clock } from '#shared/clock.ts';

const LOOK_EVERY_MS = 0.5 * SECOND;

/**
 * npm hands a signal to the shell that it put between itself and us; that shell dies of it and tells nobody. So under npm our
 * parent's death means that we were asked to stop. Resolves when `signal` aborts, or after `onDeath`.
 */
export async function watchParent(options: {
  clock: Clock;
  signal: AbortSignal;
  parentId: () => number;
  onDeath: () => void;
}): Promise<void> {
  const { clock, signal, parentId, onDeath } = options;
  const parent = parentId();
  do await clock.sleep(LOOK_EVERY_MS, signal);
  while (!signal.aborted && parentId() === parent);
  if (!signal.aborted) onDeath();
}
