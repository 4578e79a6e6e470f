// The view of rules in a real browser: a rule is added, checked, seen at work, undone; and it is there only while the system runs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { openBrowser, openPage } from '../browser.ts';

const HASH = '00112233445566778899aabbccddeeff00112233';

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

test('a person denies a link, sees what was refused, and allows it again', async () => {
  const daemon = await Daemon.up(bench, 'rules-page');
  const { page, complaints, context } = await openPage(browser, daemon.page);
  await page.getByRole('link', { name: 'Rules' }).click();
  const what = page.getByRole('textbox', { name: 'List, link, hash or address' });
  await what.fill(`magnet:?xt=urn:btih:${HASH}&dn=x`);
  await page.getByRole('textbox', { name: 'Reason', exact: true }).fill('not in this house');
  await page.getByRole('button', { name: 'Deny', exact: true }).click();
  await page.getByText('denied: not in this house').waitFor();
  assert.equal(await what.inputValue(), '');

  await what.fill(HASH);
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.getByText(`${HASH} is denied by own rules: not in this house`).waitFor();

  assert.equal((await daemon.answer('POST', 'shares', { link: HASH })).answer.code, 'denied');
  await page.getByText('own rules: not in this house', { exact: true }).waitFor();
  await page.getByText(/^adding · once/).waitFor();

  const refused = page.locator('.rule', { hasText: 'adding' });
  await refused.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('allowed', { exact: true }).waitFor();
  assert.equal((await daemon.answer('POST', 'shares', { link: HASH })).status, 201);

  await what.fill('nonsense');
  await page.getByRole('button', { name: 'Deny', exact: true }).click();
  await page.getByText(/"nonsense" is no info hash/).waitFor();
  // The answer that refused it is the one complaint that a browser has.
  assert.deepEqual(
    complaints.filter((line) => !line.includes('400')),
    [],
  );
  await context.close();
  await daemon.stop();
});

test('while rules is off the page has no link to them', async () => {
  const program = bench.shoal(['systems', 'off', 'rules'], { state: `${bench.dir}/daemon-rules-off` });
  assert.equal(await program.exited, 0);
  const daemon = await Daemon.up(bench, 'rules-off');
  const { page, context } = await openPage(browser, daemon.page);
  await page.getByRole('link', { name: 'Settings' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Rules' }).count(), 0);
  await context.close();
  await daemon.stop();
});
