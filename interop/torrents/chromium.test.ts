// The page in a real browser: what people do with it, by mouse and by keyboard; what assistive technology finds; what
// pages of strangers get.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { findBarriers, makeFilm, openBrowser, openPage, untilStill } from '../browser.ts';
import { measureManyShares } from './many-shares.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';

/** With SCREENSHOTS=FOLDER the pictures of the documentation are made anew. */
const PICTURES = process.env.SCREENSHOTS;
const PICTURE_PAUSE_MS = 2500;
let bench: Bench;
let browser: Browser;
let film: Buffer;

/** With the 220 kB/s below it takes longer than all waits of the test together: it is never whole too early. */
const FILM_BYTES = 64 * 1024 * 1024;
const SLOW_RATE = 220_000;

before(async () => {
  bench = await Bench.open();
  browser = await openBrowser('MAP evil.example 127.0.0.1');
  film = await makeFilm(browser, 6);
});
after(async () => {
  await browser?.close();
  await bench.close();
});

const up = (name: string, ...more: string[]): Promise<Daemon> => Daemon.up(bench, name, ...more);

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  // Bars and rates come to rest.
  await page.waitForTimeout(PICTURE_PAUSE_MS);
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

test('one drops a film and sends the link; the other opens it and watches while it loads', async () => {
  const [giver, taker] = [await up('giver'), await up('taker')];
  const first = await openPage(browser, giver.page, { isNew: true });
  const { page } = first;
  // The first run, in three steps.
  await page.getByRole('heading', { name: 'Welcome to Shoal' }).waitFor();
  await picture(page, 'welcome');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('radio', { name: /Leave room/ }).check({ force: true });
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Share something' }).click();
  await page.getByRole('heading', { name: 'Share or fetch' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal((await giver.ask<{ uploadLimit: number }>('GET', 'settings')).uploadLimit, 512_000);

  // Dropped, as from a file manager.
  const subtitles = '1\n00:00:00,000 --> 00:00:05,000\nOn the beach\n';
  const transfer = await page.evaluateHandle(
    ({ encoded, words, size }) => {
      const bytes = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
      // How large a recording gets depends on the machine. A Void element behind it, which players skip, makes up the
      // rest (RFC 8794, 11.3.2): 0xec, and its size in 8 bytes.
      const head = new DataView(new ArrayBuffer(9));
      const rest = size - bytes.length - head.byteLength;
      head.setUint8(0, 0xec);
      head.setBigUint64(1, 0x01_00000000000000n + BigInt(rest));
      const data = new DataTransfer();
      data.items.add(new File([bytes, head, new Uint8Array(rest)], 'holiday.webm', { type: 'video/webm' }));
      data.items.add(new File([words], 'holiday.srt'));
      return data;
    },
    { encoded: film.toString('base64'), words: subtitles, size: FILM_BYTES },
  );
  await page.dispatchEvent('.page', 'dragenter', { dataTransfer: transfer });
  await page.getByText('Drop to share').waitFor();
  await page.dispatchEvent('.page', 'drop', { dataTransfer: transfer });
  await page.getByRole('heading', { name: 'Send this link' }).waitFor();
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor();
  await picture(page, 'share-sheet');
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /^magnet:\?xt=urn:btih:/);
  const [given] = await giver.shares();
  assert.equal(given!.phase, 'seeding');
  assert.ok(existsSync(join(giver.folder, given!.name, 'holiday.webm')));

  // A slow line, but faster than the film.
  await giver.ask('PATCH', 'settings', { uploadLimit: SLOW_RATE });
  // The other side: the link leads to the page, which asks first.
  const second = await openPage(browser, taker.page.replace('#', `?open=${encodeURIComponent(link)}#`));
  const other = second.page;
  await other.getByRole('heading', { name: 'Share or fetch' }).waitFor();
  assert.equal((await taker.shares()).length, 0);
  await other.getByRole('button', { name: 'Fetch', exact: true }).click();
  // The dialog, which may still be open, has a tab to share files.
  await other.getByRole('tab', { name: 'Files', exact: true }).click();
  await other.getByRole('button', { name: /^Play: .*holiday.webm/ }).click();
  const video = other.locator('video');
  await video.waitFor();
  await other.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.3);
  const [taken] = await taker.shares();
  assert.ok(
    taken!.doneBytes < taken!.totalBytes,
    `it plays, with ${taken!.doneBytes} of ${taken!.totalBytes} bytes`,
  );
  await video.evaluate((element: HTMLVideoElement) => {
    element.textTracks[0]!.mode = 'showing';
  });
  await other.waitForFunction(() => document.querySelector('video')?.textTracks[0]?.cues?.length === 1);
  await picture(other, 'watching');
  await other.keyboard.press('Escape');
  await other.getByRole('tab', { name: 'Peers' }).click();
  await other.getByRole('img', { name: 'from 1 peer' }).waitFor();
  await picture(other, 'swarm');
  await giver.ask('PATCH', 'settings', { uploadLimit: null });
  await other.getByText(/is here$/).waitFor();
  await other.getByRole('tab', { name: 'Overview' }).click();
  await other.getByText('100 %').or(other.getByText('100%')).first().waitFor();
  await picture(other, 'detail');
  assert.deepEqual([...first.complaints, ...second.complaints], []);
  for (const one of [first, second]) await one.context.close();
  for (const peer of [giver, taker]) await peer.program.stop();
});

