import { setFlagsFromString, getHeapStatistics } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of this thread's heap once all garbage has been collected. */
async function heldBytes(): Promise<number> {
  // Each collection runs, a turn later, what is to run when objects are gone, and that lets go of others.
  for (let turn = 0; turn < 4; turn += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return getHeapStatistics().used_heap_size;
}

/**
 * What one `action` leaves behind for good, in bytes: the heap's growth over `times` of them, after as many that may fill what
 * is bounded and compile what is used.
 */
export async function bytesKeptBy(action: (n: number) => Promise<unknown>, times: number): Promise<number> {
  for (let n = 0; n < times; n += 1) await action(n);
  const before = await heldBytes();
  for (let n = times; n < 2 * times; n += 1) await action(n);
  return ((await heldBytes()) - before) / times;
}
