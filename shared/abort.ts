/**
 * Waits for `promise`, but no longer than until `signal` aborts: then 'aborted'. The promise is left to itself; its later
 * rejection is swallowed. Leaves nothing attached to a signal that outlives many waits, as Promise.race would.
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
