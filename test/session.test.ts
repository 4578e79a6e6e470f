// What the always-on peer does by itself: the queue, goals, hours of rest, labels, folders, feeds, the block list.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench, type Program } from '../interop/harness.ts';

let bench: Bench;
let data: string;
let torrent: string;
let magnet: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '-o', torrent, '--piece-length', '64K']).event('created');
  const seed = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  magnet = (await seed.event('ready')).magnet as string;
});
after(() => bench.close());

interface Summary {
  readonly id: number;
  readonly name: string;
  readonly phase: string;
  readonly folder: string;
  readonly labels: readonly string[];
  readonly peers: number;
  readonly uploadedBytes: number;
}

interface Up {
  readonly program: Program;
  readonly folder: string;
  readonly ask: <T = Summary>(method: string, path: string, body?: object) => Promise<T>;
  /** Until that is so of all shares. */
  readonly until: (what: string, isSo: (shares: readonly Summary[]) => boolean) => Promise<void>;
}

async function up(name: string, ...more: string[]): Promise<Up> {
  const folder = await bench.folder(`files-${name}`);
  const where = ['--download-dir', folder, '--api-port', '0', '--port', '0', ...more];
  const program = bench.shoal(['up', ...where], { state: join(bench.dir, `session-${name}`) });
  const url = (await program.event('ready')).url as string;
  const ask: Up['ask'] = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${url}api/v1/${path}`, init);
    assert.ok(response.status < 400, `${method} ${path}: ${response.status}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
  const until: Up['until'] = async (what, isSo) => {
    let shares: readonly Summary[] = [];
    for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
      ({ shares } = await ask<{ shares: readonly Summary[] }>('GET', 'shares'));
      if (isSo(shares)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail(
      `not within 30 s: ${what}; ${JSON.stringify(shares.map(({ id, phase, peers }) => ({ id, phase, peers })))}`,
    );
  };
  return { program, folder, ask, until };
}

const phases = (shares: readonly Summary[]): string[] => shares.map(({ phase }) => phase);
const unknown = (n: number): { link: string } => ({
  link: `magnet:?xt=urn:btih:${String(n).padStart(40, '0')}&dn=n${n}`,
});

test('one at a time, in the order of the queue; who is forced goes beside; at rest nothing runs', async () => {
  const { ask, until, program } = await up('queue');
  await ask('PATCH', 'settings', { maxDownloads: 1 });
  for (const n of [1, 2, 3]) await ask('POST', 'shares', unknown(n));
  await until('the first runs', (shares) => phases(shares).join() === 'metadata,waiting,waiting');
  await ask('PATCH', 'shares/3', { isForced: true });
  await until('the third as well', (shares) => phases(shares).join() === 'metadata,waiting,metadata');
  await ask('PATCH', 'shares/1', { isPaused: true });
  await until('the second is next', (shares) => phases(shares).join() === 'paused,metadata,metadata');
  const all = { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:00', mode: 'pause' };
  await ask('PATCH', 'settings', { schedule: [all] });
  await until('all rest', (shares) => phases(shares).join() === 'paused,waiting,waiting');
  await ask('PATCH', 'settings', { schedule: [], maxDownloads: null });
  await until('and go on', (shares) => phases(shares).join() === 'paused,metadata,metadata');
  await program.stop();
});

test('labels bring a folder; a share that has given enough is paused; when it is whole it moves', async () => {
  const { ask, until, folder, program } = await up('goals');
  const [films, done] = [join(folder, 'films'), join(folder, 'done')];
  await ask('PATCH', 'settings', { labels: { films: { folder: films, downloadLimit: 4_000_000 } } });
  await ask('POST', 'shares', { link: magnet, labels: ['films'] });
  await until('it is here', (shares) => shares[0]?.phase === 'seeding');
  assert.ok(existsSync(join(films, 'data', 'z.bin')));
  await ask('PATCH', 'shares/1', { ratioGoal: 0.5 });
  // Somebody takes all of it from this peer alone.
  const { magnet: ours } = await ask<{ magnet: string }>('GET', 'shares/1');
  const taker = bench.shoal([
    'get',
    ours.replace(/&tr=[^&]*/g, ''),
    '-o',
    await bench.folder('taker'),
    '--port',
    '0',
  ]);
  await taker.event('done');
  await until('it has given enough', (shares) => shares[0]!.phase === 'paused');
  const { lines } = await ask<{ lines: readonly { text: string }[] }>('GET', 'shares/1/log');
  assert.ok(lines.some(({ text }) => text.includes('given back 0.5 times')));

  await ask('DELETE', 'shares/1?data=true');
  await ask('PATCH', 'settings', { doneDir: done });
  await ask('POST', 'shares', { link: magnet });
  await until(
    'it is whole and has moved',
    (shares) => shares[0]?.folder === done && shares[0].phase === 'seeding',
  );
  assert.ok(existsSync(join(done, 'data', 'z.bin')));
  assert.equal(existsSync(join(folder, 'data')), false);
  await program.stop();
});

test('torrent files in a folder, and what a feed tells, are added by themselves', async () => {
  const { ask, until, folder, program } = await up('incoming');
  const watch = join(folder, 'watch');
  await mkdir(watch);
  await ask('PATCH', 'settings', { watchDir: watch, startsAdded: false, mayReachPrivate: true });
  await copyFile(torrent, join(watch, 'data.torrent'));
  await until('the file was added', (shares) => shares.some(({ name }) => name === 'data'));
  await until('and renamed', () => existsSync(join(watch, 'data.torrent.added')));

  const item = (n: number, title: string): string =>
    `<item><title>${title}</title><guid>${n}</guid><link>magnet:?xt=urn:btih:${String(n).padStart(40, '0')}&amp;dn=${title}</link></item>`;
  const feed = `<rss><channel>${item(7, 'wanted-one')}${item(8, 'other')}${item(9, 'wanted-not')}</channel></rss>`;
  const server = createServer((_, response) => response.end(feed));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/feed`;
  await ask('PATCH', 'settings', { feeds: [{ url, words: 'wanted -not', label: 'news' }] });
  await until('the feed was read', (shares) =>
    shares.some(({ name, labels }) => name === 'wanted-one' && labels[0] === 'news'),
  );
  const { feeds } = await ask<{ feeds: readonly { items: readonly object[]; trouble: string | null }[] }>(
    'GET',
    'feeds',
  );
  assert.deepEqual([feeds[0]!.items.length, feeds[0]!.trouble], [3, null]);
  await until('and nothing else', (shares) => shares.length === 2);
  server.close();
  await program.stop();
});

test('nobody on the block list is talked to', async () => {
  const list = join(bench.dir, 'list.p2p');
  await writeFile(
    list,
    'everybody here:127.0.0.0-127.255.255.255\nnobody:10.0.0.0-10.255.255.255\n0.0.0.0/0\n::/0\n',
  );
  const blocked = await up('blocked', '--ip-filter', list);
  await blocked.ask('POST', 'shares', { link: magnet });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await blocked.until('it has nobody', (shares) => shares[0]!.phase === 'metadata' && shares[0]!.peers === 0);
  await blocked.program.stop();

  const server = createServer((_, response) => response.end('1.2.3.0/24\n5.6.7.8\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { ask, program } = await up('fetched-list');
  const blocklistUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`;
  await ask('PATCH', 'settings', { blocklistUrl, mayReachPrivate: true, usesBlocklist: true });
  assert.deepEqual(await ask('POST', 'blocklist'), { ranges: 2 });
  server.close();
  await program.stop();
});
