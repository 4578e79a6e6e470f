// Publications and follows on the page, in a real browser: one publishes, the other follows the link that was pasted and sees
// each version come, on a phone and by the keyboard; what cannot be is said in plain words.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import { findBarriers, openBrowser, openPage, untilStill } from '../browser.ts';

const PICTURES = process.env.SCREENSHOTS;
const PHONE = 360;
let bench: Bench;
let browser: Browser;
let node: string;
before(async () => {
  bench = await Bench.open();
  browser = await openBrowser();
  // The network is one node that all others begin with.
  const root = await Daemon.up(bench, 'root', '--dht-node', '127.0.0.1:9');
  node = `127.0.0.1:${(await root.program.event('ready')).peerPort}`;
});
after(async () => {
  await browser?.close();
  await bench.close();
});

const up = (name: string): Promise<Daemon> => Daemon.up(bench, name, '--dht-node', node);

const view = (page: Page): Promise<void> => page.getByRole('link', { name: 'Publications' }).click();
const form = (page: Page, name: string): Locator => page.getByRole('form', { name });
const card = (page: Page, name: string): Locator => page.getByRole('listitem', { name });

/** In both themes: nothing keeps people out, nothing is cut off. */
async function inspect(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await untilStill(page);
    assert.deepEqual(await findBarriers(page), [], `${name} ${colorScheme}`);
    if (PICTURES === undefined) continue;
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) });
  }
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
}

/** Texts of controls that reach beyond the page or their own box. */
const findCut = (page: Page): Promise<string[]> =>
  page
    .locator('.main :is(.button, .update-name, .update-state, dt, dd, label, h1, h2, h3)')
    .evaluateAll((all) =>
      all
        .filter(
          (one) => one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1,
        )
        .map((one) => one.textContent ?? ''),
    );

