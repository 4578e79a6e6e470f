// The daemon on its own: the queue, goals, hours of rest, labels, folders, feeds, the block list.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Daemon, type ShareSummary } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';

let bench: Bench;
let data: string;
let torrent: string;
let magnet: string;
let seedPort: number;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '-o', torrent, '--piece-length', '64K']).event('created');
  const seed = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  const ready = await seed.event('ready');
  magnet = ready.magnet as string;
  seedPort = ready.port as number;
});
after(() => bench.close());

const up = (name: string, ...more: string[]): Promise<Daemon> => Daemon.up(bench, name, ...more);

const phases = (shares: readonly ShareSummary[]): string[] => shares.map(({ phase }) => phase);
const unknown = (n: number): { link: string } => ({
  link: `magnet:?xt=urn:btih:${String(n).padStart(40, '0')}&dn=n${n}`,
});

test('one at a time, in the order of the queue; a forced share runs beside; at rest nothing runs', async () => {
  const daemon = await up('queue');
  await daemon.ask('PATCH', 'settings', { maxDownloads: 1 });
  for (const n of [1, 2, 3]) await daemon.ask('POST', 'shares', unknown(n));
  await daemon.untilShares(
    'the first runs',
    (shares) => phases(shares).join() === 'metadata,waiting,waiting',
  );
  await daemon.ask('PATCH', 'shares/3', { isForced: true });
  await daemon.untilShares(
    'the third as well',
    (shares) => phases(shares).join() === 'metadata,waiting,metadata',
  );
  await daemon.ask('PATCH', 'shares/1', { isPaused: true });
  await daemon.untilShares(
    'the second is next',
    (shares) => phases(shares).join() === 'paused,metadata,metadata',
  );
  const all = { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:00', mode: 'pause' };
  await daemon.ask('PATCH', 'settings', { schedule: [all] });
  await daemon.untilShares('all rest', (shares) => phases(shares).join() === 'paused,waiting,waiting');
  await daemon.ask('PATCH', 'settings', { schedule: [], maxDownloads: null });
  await daemon.untilShares('and go on', (shares) => phases(shares).join() === 'paused,metadata,metadata');
  await daemon.stop();
});

test('labels bring a folder; a share that has given enough is paused; when it is whole it moves', async () => {
  const daemon = await up('goals');
  const [films, done] = [join(daemon.folder, 'films'), join(daemon.folder, 'done')];
  await daemon.ask('PATCH', 'settings', { labels: { films: { folder: films, downloadLimit: 4_000_000 } } });
  await daemon.ask('POST', 'shares', { link: magnet, labels: ['films'] });
  await daemon.untilShares('it is here', (shares) => shares[0]?.phase === 'seeding');
  assert.ok(existsSync(join(films, 'data', 'z.bin')));
  await daemon.ask('PATCH', 'shares/1', { ratioGoal: 0.5 });
  // A peer fetches all of it from this peer alone.
  const { magnet: ours } = await daemon.ask<{ magnet: string }>('GET', 'shares/1');
  const taker = bench.shoal([
    'get',
    ours.replace(/&tr=[^&]*/g, ''),
    '-o',
    await bench.folder('taker'),
    '--port',
    '0',
  ]);
  await taker.event('done');
  await daemon.untilShares('it has given enough', (shares) => shares[0]!.phase === 'paused');
  const { lines } = await daemon.ask<{ lines: readonly { text: string }[] }>('GET', 'shares/1/log');
  assert.ok(lines.some(({ text }) => text.includes('it has sent 0.5 times its size')));

  await daemon.ask('DELETE', 'shares/1?data=true');
  await daemon.ask('PATCH', 'settings', { doneDir: done });
  await daemon.ask('POST', 'shares', { link: magnet });
  await daemon.untilShares(
    'it is whole and has moved',
    (shares) => shares[0]?.folder === done && shares[0].phase === 'seeding',
  );
  assert.ok(existsSync(join(done, 'data', 'z.bin')));
  assert.equal(existsSync(join(daemon.folder, 'data')), false);
  await daemon.stop();
});

test('torrent files in a folder, and items of a feed, are added automatically', async () => {
  const daemon = await up('incoming');
  const watch = join(daemon.folder, 'watch');
  await mkdir(watch);
  await daemon.ask('PATCH', 'settings', { watchDir: watch, startsAdded: false, mayReachPrivate: true });
  await copyFile(torrent, join(watch, 'data.torrent'));
  await daemon.untilShares('the file was added', (shares) => shares.some(({ name }) => name === 'data'));
  await waitFor(() => existsSync(join(watch, 'data.torrent.added')), 'and renamed');

  const item = (n: number, title: string): string =>
    `<item><title>${title}</title><guid>${n}</guid><link>magnet:?xt=urn:btih:${String(n).padStart(40, '0')}&amp;dn=${title}</link></item>`;
  const feed = `<rss><channel>${item(7, 'wanted-one')}${item(8, 'other')}${item(9, 'wanted-not')}</channel></rss>`;
  const server = createServer((_, response) => response.end(feed));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/feed`;
  await daemon.ask('PATCH', 'settings', { feeds: [{ url, words: 'wanted -not', label: 'news' }] });
  await daemon.untilShares('the feed was read', (shares) =>
    shares.some(({ name, labels }) => name === 'wanted-one' && labels[0] === 'news'),
  );
  const { feeds } = await daemon.ask<{
    feeds: readonly { items: readonly object[]; trouble: string | null }[];
  }>('GET', 'feeds');
  assert.deepEqual([feeds[0]!.items.length, feeds[0]!.trouble], [3, null]);
  await daemon.untilShares('and nothing else', (shares) => shares.length === 2);
  server.close();
  await daemon.stop();
});

test('peers on the block list get no connection, and others do', async () => {
  // A counter of connections and the seed, at two addresses of this machine. The list names the first.
  let calls = 0;
  const counter = createTcpServer((socket) => {
    calls++;
    socket.destroy();
  });
  const host = '127.0.0.2';
  await new Promise<void>((resolve) => counter.listen(0, host, resolve));
  const named = `${host}:${(counter.address() as AddressInfo).port}`;
  const topic = /xt=urn:btih:[0-9a-f]{40}/.exec(magnet)![0];
  const link = `magnet:?${topic}&x.pe=${named}&x.pe=[::1]:${seedPort}`;

  const list = join(bench.dir, 'list.p2p');
  await writeFile(list, `the counter:${host}-${host}\n0.0.0.0/0\n`);
  const blocked = await up('blocked', '--ip-filter', list);
  await blocked.ask('POST', 'shares', { link });
  await blocked.untilShares('it comes from the seed', (shares) => shares[0]!.phase === 'seeding');
  assert.equal(calls, 0);
  await blocked.stop();
  // The control: without the list the same link leads to both.
  const open = await up('open');
  await open.ask('POST', 'shares', { link });
  await open.untilShares('the counter is called', () => calls > 0);
  await open.stop();
  counter.close();

  const server = createServer((_, response) => response.end('1.2.3.0/24\n5.6.7.8\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const daemon = await up('fetched-list');
  const blocklistUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`;
  await daemon.ask('PATCH', 'settings', { blocklistUrl, usesBlocklist: true });
  assert.deepEqual(await daemon.ask('POST', 'blocklist'), { ranges: 2 });
  server.close();
  await daemon.stop();
});