test('the first load is no more than 250 kB', async () => {
  const peer = await up('weight');
  const { page, context } = await openPage(browser, 'about:blank');
  let loaded = 0;
  page.on('response', (response) => {
    const size = Number(response.headers()['content-length'] ?? 0);
    if (response.url().startsWith(peer.url) && !response.url().includes('/api/')) loaded += size;
  });
  await page.goto(peer.page);
  await page.getByText('Nothing here yet').waitFor();
  console.log(`  ${Math.round(loaded / 1000)} kB`);
  assert.ok(loaded > 50_000 && loaded <= 250_000, `${loaded} bytes`);
  await context.close();
  await peer.program.stop();
});

test('everything can be done by the keyboard, in four languages, light and dark', async () => {
  const peer = await up('keys');
  const data = await bench.makeData('keys');
  await peer.ask('POST', 'shares', { path: data });
  for (const name of ['Alpha', 'Beta', 'Gamma'])
    await peer.ask('POST', 'shares', {
      link: `magnet:?xt=urn:btih:${randomBytes(20).toString('hex')}&dn=${name}`,
      isPaused: true,
    });
  const { page, context, complaints } = await openPage(browser, peer.page);
  const grid = page.getByRole('grid');
  await grid.getByText('Gamma').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('a');
  await page.keyboard.press('Escape');
  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.getByText('2 selected').waitFor();
  await page.keyboard.press('Delete');
  await page.getByRole('alertdialog').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('2 shares removed').waitFor();
  assert.deepEqual(
    (await peer.shares()).map(({ name }) => name),
    ['keys', 'Alpha'],
  );

  await grid.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'keys' }).waitFor();
  const tabs = page.getByRole('tab', { name: 'Overview' });
  await tabs.focus();
  await page.keyboard.press('ArrowRight');
  await page.getByText('a.bin').waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('textbox', { name: 'Add a label' }).fill('holiday');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove the label holiday' }).waitFor();
  assert.deepEqual((await peer.shares())[0]!.labels, ['holiday']);
  await page.getByRole('textbox', { name: 'Upload limit' }).fill('300');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'keys' }).focus();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'keys' }).waitFor({ state: 'detached' });

  await page.goto(`${peer.url}#/settings`);
  const words = { Deutsch: 'Einstellungen', Español: 'Ajustes', 中文: '设置', English: 'Settings' };
  let language = 'Language';
  const names: Readonly<Record<string, string>> = {
    Deutsch: 'Sprache',
    Español: 'Idioma',
    中文: '语言',
    English: 'Language',
  };
  for (const [name, heading] of Object.entries(words)) {
    await page.getByRole('button', { name: new RegExp(language) }).click();
    await page.getByRole('option', { name }).click();
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    language = names[name]!;
  }
  await page.getByRole('textbox', { name: 'Sharing at once' }).fill('3');
  await page.keyboard.press('Enter');
  await page.getByText('Saved').first().waitFor();
  assert.equal((await peer.ask<{ maxSeeds: number }>('GET', 'settings')).maxSeeds, 3);
  // A text that is not a number is not saved, and stays in the field.
  const limit = page.getByRole('textbox', { name: 'Upload limit' }).first();
  for (const words of ['-5', 'abc', '5 MB/s', '1.5']) {
    await limit.fill(words);
    await page.keyboard.press('Enter');
    await page.getByText('A whole number, or empty').waitFor();
    assert.equal(await limit.inputValue(), words);
  }
  assert.equal((await peer.ask<{ uploadLimit: null }>('GET', 'settings')).uploadLimit, null);
  await limit.fill('5');
  await page.keyboard.press('Enter');
  await page.getByText('A whole number, or empty').waitFor({ state: 'detached' });
  await waitFor(
    async () => (await peer.ask<{ uploadLimit: number }>('GET', 'settings')).uploadLimit === 5120,
    'the limit is set',
  );
  const minutes = page.getByRole('textbox', { name: 'Minutes between two fetches of a feed' });
  await minutes.fill('3');
  await page.keyboard.press('Enter');
  await page.getByText('A whole number of at least 5').waitFor();
  await minutes.fill('7');
  await page.keyboard.press('Enter');
  await waitFor(
    async () => (await peer.ask<{ feedMinutes: number }>('GET', 'settings')).feedMinutes === 7,
    'the minutes are set',
  );
  await page.getByRole('heading', { name: 'Settings' }).scrollIntoViewIfNeeded();
  await picture(page, 'settings');
  assert.deepEqual(complaints, []);
  await context.close();
  await peer.program.stop();
});

