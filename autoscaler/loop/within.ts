import type { Clock } from '#shared/clock.ts';

export type Timely<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'late' };

/**
 * Waits for `promise` no longer than `timeoutMs`. Late: the promise goes on, and whatever becomes of it is no longer this
 * caller's; a client that queues commands while it is disconnected needs this.
 */
export async function within<T>(promise: Promise<T>, options: { clock: Clock; timeoutMs: number }): Promise<Timely<T>> {
  const timer = new AbortController();
  const late = options.clock.sleep(options.timeoutMs, timer.signal).then((): Timely<T> => ({ kind: 'late' }));
  try {
    return await Promise.race([promise.then((value): Timely<T> => ({ kind: 'done', value })), late]);
  } finally {
    timer.abort();
  }
}
