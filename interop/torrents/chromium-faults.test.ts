// Faults on the page, in a real browser: each is named, offers a way out, and is not cut off.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
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

/** Those that reach beyond what is seen of their list or of the page. */
async function findCutTabs(page: Page): Promise<string[]> {
  await page.getByRole('tab').first().waitFor();
  return page.getByRole('tab').evaluateAll((tabs) =>
    tabs
      .filter((tab) => {
        const { left, right } = tab.getBoundingClientRect();
        const list = tab.parentElement!.getBoundingClientRect();
        return left < list.left - 1 || right > Math.min(list.right, innerWidth) + 1;
      })
      .map((tab) => tab.textContent),
  );
}

test('no tab is cut off, in any language, wide or narrow; icons say what they do', async () => {
  const daemon = await Daemon.up(bench, 'tabs');
  const data = await bench.makeData('tabs');
  await daemon.ask('POST', 'shares', { path: data });
  for (const width of [1280, 390]) {
    const { page, context } = await openPage(browser, daemon.page, { width });
    for (const language of ['en', 'de', 'es', 'zh']) {
      await page.evaluate((name) => localStorage.setItem('language', name), language);
      await page.goto(`${daemon.url}#/share/1/files`);
      await page.reload();
      assert.deepEqual(await findCutTabs(page), [], `details ${language} ${width}`);
      await page.goto(`${daemon.url}#/`);
      await page.locator('.add-button').click();
      await page.getByRole('dialog').waitFor();
      assert.deepEqual(await findCutTabs(page), [], `adding ${language} ${width}`);
      await page.keyboard.press('Escape');
    }
    await page.evaluate(() => localStorage.setItem('language', 'en'));
    await page.goto(`${daemon.url}#/share/1/files`);
    await page.reload();
    const icons = page.locator('.detail .icon-button:visible');
    await icons.first().waitFor();
    const untitled = await icons.evaluateAll((all) =>
      all
        .filter((icon) => icon.closest('[title]') === null && icon.querySelector('[title]') === null)
        .map((icon) => icon.ariaLabel),
    );
    assert.deepEqual(untitled, []);
    await context.close();
  }
  await daemon.stop();
});

const middleOf = async (what: Locator): Promise<number> => {
  const { y, height } = (await what.boundingBox())!;
  return y + height / 2;
};

test('on a phone the buttons of a file that loads stand in one line', async () => {
  const [giver, taker] = [await Daemon.up(bench, 'phone-giver'), await Daemon.up(bench, 'phone')];
  const film = join(bench.dir, 'a film with a long name.webm');
  await writeFile(film, new Uint8Array(100_000));
  const { id } = await giver.ask('POST', 'shares', { path: film });
  const torrent = await torrentOf(giver, id);
  await giver.stop();
  await taker.ask('POST', 'shares', { torrent, isPaused: true });
  const { page, context } = await openPage(browser, `${taker.page}`, { width: 390 });
  await page.goto(`${taker.url}#/share/1/files`);
  const [play, save] = [
    page.getByRole('button', { name: /^Play: / }),
    page.getByRole('link', { name: /^Save: / }),
  ];
  await play.waitFor();
  assert.ok(Math.abs((await middleOf(play)) - (await middleOf(save))) < 4);
  await context.close();
  await taker.stop();
});

async function torrentOf(daemon: Daemon, id: number): Promise<string> {
  const answer = await daemon.fetch(`/api/v1/shares/${id}/torrent`);
  return Buffer.from(await answer.arrayBuffer()).toString('base64');
}

test('a share that failed says why, without words of the command line, and can be tried again', async () => {
  const [giver, taker] = [await Daemon.up(bench, 'giver'), await Daemon.up(bench, 'failing')];
  const { id } = await giver.ask('POST', 'shares', { path: await bench.makeData('failing') });
  const torrent = await torrentOf(giver, id);
  await giver.stop();
  const folder = join(bench.dir, 'later-a-folder');
  await taker.ask('POST', 'shares', { torrent, folder, isPaused: true });
  // Added when the folder could be made.
  await rm(folder, { recursive: true, force: true });
  await writeFile(folder, 'a file is in its place');
  const { page, context } = await openPage(browser, taker.page);
  const row = page.getByRole('row').filter({ hasText: 'failing' });
  await row.getByRole('button', { name: /^Resume: / }).click();
  await row.getByRole('button', { name: /^Try again: / }).waitFor();
  const reason = (await row.locator('.row-state').getAttribute('title')) ?? '';
  assert.match(reason, /later-a-folder/);
  assert.doesNotMatch(reason, / --?[a-z]|shoal /);
  await rm(folder);
  await row.click();
  const detail = page.locator('.detail');
  await detail.getByText(reason).waitFor();
  await detail.getByRole('button', { name: 'Try again' }).click();
  await detail.getByRole('button', { name: 'Pause' }).waitFor();
  await context.close();
  await taker.stop();
});

const isWhole = (what: Locator): Promise<boolean> =>
  what.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth);

