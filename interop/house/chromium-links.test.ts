// Links that are pasted, typed or opened on the page, in a real browser: each is offered to the system that the daemon names.
// Torrents take theirs as ever; another system, which the daemon here is made to have, gets its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
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

async function paste(page: Page, words: string): Promise<void> {
  await page.evaluate((text) => navigator.clipboard.writeText(text), words);
  await page.locator('body').press('Control+V');
}

const HASH = 'ab'.repeat(20);

test('with torrents and rules, what is pasted goes where it always went', async () => {
  const daemon = await Daemon.up(bench, 'known');
  const { page, context } = await openPage(browser, daemon.page);
  await page.getByText('Nothing here yet').waitFor();
  const field = page.getByRole('textbox', { name: 'Links, one a line' });
  for (const words of [
    `magnet:?xt=urn:btih:${HASH}&dn=x`,
    HASH,
    'http://127.0.0.1:9/film.torrent',
    'http://127.0.0.1:9/list.deny',
    `magnet:?xt=urn:btih:${HASH}\nmagnet:?xt=urn:btih:${'cd'.repeat(20)}`,
  ]) {
    await paste(page, words);
    await field.waitFor();
    assert.equal(await field.inputValue(), words);
    await page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
  }
  const link = `magnet:?xs=urn:btpk:${'ab'.repeat(32)}`;
  await paste(page, link);
  const follow = page.getByRole('textbox', { name: 'Link to a publication' });
  await follow.waitFor();
  assert.equal(await follow.inputValue(), link);
  assert.equal((await daemon.shares()).length, 0, 'it asks before it adds anything');

  await page.goto(`${daemon.url}#/`);
  await paste(page, `magnet:?xt=urn:btih:${HASH}&dn=wanted`);
  await page.locator('.toggle', { hasText: 'Only fetch what I open' }).click();
  await page.locator('.toggle', { hasText: 'Do not start yet' }).click();
  await page.getByRole('button', { name: 'Fetch', exact: true }).click();
  await page.getByRole('heading', { name: 'wanted' }).waitFor();
  const [share] = (await daemon.ask<{ shares: object[] }>('GET', 'shares')).shares;
  const { isOnDemand, phase } = share as { isOnDemand: boolean; phase: string };
  assert.deepEqual([isOnDemand, phase], [true, 'paused']);
  await context.close();
  await daemon.stop();
});

test('a link of another system is offered to that system, and to nobody before a person agrees', async () => {
  const daemon = await Daemon.up(bench, 'other');
  const { page, context } = await openPage(browser, 'about:blank', { width: 390 });
  await page.route('**/api/v1/systems', async (route) => {
    const answer = await route.fetch();
    const { systems } = (await answer.json()) as { systems: object[] };
    const weather = { name: 'weather', summary: 'shows the weather', isOn: true, isRunning: true };
    await route.fulfill({ json: { systems: [...systems, weather] } });
  });
  const isOfWeather = (link: string): boolean => /^weather:|\/\/weather\./.test(link);
  await page.route('**/api/v1/links/claims', (route) => {
    const { link } = route.request().postDataJSON() as { link: string };
    return isOfWeather(link)
      ? route.fulfill({ json: { claims: [{ system: 'weather', claim: 'sure' }] } })
      : route.continue();
  });
  const handed: string[] = [];
  await page.route('**/api/v1/links', (route) => {
    const { link } = route.request().postDataJSON() as { link: string };
    if (!isOfWeather(link)) return route.continue();
    handed.push(link);
    if (link.endsWith('storm'))
      return route.fulfill({ status: 400, json: { code: 'bad-link', message: 'there is no such place' } });
    return route.fulfill({
      status: 201,
      json: { system: 'weather', isNew: true, line: 'rain until noon', item: {} },
    });
  });
  await page.goto(daemon.page.replace('#', '?open=weather:here#'));
  const question = page.getByRole('alertdialog', { name: 'Open this link with Weather?' });
  await question.getByText('weather:here').waitFor();
  await untilStill(page);
  assert.deepEqual(await findBarriers(page), []);
  assert.doesNotMatch(page.url(), /open=/);
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  assert.deepEqual(handed, []);

  await paste(page, 'weather:storm');
  await question.getByText('weather:storm').waitFor();
  await question.getByRole('button', { name: 'Open', exact: true }).click();
  await question.getByRole('alert').getByText('there is no such place').waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  // Torrents know web addresses by their form; the daemon knows whose this one is.
  await paste(page, 'https://weather.example/there');
  await question.getByText('https://weather.example/there').waitFor();
  await question.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByText('Weather: rain until noon').waitFor();
  await question.waitFor({ state: 'detached' });

  // Typed among links of torrents.
  await page.locator('.add-button').click();
  await page.getByRole('textbox', { name: 'Links, one a line' }).fill(`weather:typed\n${HASH}`);
  await page.getByRole('button', { name: 'Fetch', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(handed, ['weather:storm', 'https://weather.example/there', 'weather:typed']);
  assert.equal((await daemon.shares()).length, 1);

  await page.goto('about:blank');
  await page.goto(`${daemon.url}?open=nobody:1#/`);
  await page.getByText('No part of Shoal that is on takes this link: nobody:1').waitFor();
  await context.close();
  await daemon.stop();
});