test('one publishes and the other follows, each version comes by itself, and both end it', async () => {
  const [publisher, follower] = [await up('publisher'), await up('follower')];
  const source = await bench.makeData('app');
  const first = await openPage(browser, publisher.page);
  const { page } = first;
  await view(page);
  assert.match(page.url(), /#\/updates$/);
  await page.getByText('Nothing yet.').nth(1).waitFor();
  const publishing = form(page, 'Publish a file or folder');
  await publishing.getByRole('textbox', { name: 'Path' }).fill('app');
  await publishing.getByRole('button', { name: 'Publish' }).click();
  await publishing.getByRole('alert').getByText('The publication needs a name.').waitFor();
  await publishing.getByRole('textbox', { name: 'Name' }).fill('app');
  assert.equal(await publishing.getByRole('alert').count(), 0, 'it goes when it is corrected');
  await page.keyboard.press('Enter');
  await publishing.getByRole('alert').getByText('This needs a full path').waitFor();
  await publishing.getByRole('textbox', { name: 'Path' }).fill(`${source}-missing`);
  await page.keyboard.press('Enter');
  await publishing
    .getByRole('alert')
    .getByText(/app-missing/)
    .waitFor();
  await publishing.getByRole('textbox', { name: 'Path' }).fill(source);
  await page.keyboard.press('Enter');
  await page.getByText('“app” is published as version 1').waitFor();
  const published = card(page, 'app');
  // Nobody asks: the daemon tells that its DHT has the link.
  await published.getByText(/of the DHT holds? the link/).waitFor();
  await inspect(page, 'publications-1280');
  await published.getByRole('button', { name: 'Copy link' }).click();
  await published.getByRole('button', { name: 'Copied' }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /^magnet:\?xs=urn:btpk:/);

  // On a phone, with a link from elsewhere: it asks first.
  const opened = follower.page.replace('#', `?open=${encodeURIComponent(link)}#`);
  const second = await openPage(browser, opened, { width: PHONE });
  const other = second.page;
  const following = form(other, 'Follow a publication');
  const field = following.getByRole('textbox', { name: 'Link to a publication' });
  await field.waitFor();
  assert.equal(await field.inputValue(), link);
  assert.equal((await follower.ask<{ follows: object[] }>('GET', 'follows')).follows.length, 0);
  await field.press('Enter');
  await other.getByText('Shoal follows the publication from now on').waitFor();
  const followed = card(other, 'app');
  await followed.getByText('The newest version is here').waitFor();
  assert.equal(await followed.getByText('Not yet').count(), 0, 'it says when it looked last');
  assert.equal(await field.inputValue(), '');
  assert.equal(await firstDifference(source, join(follower.folder, 'app')), undefined);
  await followed.scrollIntoViewIfNeeded();
  await inspect(other, `follows-${PHONE}`);

  await writeFile(join(source, 'new.bin'), new Uint8Array(100_000).fill(7));
  await published.getByRole('button', { name: 'Publish a new version' }).click();
  await page.getByText('“app” is published as version 2').waitFor();
  await followed.getByRole('button', { name: 'Look now' }).click();
  await followed.getByText('2', { exact: true }).waitFor();
  assert.equal(await firstDifference(source, join(follower.folder, 'app')), undefined);

  for (const language of ['de', 'es', 'zh', 'en']) {
    await other.evaluate((name) => localStorage.setItem('language', name), language);
    await other.reload();
    await other.locator('.update').waitFor();
    await untilStill(other);
    assert.deepEqual(await findCut(other), [], language);
  }

  // What is followed is a share: one that is paused is resumed there.
  await followed.getByRole('link', { name: 'Show the share' }).click();
  await other.getByRole('heading', { name: 'app' }).waitFor();
  await other.goBack();

  // By the keyboard, with a question before.
  await followed.getByRole('button', { name: 'Stop following' }).focus();
  await other.keyboard.press('Enter');
  const question = other.getByRole('alertdialog', { name: 'Stop following “app”?' });
  await question.waitFor();
  await inspect(other, `stop-following-${PHONE}`);
  await other.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  await followed.waitFor();
  // The focus goes back to where it came from.
  await other.waitForFunction(() => document.activeElement?.textContent === 'Stop following');
  await other.keyboard.press('Enter');
  await question.waitFor();
  await other.keyboard.press('Tab');
  await other.keyboard.press('Enter');
  await followed.waitFor({ state: 'detached' });
  assert.equal((await follower.ask<{ follows: object[] }>('GET', 'follows')).follows.length, 0);
  // Another program ends it: the page hears of it.
  await publisher.ask('DELETE', 'publications/1');
  await published.waitFor({ state: 'detached' });
  await page.getByText('Nothing yet.').first().waitFor();
  // The answer that refused the path is the one complaint that a browser has.
  assert.deepEqual(
    [...first.complaints, ...second.complaints].filter((line) => !line.includes('404')),
    [],
  );
  for (const one of [first, second]) await one.context.close();
  await Promise.all([publisher.stop(), follower.stop()]);
});

test('a link that is typed leads to the form that follows; what cannot be followed says why', async () => {
  const daemon = await Daemon.up(bench, 'without-dht');
  const { page, context } = await openPage(browser, daemon.page);
  const link = `magnet:?xs=urn:btpk:${'ab'.repeat(32)}&s=78`;
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const links = page.getByRole('textbox', { name: 'Links, one a line' });
  await links.fill(`${link}\nmagnet:?xt=urn:btih:${'1'.repeat(40)}&dn=one`);
  await page.getByRole('button', { name: 'Fetch', exact: true }).click();
  await page.getByText('This link leads to a publication. Open it alone to follow it.').waitFor();
  assert.equal(await links.inputValue(), link);
  await page.getByRole('button', { name: 'Fetch', exact: true }).click();
  const following = form(page, 'Follow a publication');
  const field = following.getByRole('textbox', { name: 'Link to a publication' });
  await field.waitFor();
  assert.equal(await field.inputValue(), link);
  await page.getByRole('alert').getByText('Publications need the DHT').waitFor();
  await following.getByRole('button', { name: 'Follow' }).click();
  await following.getByRole('alert').getByText('following needs the DHT').waitFor();
  await field.fill(`magnet:?xt=urn:btih:${'1'.repeat(40)}`);
  await field.press('Enter');
  await following.getByRole('alert').getByText('This link leads to no publication').waitFor();
  await inspect(page, 'publications-refused-1280');
  await context.close();
  await daemon.stop();
});
