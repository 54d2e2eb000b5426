import { join } from 'node:path';
import type { Page } from 'playwright-core';

/**
 * Measures in the page what each frame costs the main thread: from the frame's first callback until what was posted from there is
 * heard, which is after scripts, styles, layout and paint. Call before the page is opened.
 */
export async function watchFrames(page: Page): Promise<void> {
  await page.addInitScript({ path: join(import.meta.dirname, 'frame-work.js') });
}

/** The frames since the last call, ms. */
export function takeFrames(page: Page): Promise<number[]> {
  return page.evaluate('takeFrames()');
}
