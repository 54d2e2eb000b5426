import type { Route } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { benchPage } from '../../bench/page.ts';
import { SimulatedAutoscaler, type SimulatedOptions } from '../../bench/page/simulated-autoscaler.ts';
import { until } from '../support/until.ts';
import { expectAccessible, expectNoOverflow, hasChromium, phone, picture, useBrowser } from './support/browser.ts';
import { exampleModels, examplePolicy, exampleRuns, exampleShadow } from './support/examples.ts';

const clock = new SystemClock();
const STEP_S = 8;

/** The page over made-up routes, with some history. */
async function simulated(options: Partial<SimulatedOptions> = {}): Promise<SimulatedAutoscaler> {
  const steps = 60;
  const startMs = clock.farmTime() - steps * STEP_S * 1000;
  const autoscaler = await SimulatedAutoscaler.start({ stepS: STEP_S, startMs, ...options });
  onTestFinished(() => autoscaler.stop());
  for (let step = 0; step < steps; step += 1) await autoscaler.step();
  return autoscaler;
}

describe.skipIf(!hasChromium)('the page in Chromium', { timeout: 60_000 }, () => {
  const browser = useBrowser();

  test('moves with the farm’s events, and complains about nothing', async () => {
    const autoscaler = await simulated();
    const { page, complaints } = await browser.open(autoscaler.page);
    await page.locator('#connection[data-state=live]').waitFor();
    const chart = page.getByRole('img', { name: /^Workers: granted now/ });
    await chart.waitFor();
    const newest = page.locator('#decision-rows tr').first();
    const before = await newest.textContent();
    for (let step = 0; step < 5; step += 1) await autoscaler.step();
    await until('a newer decision is shown', async () => (await newest.textContent()) !== before);
    expect(await page.locator('[data-tile=qos] b').textContent()).toMatch(/^\d+\.\d %$/);
    expect(complaints).toEqual([]);
  });

  test.each([
    ['light, wide', { colorScheme: 'light' }],
    ['dark, wide', { colorScheme: 'dark' }],
    ['light, phone', { ...phone, colorScheme: 'light' }],
    ['dark, phone', { ...phone, colorScheme: 'dark' }],
    ['tablet', { viewport: { width: 820, height: 1180 } }],
  ] as const)('is accessible and fits: %s', async (name, options) => {
    const autoscaler = await simulated();
    const { runs, models, shadow, policy } = autoscaler.state;
    expect([runs, models, shadow, policy !== null]).toEqual([[], [], null, true]);
    autoscaler.state.runs = exampleRuns(clock.farmTime());
    autoscaler.state.models = exampleModels(clock.farmTime());
    autoscaler.state.policy = examplePolicy;
    autoscaler.state.shadow = exampleShadow(clock.farmTime());
    const { page, complaints } = await browser.open(autoscaler.page, options);
    await page.getByRole('button', { name: 'Open evaluate evaluate-2' }).click();
    await page.getByRole('heading', { name: 'evaluate evaluate-2' }).waitFor();
    await page.getByRole('img', { name: /static-12/ }).waitFor();
    await expectNoOverflow(page);
    await expectAccessible(page);
    await picture(page, name.replaceAll(/\W+/g, '-'));
    expect(complaints).toEqual([]);
  });

  test('shows what was before it was opened, although an event is faster than that', async () => {
    const autoscaler = await simulated();
    const { page } = await browser.open('about:blank');
    const first = async (route: Route): Promise<void> => {
      await until('it listens', () => autoscaler.listeners > 0);
      await autoscaler.step();
      await page.waitForTimeout(200);
      await route.continue();
    };
    // Once: what the page asks for after the end of the test would wait in vain.
    await page.route('**/decisions?*', first, { times: 1 });
    await page.goto(autoscaler.page);
    await page.getByText('Queues as a table').click();
    await until('the charts have a past', async () => (await page.locator('.chart tbody tr').count()) > 5);
  });

  test('finds the slash that its address lacks, as OpenFaaS passes it on', async () => {
    const autoscaler = await simulated();
    const { page } = await browser.open(autoscaler.page.replace(/\/$/, ''));
    await page.waitForURL(autoscaler.page);
    await page.locator('#connection[data-state=live]').waitFor();
  });

  test('says what is wrong, since when, and when it is over', async () => {
    const autoscaler = await simulated();
    const { page } = await browser.open(autoscaler.page);
    const banners = page.getByRole('region', { name: 'Problems' });
    await page.locator('main[aria-busy=false]').waitFor();
    expect(await banners.textContent()).toBe('');
    const well = autoscaler.state.status;
    autoscaler.state.status = {
      ...{ state: 'running', leads: false },
      problems: { gateway: { since: clock.farmTime(), because: 'answered 500 to POST /system/scale-function/worker' } },
      workers: { desired: 9, granted: 5, ready: 5, active: 5, parked: 0, limit: 5 },
    };
    await autoscaler.step();
    for (const text of ['Gateway: answered 500', 'grants no more than 5 workers', 'only watches']) {
      await banners.getByText(text).waitFor();
    }
    await expectAccessible(page);
    await picture(page, 'problems');
    autoscaler.state.status = well;
    await autoscaler.step();
    await until('the banners are gone', async () => (await banners.textContent()) === '');
    await page
      .getByRole('log')
      .getByText(/^Over after \d+ s: Gateway: answered 500/)
      .waitFor();
  });

  test('tells that nobody answers, keeps what it has, and goes on when somebody does', async () => {
    const autoscaler = await simulated();
    const { page } = await browser.open(autoscaler.page);
    await page.locator('#connection[data-state=live]').waitFor();
    const port = Number(new URL(autoscaler.page).port);
    await autoscaler.stop();
    await page.getByRole('region', { name: 'Problems' }).getByText('does not answer').waitFor();
    expect(await page.locator('[data-tile=workers] b').textContent()).toMatch(/^\d+ \/ \d+$/);
    await simulated({ port });
    await page.locator('#connection[data-state=live], #connection[data-state=polling]').waitFor();
    await page
      .getByRole('log')
      .getByText(/^Over after/)
      .waitFor();
  });

  test('asks every second where there are no events', async () => {
    const autoscaler = await simulated({ events: false });
    const { page } = await browser.open(autoscaler.page);
    await page.locator('#connection[data-state=polling]').waitFor();
    const newest = page.locator('#decision-rows tr').first();
    const before = await newest.textContent();
    await autoscaler.step();
    await until('a newer decision is shown', async () => (await newest.textContent()) !== before);
  });

  test('keeps the focus, and what is pressed, while a run moves on', async () => {
    const autoscaler = await simulated();
    autoscaler.state.runs = exampleRuns(clock.farmTime()).map((run) => ({ ...run, because: 'its process stopped' }));
    const { page } = await browser.open(autoscaler.page);
    const cancel = page.getByRole('button', { name: 'Cancel train train-3' });
    await cancel.focus();
    const focused = (): Promise<string | null> => page.locator(':focus').getAttribute('aria-label');
    const button = await cancel.elementHandle();
    const [first, ...others] = autoscaler.state.runs as { id: string; progress: object }[];
    expect(first?.id).toBe('train-3');
    autoscaler.state.runs = [{ ...first, progress: { done: 199, total: 200 } }, ...others];
    const told = page.locator('#run-rows .progress').first();
    await until('the progress is shown', async () => (await told.textContent()) === '199 of 200 · its process stopped');
    // Made anew it would have let go of both.
    expect(await button.isVisible()).toBe(true);
    expect(await focused()).toBe('Cancel train train-3');
    expect(await page.getByRole('progressbar', { name: 'train train-3: progress' }).getAttribute('value')).toBe('199');
    autoscaler.state.runs = [{ ...first, state: 'queued' }, ...others];
    await page.locator('#run-rows [data-state=queued]').waitFor();
    expect(await focused()).toBe('Cancel train train-3');
  });

  test('counts missed deadlines against all tasks that ended, with a result or without', async () => {
    const autoscaler = await simulated();
    const { status } = autoscaler.state;
    autoscaler.state.status = { ...status, totals: { collected: 56, met: 0, dead: 3 } };
    const { page } = await browser.open(autoscaler.page);
    const tile = page.locator('[data-tile=missed]');
    await tile.getByText('59 tasks').waitFor();
    expect(await tile.locator('small').textContent()).toMatch(/^of 59 since the farm was made/);
  });

  test('is worked by keys alone', async () => {
    const autoscaler = await simulated();
    const { page } = await browser.open(autoscaler.page);
    await page.locator('main[aria-busy=false]').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the farm');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    const chart = page.getByRole('img', { name: /^Queues/ });
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page
      .locator('figure', { has: chart })
      .getByText(/^\d\d:\d\d:\d\d: waiting \d+/)
      .waitFor();
    await page.getByText('Queues as a table').press('Enter');
    const rows = page.getByRole('table', { name: 'Queues' }).getByRole('row');
    await until('the table has rows', async () => (await rows.count()) > 5);
    await page.getByLabel('5 min').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByLabel('30 min').isChecked()).toBe(true);
    const theme = page.getByRole('button', { name: /^Theme/ });
    await theme.press('Enter');
    await theme.press('Enter');
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await page.reload();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await page.getByRole('button', { name: 'Unlock' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('a day of steps leaves the heap and the document as they are', async () => {
    const figures = await benchPage({
      ...{ environment: processEnvironment(), clock, signal: new AbortController().signal },
      ...{ onStep: () => undefined, watchS: 2 },
    });
    expect(figures.heapMB.whole - figures.heapMB.quarter).toBeLessThan(2);
    expect(figures.nodes.whole).toBeLessThan(figures.nodes.quarter * 1.2);
    expect(figures.frames).toBeGreaterThan(0);
  });
});
