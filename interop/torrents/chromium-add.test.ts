// Adding on the page, in a real browser: several links at once, and what became of each.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';
import { openBrowser, openPage } from '../browser.ts';

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

const magnet = (digit: string): string => `magnet:?xt=urn:btih:${digit.repeat(40)}&dn=${digit}`;

test('several links are pasted at once; what is added goes, what is refused stays with its reason', async () => {
  const daemon = await Daemon.up(bench, 'add');
  const { page, complaints, context } = await openPage(browser, daemon.page);
  await page
    .getByRole('button', { name: /^Share or fetch/ })
    .first()
    .click();
  const field = page.getByRole('textbox', { name: 'Links, one a line' });
  await field.waitFor();
  await page.evaluate(
    (text) => navigator.clipboard.writeText(text),
    `${magnet('1')}\r\nmagnet:?dn=nothing\n${magnet('2')}${magnet('3')}`,
  );
  await field.focus();
  await page.keyboard.press('Control+V');
  await page.getByRole('button', { name: 'Fetch', exact: true }).click();
  await page.getByText('3 links were added.').waitFor();
  const alert = page.getByRole('alert');
  assert.match((await alert.textContent()) ?? '', /magnet:\?dn=nothing.*holds no BitTorrent info hash/);
  assert.doesNotMatch((await alert.textContent()) ?? '', /shell|magnet-no-hash/);
  assert.equal(await field.inputValue(), 'magnet:?dn=nothing');
  assert.deepEqual(
    (await daemon.shares()).map(({ name }) => name),
    ['1', '2', '3'],
  );
  // Mended, it is added, the dialog closes and the share is shown.
  await field.fill(magnet('4'));
  assert.equal(await alert.count(), 0);
  await page.getByRole('button', { name: 'Fetch', exact: true }).click();
  await field.waitFor({ state: 'detached' });
  await waitFor(async () => (await daemon.shares()).length === 4, 'the fourth share');
  // The answer that refused the link is the one complaint that a browser has.
  assert.deepEqual(
    complaints.filter((line) => !line.includes('400')),
    [],
  );
  await context.close();
});

test('a link that is there already is named as such, and an old error goes when the words change', async () => {
  const daemon = await Daemon.up(bench, 'twice');
  const { page, context } = await openPage(browser, daemon.page);
  const open = async (tab: string): Promise<void> => {
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('tab', { name: tab }).click();
  };
  for (const words of ['“5” was added', '“5” is there already']) {
    await open('Open a link');
    await page.getByRole('textbox', { name: 'Links, one a line' }).fill(magnet('5'));
    await page.getByRole('button', { name: 'Fetch', exact: true }).click();
    await page.getByRole('status').getByText(words).waitFor();
  }
  assert.equal((await daemon.shares()).length, 1);

  const data = await bench.makeData('twice');
  await open('Share a path');
  const path = page.getByRole('textbox', { name: 'Path' });
  const share = page.getByRole('dialog').getByRole('button', { name: 'Share', exact: true });
  await path.fill(`${data}-missing`);
  await share.click();
  const alert = page.getByRole('dialog').getByRole('alert');
  await alert.waitFor();
  await path.fill(data);
  assert.equal(await alert.count(), 0);
  await share.click();
  await page.getByRole('heading', { name: 'Send this link' }).waitFor();
  await page.keyboard.press('Escape');
  await open('Share a path');
  await path.fill(data);
  await share.click();
  await page.getByRole('heading', { name: 'Send this link' }).waitFor();
  await page.getByText('“twice” is there already').waitFor();
  assert.equal((await daemon.shares()).length, 2);
  await context.close();
});
