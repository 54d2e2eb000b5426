/** What `work` gives, or null when it ends in an error because the signal aborted. Any other error passes. */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    return null;
  }
}