test('the reason of the trackers is shown whole where nobody is found', async () => {
  const tracker = createServer((_, answer) => answer.end('d14:failure reason22:torrent not registerede'));
  await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve));
  const announce = `http://127.0.0.1:${(tracker.address() as AddressInfo).port}/announce`;
  const daemon = await Daemon.up(bench, 'refused');
  await daemon.ask('POST', 'shares', { link: `${magnet('6')}&tr=${encodeURIComponent(announce)}` });
  const { page, context } = await openPage(browser, daemon.page, { width: 390 });
  const line = page.getByRole('row').getByText('tracker 127.0.0.1: torrent not registered');
  await line.waitFor();
  assert.ok(await isWhole(line));
  await page.goto(`${daemon.url}#/share/1/overview`);
  const state = page.locator('.detail-state');
  await state.getByText('torrent not registered').waitFor();
  assert.match((await state.textContent()) ?? '', new RegExp(announce));
  assert.ok(await isWhole(state));
  await context.close();
  await daemon.stop();
  tracker.close();
});

test('what was dropped goes with its share; of what is shared in place the page says that it stays', async () => {
  const daemon = await Daemon.up(bench, 'removing');
  const data = await bench.makeData('in-place');
  await daemon.ask('POST', 'shares', { path: data });
  const { page, context } = await openPage(browser, daemon.page);
  const transfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['dropped'], 'dropped.txt'));
    return transfer;
  });
  await page.dispatchEvent('.page', 'drop', { dataTransfer: transfer });
  await page.getByRole('heading', { name: 'Send this link' }).waitFor();
  await page.keyboard.press('Escape');
  const copy = join(daemon.folder, 'dropped.txt');
  assert.equal(await readFile(copy, 'utf8'), 'dropped');
  const remove = async (name: string): Promise<void> => {
    await page.getByRole('row').getByText(name, { exact: true }).click();
    await page.locator('.detail').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('switch', { name: /Also delete the files/ }).check({ force: true });
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('row').getByText(name, { exact: true }).waitFor({ state: 'detached' });
  };
  await remove('dropped.txt');
  await page.getByText('1 share removed').waitFor();
  assert.equal(existsSync(copy), false);
  assert.equal(await page.getByText('The files stay in').count(), 0);
  await remove('in-place');
  await page.getByText(`The files stay in ${bench.dir}`).waitFor();
  assert.ok(existsSync(join(data, 'a.bin')));
  await context.close();
  await daemon.stop();
});

/** Controls that a person can use although the daemon would refuse. */
const findEnabled = (page: Page, where: string): Promise<string[]> =>
  page
    .locator(where)
    .locator('button:enabled, input:enabled, a[href^="/"]')
    .evaluateAll((all) => all.map((one) => one.ariaLabel ?? one.textContent ?? one.outerHTML));

test('while the daemon is gone the page offers nothing that needs it, and says so of what is pasted', async () => {
  let daemon = await Daemon.up(bench, 'silent');
  await daemon.ask('POST', 'shares', { path: await bench.makeData('silent') });
  const { page, context } = await openPage(browser, daemon.page);
  const row = page.getByRole('row').filter({ hasText: 'silent' });
  const pause = row.getByRole('button', { name: /^Pause: / });
  await row.click();
  await page.getByRole('tab', { name: 'Files', exact: true }).click();
  await page.getByText('a.bin').waitFor();
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page.getByRole('textbox', { name: 'Upload limit' }).waitFor();
  assert.ok(await pause.isEnabled());
  await daemon.stop();
  await page.getByRole('alert').getByText('Shoal does not answer').waitFor();
  assert.ok(await pause.isDisabled());
  assert.ok(await page.locator('.add-button').isDisabled());
  assert.deepEqual(await findEnabled(page, '.detail .card'), []);
  assert.deepEqual(await findEnabled(page, '.detail-head .row'), [' Share']);
  // The last state is still on the page, in another tab as well.
  await page.getByRole('tab', { name: 'Files', exact: true }).click();
  await page.getByText('a.bin').waitFor();
  assert.deepEqual(await findEnabled(page, '.detail .files'), []);
  await page.getByRole('grid').focus();
  await page.keyboard.press('Delete');
  assert.equal(await page.getByRole('alertdialog').count(), 0);
  await page.evaluate((text) => navigator.clipboard.writeText(text), magnet('7'));
  await page.keyboard.press('Control+V');
  await page.getByRole('status').getByText('That did not work: Shoal does not answer').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  await page.goto(`${daemon.url}#/settings`);
  await page.getByRole('heading', { name: 'This page' }).waitFor();
  assert.deepEqual(await findEnabled(page, '.needs-daemon .card'), []);
  assert.ok(await page.getByRole('button', { name: /English/ }).isEnabled(), 'the page has its own settings');
  daemon = await Daemon.up(bench, 'silent', '--api-port', `${daemon.port}`);
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await page.getByRole('textbox', { name: 'Slow upload limit' }).waitFor();
  assert.ok((await findEnabled(page, '.needs-daemon .card')).length > 10);
  await page.goto(`${daemon.url}#/`);
  await pause.click();
  await row.getByRole('button', { name: /^Resume: / }).waitFor();
  await context.close();
  await daemon.stop();
});
