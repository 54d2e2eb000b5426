import type { Clock } from '#shared/clock.ts';
import { SECOND } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { CDPSession, Page } from 'playwright-core';
import { findChromium } from './page/find-chromium.ts';
import { takeFrames, watchFrames } from './page/frame-work.ts';
import { openBrowser } from './page/open-browser.ts';
import { SimulatedAutoscaler } from './page/simulated-autoscaler.ts';

/** What `farmhand bench page` prints. */
export interface PageFigures {
  readonly historyH: number;
  readonly stepS: number;
  /** JavaScript heap after a garbage collection: with a quarter of the history, and with all of it. */
  readonly heapMB: { readonly quarter: number; readonly whole: number };
  /** Elements, texts and so on in the document at the same moments. */
  readonly nodes: { readonly quarter: number; readonly whole: number };
  /** What a frame costs the main thread while a day is shown and steps go on. */
  readonly frameP95Ms: number;
  readonly frames: number;
}

export interface BenchPageOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
  /** Default: 24 h in steps of 8 s. */
  readonly stepS?: number;
  readonly historyH?: number;
  /** How long frames are watched, s. */
  readonly watchS?: number;
}

const DAY_H = 24;
/** Steps that are sent before the page is waited for. */
const BATCH = 200;

/** Lets a day of steps pass before the page, and measures what it keeps and what a frame costs. @throws NOT_FOUND without a Chromium */
export async function benchPage(options: BenchPageOptions): Promise<PageFigures> {
  const { environment, clock, stepS = 8, historyH = DAY_H, watchS = 20, onStep } = options;
  const program = findChromium(environment);
  if (program === null) {
    throw new FarmhandError(
      'NOT_FOUND',
      'no Chromium on the PATH; install one (Debian: chromium) or name it by CHROMIUM',
    );
  }
  const steps = Math.round((historyH * 3600) / stepS);
  const autoscaler = await SimulatedAutoscaler.start({ stepS, startMs: clock.farmTime() - historyH * 3600 * SECOND });
  const browser = await openBrowser(program);
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await watchFrames(page);
    await page.goto(autoscaler.page);
    await page.locator('#connection[data-state=live]').waitFor();
    await page.getByLabel('24 h').check({ force: true });
    const devtools = await page.context().newCDPSession(page);

    onStep(`letting ${historyH / 4} h pass`);
    await pass(steps / 4, { autoscaler, page, signal: options.signal });
    const quarter = await keeps(devtools);
    onStep(`letting ${(historyH * 3) / 4} h more pass`);
    await pass((steps * 3) / 4, { autoscaler, page, signal: options.signal });
    const whole = await keeps(devtools);

    onStep(`watching frames for ${watchS} s`);
    await takeFrames(page);
    for (let s = 0; s < watchS && !options.signal.aborted; s += 1) {
      await autoscaler.step();
      await clock.sleep(SECOND, options.signal);
    }
    const frames = (await takeFrames(page)).sort((a, b) => a - b);
    return {
      ...{ historyH, stepS },
      heapMB: { quarter: quarter.heapMB, whole: whole.heapMB },
      nodes: { quarter: quarter.nodes, whole: whole.nodes },
      frameP95Ms: frames[Math.floor(frames.length * 0.95)] ?? NaN,
      frames: frames.length,
    };
  } finally {
    await browser.close();
    await autoscaler.stop();
  }
}

interface Passing {
  readonly autoscaler: SimulatedAutoscaler;
  readonly page: Page;
  readonly signal: AbortSignal;
}

/** So many steps, as fast as the page takes them. */
async function pass(steps: number, { autoscaler, page, signal }: Passing): Promise<void> {
  for (let done = 0; done < steps; done += BATCH) {
    signal.throwIfAborted();
    for (let i = 0; i < Math.min(BATCH, steps - done); i += 1) await autoscaler.step();
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
}

async function keeps(devtools: CDPSession): Promise<{ heapMB: number; nodes: number }> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes } = await devtools.send('Memory.getDOMCounters');
  return { heapMB: usedSize / 1e6, nodes };
}
