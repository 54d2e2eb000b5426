import { chromium, type Browser } from 'playwright-core';

/** Starts a headless Chromium. As root, and in most containers, it cannot make its own sandbox. */
export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