/** Each with words that it shows when it knows what to show. */
const VIEWS = {
  '': 'Waiting',
  'share/1/overview': 'Info hash',
  'share/1/files': 'a.bin',
  'share/2/peers': 'No peers are connected',
  'share/1/trackers': 'Distributed hash table',
  'share/1/log': /is started|checked|added/,
  updates: 'What you publish',
  settings: 'Fetching at once',
  'settings/systems': 'A system is a part of Shoal',
};

test('axe finds nothing serious in any view, light or dark, wide or narrow', async () => {
  const peer = await up('axe');
  await peer.ask('POST', 'shares', { path: await bench.makeData('axe'), labels: ['films'] });
  await peer.ask('POST', 'shares', {
    link: `magnet:?xt=urn:btih:${randomBytes(20).toString('hex')}&dn=Waiting`,
  });
  for (const width of [1280, 390]) {
    const { page, context } = await openPage(browser, peer.page, { width });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [view, words] of Object.entries(VIEWS)) {
        await page.goto(`${peer.url}#/${view}`);
        await page.getByText(words).first().waitFor();
        await untilStill(page);
        assert.deepEqual(await findBarriers(page), [], `${view} ${width} ${colorScheme}`);
        if (view === '') await picture(page, `list-${width}-${colorScheme}`);
      }
      await page.goto(`${peer.url}#/`);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('dialog').waitFor();
      await untilStill(page);
      assert.deepEqual(await findBarriers(page), [], `adding ${width} ${colorScheme}`);
      await page.keyboard.press('Escape');
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, `nothing is cut off at ${width}`);
    await context.close();
  }
  await peer.program.stop();
});

test('a thousand shares are usable in a second, ten thousand scroll without stutter', async () => {
  const peer = await up('many');
  const { waits, computing } = await measureManyShares(browser, peer);
  console.log(
    `  milliseconds: ${JSON.stringify({ waits, computing }, (_, ms) => (typeof ms === 'number' ? Math.round(ms) : ms))}`,
  );
  // This test judges computing time. The bench judges the time on the clock.
  const { serving, loading, searching, frame } = computing;
  assert.ok(serving + loading < 1000, `${serving} ms of the daemon, ${loading} ms of the page`);
  assert.ok(searching < 100, `${searching} ms`);
  assert.ok(frame < 34, `a frame takes ${frame} ms`);
  await peer.program.stop();
});

test('the page says that the peer is gone, finds it again, and asks for the token', async () => {
  let peer = await up('gone');
  const { page, context } = await openPage(browser, peer.page);
  await page.getByText('Nothing here yet').waitFor();
  await picture(page, 'empty');
  await peer.program.stop();
  await page.getByRole('alert').getByText('Shoal does not answer').waitFor();
  await picture(page, 'offline');
  peer = await up('gone', '--api-port', `${peer.port}`);
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await page.getByText('Nothing here yet').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Sign in' }).count(), 0, 'it is signed in as before');
  await context.close();
  await peer.program.stop();

  const guarded = await up('guarded', '--api-token');
  const second = await openPage(browser, guarded.url);
  await second.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await second.page.getByRole('textbox', { name: 'Token' }).fill('wrong');
  await second.page.getByRole('button', { name: 'Sign in' }).click();
  await second.page.getByText('this is not the token').waitFor();
  assert.deepEqual(await findBarriers(second.page), []);
  await second.page.getByRole('textbox', { name: 'Token' }).fill(guarded.token);
  await second.page.getByRole('button', { name: 'Sign in' }).click();
  await second.page.getByText('Nothing here yet').waitFor();
  await second.context.close();
  // The address that is printed signs in by itself, and leaves no token behind.
  const third = await openPage(browser, guarded.page);
  await third.page.getByText('Nothing here yet').waitFor();
  assert.doesNotMatch(third.page.url(), /token/);
  await third.context.close();
  await guarded.program.stop();
});

