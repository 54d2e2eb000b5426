import type { Deadline } from './patience.ts';

/** Pauses between readings back: a provider may answer from a cache that has not seen the change yet. */
const READ_AGAIN_AFTER_MS = [100, 300, 600];

/** What stands after a request for `replicas`: reads until it is that, or the time for a cache to learn of it is over. */
export async function readBack(replicas: number, deadline: Deadline, read: () => Promise<number>): Promise<number> {
  let granted = await read();
  for (const waitMs of READ_AGAIN_AFTER_MS) {
    if (granted === replicas || !(await deadline.pause(waitMs))) break;
    granted = await read();
  }
  return granted;
}
