// The systems of the daemon on the page, in a real browser: their switches, the settings of one without a form of its own,
// and a page that works while torrents are off.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { VERSION } from '../../src/ground/version.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { findBarriers, openBrowser, openPage, untilStill } from '../browser.ts';

let bench: Bench;
let browser: Browser;
before(async () => {
  bench = await Bench.open();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await bench.close();
});

/** The switch of a system: the box under its label cannot be seen, so it is pressed through the label. */
const turn = (page: Page, title: string): Promise<void> =>
  page.getByRole('region', { name: title }).locator('.toggle').click();

test('a system is switched off and on, from the next start on; without torrents the page shows the systems', async () => {
  let daemon = await Daemon.up(bench, 'switching');
  const { page, context, complaints } = await openPage(browser, daemon.page);
  await page.getByText('Nothing here yet').waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Systems' }).click();
  assert.match(page.url(), /#\/settings\/systems$/);
  const card = page.getByRole('region', { name: 'Torrents' });
  await card.getByText('On', { exact: true }).waitFor();
  await turn(page, 'Torrents');
  await card.getByText(/^On now/).waitFor();
  const isOn = async (): Promise<boolean> =>
    (await daemon.ask<{ systems: { name: string; isOn: boolean }[] }>('GET', 'systems')).systems.find(
      ({ name }) => name === 'torrents',
    )!.isOn;
  assert.equal(await isOn(), false);

  await page.goto(`${daemon.url}#/`);
  await daemon.stop();
  await page.getByRole('alert').waitFor();
  daemon = await Daemon.upWithoutTorrents(bench, 'switching', '--api-port', `${daemon.port}`);
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Systems' }).waitFor();
  assert.equal(await page.locator('.add-button').count(), 0);
  await card.getByText('Off', { exact: true }).waitFor();
  await untilStill(page);
  assert.deepEqual(await findBarriers(page), []);
  await turn(page, 'Torrents');
  await card.getByText(/^Off now/).waitFor();
  assert.equal(await isOn(), true);
  // What is said of Shoal as a whole needs no system.
  await page.goto(`${daemon.url}#/settings`);
  const about = page.locator('section', { has: page.getByRole('heading', { name: 'About Shoal' }) });
  await about.getByText(VERSION, { exact: true }).waitFor();
  await about.getByText('Rules', { exact: true }).waitFor();
  await page.goto(`${daemon.url}#/`);
  await daemon.stop();
  await page.getByRole('alert').waitFor();
  daemon = await Daemon.up(bench, 'switching', '--api-port', `${daemon.port}`);
  await page.getByText('Nothing here yet').waitFor();
  // The browser complains of what it could not reach.
  assert.deepEqual(
    complaints.filter((line) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|Failed to load/.test(line)),
    [],
  );
  await context.close();
  await daemon.stop();
});

test('each system says what it is for, in the language of the page', async () => {
  const daemon = await Daemon.up(bench, 'summaries');
  const { page, context } = await openPage(browser, daemon.page);
  const summaries = {
    en: ['Share files and fetch them', 'Choose what Shoal does not fetch'],
    de: ['Dateien teilen und über BitTorrent', 'Bestimmen, was Shoal nicht holt'],
    es: ['Compartir archivos y descargarlos', 'Elegir qué no descarga ni sirve Shoal'],
    zh: ['通过 BitTorrent 分享文件', '选择 Shoal 不下载'],
  };
  for (const [language, words] of Object.entries(summaries)) {
    await page.evaluate((name) => localStorage.setItem('language', name), language);
    await page.goto(`${daemon.url}#/settings/systems`);
    await page.reload();
    for (const summary of words) await page.getByText(summary).waitFor();
  }
  await context.close();
  await daemon.stop();
});

test('the form made of a schema speaks the language of the page', async () => {
  const daemon = await Daemon.up(bench, 'languages');
  const { page, context } = await openPage(browser, daemon.page);
  const labels = {
    de: ['Listen neu lesen nach Stunden', 'So viele Stunden später liest Shoal'],
    es: ['Leer las listas de nuevo tras horas', 'Pasadas estas horas'],
    zh: ['多少小时后重新读取列表', '经过这么多小时后'],
    en: ['Read lists again after hours', 'Shoal reads each deny list again'],
  };
  await page.goto(`${daemon.url}#/settings/rules`);
  for (const [language, [label, hint]] of Object.entries(labels)) {
    await page.evaluate((name) => localStorage.setItem('language', name), language);
    await page.reload();
    await page.getByRole('textbox', { name: label! }).waitFor();
    await page.getByText(hint!).waitFor();
  }
  const hours = page.getByRole('textbox', { name: 'Read lists again after hours' });
  await hours.fill('48');
  await hours.press('Enter');
  await page.getByText('Saved').waitFor();
  const { settings } = await daemon.ask<{ settings: object }>('GET', 'systems/rules/settings');
  assert.deepEqual(settings, { refreshHours: 48 });
  await context.close();
  await daemon.stop();
});

const SCHEMA = {
  type: 'object',
  properties: {
    usesStation: { type: 'boolean', default: false, description: 'A station on the roof is asked as well.' },
    refreshHours: {
      type: 'integer',
      minimum: 1,
      default: 24,
      description: 'Forecasts are read again after so many hours.',
    },
    unit: { enum: ['celsius', 'kelvin'], default: 'celsius', description: 'The unit of temperatures.' },
    places: { type: 'array', items: { type: 'string' }, default: [], description: 'Where it is looked at.' },
    nothing: { type: 'object', default: {}, description: 'Too much for a form.' },
  },
};

test('a system that brings no form gets one made of its schema', async () => {
  const daemon = await Daemon.up(bench, 'schema');
  const { page, context } = await openPage(browser, 'about:blank', { width: 390 });
  let settings: object = {
    usesStation: false,
    refreshHours: 24,
    unit: 'celsius',
    places: ['here'],
    nothing: {},
  };
  const changes: object[] = [];
  await page.route('**/api/v1/systems', (route) =>
    route.fulfill({
      json: { systems: [{ name: 'weather', summary: 'Shows the weather.', isOn: true, isRunning: true }] },
    }),
  );
  await page.route('**/api/v1/systems/weather/settings', async (route) => {
    if (route.request().method() === 'PATCH') {
      const change = route.request().postDataJSON() as object;
      changes.push(change);
      settings = { ...settings, ...change };
    }
    await route.fulfill({ json: { settings, schema: SCHEMA } });
  });
  await page.goto(daemon.page);
  await page.getByText('Shows the weather.').waitFor();
  await page.getByRole('link', { name: 'Settings' }).last().click();
  await page.getByText('A station on the roof').click();
  const hours = page.getByRole('textbox', { name: 'Refresh hours' });
  await hours.fill('0');
  await hours.press('Enter');
  await page.getByText('A whole number of at least 1').waitFor();
  await hours.fill('6');
  await hours.press('Enter');
  await page.getByRole('textbox', { name: 'Places' }).fill('here, on the roof');
  await page.getByRole('textbox', { name: 'Places' }).press('Enter');
  await page.getByRole('button', { name: /celsius/ }).click();
  await page.getByRole('option', { name: 'kelvin' }).click();
  await page.getByRole('button', { name: /kelvin/ }).waitFor();
  await page.getByText('The command line and the API can change it.').waitFor();
  assert.deepEqual(changes, [
    { usesStation: true },
    { refreshHours: 6 },
    { places: ['here', 'on the roof'] },
    { unit: 'kelvin' },
  ]);
  await untilStill(page);
  assert.deepEqual(await findBarriers(page), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  if (process.env.SCREENSHOTS !== undefined)
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/system-form.png` });
  await context.close();
  await daemon.stop();
});
