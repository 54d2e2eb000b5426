import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startLocalFarm, type LocalFarm } from '../support/local-farm.ts';
import { until } from '../support/until.ts';
import { expectAccessible, hasChromium, picture, useBrowser, type WatchedPage } from './support/browser.ts';

/** So few teach nothing, and are over in seconds. */
const EPISODES = 3;

describe.skipIf(!hasChromium)('the page over a real farm', { timeout: 180_000 }, () => {
  const browser = useBrowser();
  let farm: LocalFarm;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    farm = await startLocalFarm();
    watched = await browser.open(`${farm.handle.url}/function/autoscaler/`);
    page = watched.page;
    await page.locator('#connection[data-state=live]').waitFor();
  }, 120_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await picture(page, 'farm-failed');
  });
  afterAll(() => farm.close());

  const said = (form: string): Promise<string | null> => page.locator(`${form} .said`).textContent();
  const collected = async (): Promise<number> =>
    Number(((await page.locator('[data-stage=output] b').textContent()) ?? '').replaceAll(/\D/g, '') || 0);

  test('asks for the token once, and again when it is wrong; trains SARSA, shows its curve, and sees it finish', async () => {
    const form = page.locator('#run-form');
    await form.getByLabel('Agent').selectOption('sarsa');
    await form.getByLabel('Workload').selectOption('quick');
    await form.getByLabel('Episodes', { exact: true }).fill(String(EPISODES));
    await form.getByText('More settings').click();
    await form.getByLabel('Episodes of a check').fill('2');
    await form.getByLabel('Episodes of the final evaluation').fill('2');
    await form.getByRole('button', { name: 'Train', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Token').fill('not-the-token');
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await dialog.getByText('That token was refused').waitFor();
    await dialog.getByLabel('Token').fill(farm.handle.secrets.farmToken);
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    const details = page.locator('#run-details');
    await details.getByRole('button', { name: /^Promote/ }).waitFor({ timeout: 150_000 });
    await details.getByRole('img', { name: new RegExp(`^In time over ${EPISODES} episodes`) }).waitFor();
    await picture(page, 'farm-trained');
    expect(page.url()).not.toContain(farm.handle.secrets.farmToken);
    expect(await page.content()).not.toContain(farm.handle.secrets.farmToken);
  });

  test('promotes the model, puts it in charge, and runs quick under it, which the charts show', async () => {
    await page
      .locator('#run-details')
      .getByRole('button', { name: /^Promote/ })
      .click();
    await until('it is promoted', async () => /sarsa-quick now is version 1/.test((await said('#run-form')) ?? ''));
    const inCharge = page.locator('#live-form');
    await inCharge.getByLabel('In charge').fill('sarsa-quick');
    await inCharge.getByRole('button', { name: 'Switch' }).click();
    await page.locator('#policy-said').getByText('sarsa-quick is in charge.').waitFor();
    await page.locator('#summary').getByText('sarsa-quick is running').waitFor();
    const start = page.locator('#workload-form');
    // Tasks that wait instead of working: what else this machine does must not matter.
    await start.getByLabel('Tasks').selectOption('calibrated');
    await start.getByRole('button', { name: 'Start' }).click();
    await until(
      'it is started',
      async () => /^quick-\w+ is started/.test((await said('#workload-form')) ?? ''),
      60_000,
    );
    await until('tasks are collected', async () => (await collected()) > 5, 60_000);
    await page.getByRole('img', { name: /^Workers: granted now \d+/ }).waitFor();
    await page.getByRole('img', { name: /^Arrivals and completions: arriving now [\d.]+/ }).waitFor();
    const { decisions } = await page.evaluate<{ decisions: { policy: string }[] }>(
      "fetch('decisions?limit=100').then((response) => response.json())",
    );
    expect(decisions.map(({ policy }) => policy)).toContain('sarsa-quick');
    await picture(page, 'farm-under-sarsa');
  });

  test('puts a policy into shadow, compares, pauses and goes on', async () => {
    const shadow = page.locator('#shadow-form');
    await shadow.getByLabel('In shadow').fill('static-3');
    await shadow.getByRole('button', { name: 'Set' }).click();
    await page.locator('#policy-said').getByText('static-3 decides in shadow.').waitFor();
    await page.getByRole('radio', { name: 'Compare' }).check();
    const form = page.locator('#run-form');
    await form.getByLabel('Policies').fill('static-1,static-4,sarsa-quick');
    await form.getByLabel('Seeds').fill('2');
    await form.getByRole('button', { name: 'Compare', exact: true }).click();
    await page
      .getByRole('img', { name: /^Share in time against mean workers.*sarsa-quick/ })
      .waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('region', { name: 'Problems' }).getByText('Paused').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page
      .getByRole('log')
      .getByText(/^Over after.*Paused/)
      .waitFor();
  });

  test('has no serious finding of axe-core, and no error in the console but the refused token', async () => {
    await expectAccessible(page);
    await picture(page, 'farm-end');
    expect(watched.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });
});
