import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { processEnvironment } from '#shared/config.ts';
import { findChromium } from '../../../bench/page/find-chromium.ts';
import { openBrowser } from '../../../bench/page/open-browser.ts';

const environment = processEnvironment();
const program = findChromium(environment);

/** Whether a Chromium is there. Where it is not, tests that need it are skipped, aloud. */
export const hasChromium: boolean = program !== null;

if (!hasChromium)
  console.warn('no Chromium on the PATH (Debian: apt-get install chromium); the tests of the page are skipped');

/** A page, and all that went wrong in it: console errors, exceptions, requests that failed. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

export interface TestBrowser {
  /** Opens an address in a context of its own, and closes the one before, whose page would go on asking. */
  open(url: string, options?: BrowserContextOptions): Promise<WatchedPage>;
}

/** One Chromium for a file's tests. */
export function useBrowser(): TestBrowser {
  let browser: Browser | null = null;
  let context: BrowserContext | null = null;
  beforeAll(async () => {
    if (program !== null) browser = await openBrowser(program);
  });
  afterAll(() => browser?.close());
  return {
    async open(url, options = {}) {
      if (browser === null) throw new Error('no Chromium is open');
      await context?.close();
      context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        reducedMotion: 'reduce',
        ...options,
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(url);
      return { page, complaints };
    },
  };
}

export const phone: BrowserContextOptions = {
  ...{ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Expects no finding of axe-core that is serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  // Not as a script tag: the page's policy forbids inline ones.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** Expects that nothing is wider than the window. */
export async function expectNoOverflow(page: Page): Promise<void> {
  const over = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(over).toBe(0);
}

/** Takes a picture of the whole page where SCREENSHOTS names a folder for them. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = environment['SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