test('hostile pages get nothing and change nothing', async (t) => {
  const peer = await up('hostile');
  await peer.ask('POST', 'shares', { path: await bench.makeData('secrets') });
  const pictureFile = join(bench.dir, 'p.png');
  await writeFile(
    pictureFile,
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    ),
  );
  const shared = await peer.ask('POST', 'shares', { path: pictureFile });
  const html = `<!doctype html><title>evil</title><iframe id=frame src="${peer.url}"></iframe>`;
  const server: Server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(html));
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as AddressInfo).port;
  const { page, context } = await openPage(browser, `http://evil.example:${port}/`);
  const got = await page.evaluate(
    async ({ url, id }) => {
      const tried: Record<string, unknown> = {};
      const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
        tried[name] = await work().catch(() => 'refused');
      };
      const bodies = { 'content-type': 'text/plain' };
      await attempt('read', async () => (await fetch(`${url}api/v1/shares`)).text());
      await attempt(
        'add',
        async () =>
          (
            await fetch(`${url}api/v1/shares`, {
              method: 'POST',
              mode: 'no-cors',
              headers: bodies,
              body: '{"link":"magnet:?xt=urn:btih:0000000000000000000000000000000000000001"}',
            })
          ).type,
      );
      await attempt(
        'down',
        async () => (await fetch(`${url}api/v1/down`, { method: 'POST', mode: 'no-cors' })).type,
      );
      await attempt(
        'rpc',
        async () =>
          (
            await fetch(`${url}transmission/rpc`, {
              method: 'POST',
              mode: 'no-cors',
              body: '{"method":"session-close"}',
            })
          ).type,
      );
      await attempt(
        'events',
        () =>
          new Promise((resolve, reject) => {
            const source = new EventSource(`${url}api/v1/events`);
            source.onopen = () => resolve('opened');
            source.onerror = () => reject(new Error('refused'));
          }),
      );
      await attempt(
        'picture',
        () =>
          new Promise((resolve, reject) => {
            const image = new Image();
            image.onload = () => resolve('loaded');
            image.onerror = () => reject(new Error('refused'));
            image.src = `${url}files/${id}/0/p.png`;
          }),
      );
      return tried;
    },
    { url: peer.url, id: shared.id },
  );
  assert.deepEqual(
    { read: got.read, events: got.events, picture: got.picture },
    { read: 'refused', events: 'refused', picture: 'refused' },
  );
  const form = `<form id=f method=post action="${peer.url}api/v1/down"></form><script>f.submit()</script>`;
  const submitted = page.waitForResponse((response) => response.url() === `${peer.url}api/v1/down`);
  await page.setContent(form, { waitUntil: 'commit' }).catch(() => {});
  assert.equal((await submitted).status(), 403);
  await page.waitForURL(`${peer.url}api/v1/down`);
  assert.equal((await peer.shares()).length, 2, 'nothing was added, and the peer is up');

  // A name of theirs that leads to us: DNS rebinding.
  await page.goto(`http://evil.example:${peer.port}/`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const rebound = await page.evaluate(async () =>
    Promise.all(
      ['/api/v1/shares', '/api/v1/settings', '/api/v1/shares/1/files'].map(
        async (path) => (await fetch(path)).status,
      ),
    ),
  );
  assert.deepEqual(rebound, [401, 401, 401]);
  // Framed, to have people click what they do not see.
  await page.goto(`http://evil.example:${port}/`);
  const framed = page.frames().find((frame) => frame.parentFrame() !== null)!;
  await framed.getByText('pages of other sites may not use this interface').waitFor();
  assert.equal(await framed.getByRole('button').count(), 0);
  await context.close();
  await peer.program.stop();
});
