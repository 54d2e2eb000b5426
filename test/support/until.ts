import { SystemClock } from '#shared/clock.ts';

const clock = new SystemClock();

/** Polls until `condition` gives something other than false, null or undefined, and returns it; throws after `withinMs`. */
export async function until<T>(
  what: string,
  condition: () => Promise<T> | T,
  withinMs = 30_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = clock.monotonic() + withinMs;
  for (;;) {
    const met = await condition();
    if (met !== false && met !== null && met !== undefined) return met as Exclude<T, false | null | undefined>;
    if (clock.monotonic() > deadline) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await clock.sleep(10);
  }
}
