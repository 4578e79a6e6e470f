// Fetches over HTTP: addresses of torrents, feeds, block lists; and the private addresses that they may not reach.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { encodeBencode } from '../../src/ground/bencode.ts';
import { readLink } from '../../src/systems/torrents/share/link-source.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';

const HASH = 'ab'.repeat(20);
const MAGNET = `magnet:?xt=urn:btih:${HASH}&dn=f%C3%AAte&tr=http%3A%2F%2F127.0.0.1%3A1%2Fannounce`;
const TORRENT = encodeBencode({
  info: { length: 1, name: 'one', 'piece length': 16_384, pieces: new Uint8Array(20) },
});
const PAGE = '<!DOCTYPE html><html><title>Sign in</title></html>';

let bench: Bench;
/** Each path is asked for by name. */
const asked: string[] = [];
const servers: Server[] = [];
let base: string;
/** Another port of the same machine. */
let other: string;
let feed = '';

async function serve(
  listener: (path: string, response: ServerResponse, from: IncomingMessage) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host}${request.url}`);
    listener(request.url!, response, request);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const PATHS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/torrent': (to) => to.end(TORRENT),
  '/encoded': (to) => to.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(TORRENT)),
  '/packed.gz': (to) => to.end(gzipSync(TORRENT)),
  '/moved': (to) => to.writeHead(307, { location: 'torrent' }).end(),
  '/to-magnet': (to) => to.writeHead(302, { location: MAGNET }).end(),
  '/to-raw-magnet': (to) =>
    to
      .writeHead(302, { location: Buffer.from(`magnet:?xt=urn:btih:${HASH}&dn=fête`).toString('latin1') })
      .end(),
  '/to-long-magnet': (to) =>
    to
      .writeHead(302, { location: `${MAGNET}${'&tr=http%3A%2F%2Fexample.org%2Fannounce'.repeat(900)}` })
      .end(),
  '/twice-to-magnet': (to) => to.writeHead(301, { location: '/to-magnet' }).end(),
  '/text-magnet': (to) => to.writeHead(200, { 'content-type': 'text/plain' }).end(`${MAGNET}\n`),
  '/broken-magnet': (to) => to.writeHead(302, { location: 'magnet:?dn=nothing' }).end(),
  '/to-file': (to) => to.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/page': (to) => to.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE),
  '/shy-page': (to) => to.writeHead(200, { 'content-type': 'application/x-bittorrent' }).end(PAGE),
  '/empty': (to) => to.end(),
  '/nonsense': (to) => to.end('nonsense'),
  '/d': (to) => to.end('d0ne'),
  '/error-page': (to) => to.writeHead(500).end(TORRENT),
  '/circle': (to) => to.writeHead(302, { location: '/circle' }).end(),
  '/other-host': (to) =>
    to.writeHead(302, { location: `http://localhost:${base.split(':')[2]}/torrent` }).end(),
  '/to-other': (to) => to.writeHead(302, { location: `${other}/redirected` }).end(),
  '/list.gz': (to) => to.end(gzipSync('a:1.2.3.0-1.2.3.9\nb:5.6.7.8-5.6.7.8\n')),
  '/feed': (to) => to.end(feed),
};

before(async () => {
  bench = await Bench.open();
  base = await serve((path, response) => {
    const answer = PATHS[path];
    if (answer === undefined) response.writeHead(404).end('nothing here');
    else answer(response);
  });
  other = await serve((_, response) => response.writeHead(302, { location: MAGNET }).end());
});
after(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await bench.close();
});

const found = async (path: string): Promise<string> => {
  const source = await readLink(base + path);
  return 'magnet' in source ? `magnet ${source.magnet.name}` : `torrent ${source.metainfo.info.name}`;
};
const good: readonly (readonly [string, string])[] = [
  ['/torrent', 'torrent one'],
  ['/encoded', 'torrent one'],
  ['/packed.gz', 'torrent one'],
  ['/moved', 'torrent one'],
  ['/to-magnet', 'magnet fête'],
  ['/to-raw-magnet', 'magnet fête'],
  ['/to-long-magnet', 'magnet fête'],
  ['/twice-to-magnet', 'magnet fête'],
  ['/text-magnet', 'magnet fête'],
  ['/other-host', 'torrent one'],
];
for (const [path, expected] of good)
  test(`an address of a torrent: ${path}`, async () => assert.equal(await found(path), expected));

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['/missing', 'fetch-failed', /HTTP status 404: it has no such page/],
  ['/error-page', 'fetch-failed', /HTTP status 500/],
  ['/broken-magnet', 'bad-link', /the magnet link that 127\.0\.0\.1:\d+ gave is broken: the link holds no/],
  ['/to-file', 'fetch-failed', /file: addresses are not fetched: only http and https/],
  ['/page', 'bad-torrent', /gave a web page, not a torrent file/],
  ['/shy-page', 'bad-torrent', /gave a web page, not a torrent file/],
  ['/empty', 'fetch-failed', /gave an empty answer/],
  ['/nonsense', 'bad-torrent', /is no torrent file/],
  ['/d', 'bad-torrent', /is no torrent file|is not a valid torrent/],
  ['/circle', 'fetch-failed', /redirected over 8 times/],
];
for (const [path, code, message] of bad)
  test(`an address that gives no torrent: ${path}`, () => assert.rejects(found(path), { code, message }));

test('two links at once are told apart from one that is broken', () =>
  assert.rejects(readLink(`${MAGNET} ${MAGNET}`), { code: 'bad-link', message: /these are 2 links/ }));

test('an address that redirects to a magnet link is one for every interface', async () => {
  const daemon = await Daemon.up(bench, 'interfaces');
  const added = await daemon.answer('POST', 'shares', { link: `${base}/to-magnet` });
  const { hash, name } = added.answer as { hash: string; name: string };
  assert.deepEqual([added.status, hash, name], [201, HASH, 'fête']);
  const missing = await daemon.answer('POST', 'shares', { link: `${base}/missing` });
  assert.deepEqual([missing.status, missing.answer.code], [422, 'fetch-failed']);

  const rpc = async (headers: Record<string, string>): Promise<Response> =>
    daemon.fetch('/transmission/rpc', {
      method: 'POST',
      headers,
      body: JSON.stringify({ method: 'torrent-add', arguments: { filename: `${base}/twice-to-magnet` } }),
    });
  const id = (await rpc({})).headers.get('x-transmission-session-id')!;
  const told = (await (await rpc({ 'x-transmission-session-id': id })).json()) as {
    readonly arguments: { readonly 'torrent-duplicate'?: { readonly hashString: string } };
  };
  assert.equal(told.arguments['torrent-duplicate']?.hashString, HASH);

  const hashes = ['1', '2', '3'].map((digit) => digit.repeat(40));
  const urls = `magnet:?xt=urn:btih:${hashes[0]} magnet:?xt=urn:btih:${hashes[1]}\r\n${base}/missing\n${hashes[2]}\n`;
  const form = new URLSearchParams({ urls });
  const response = await daemon.fetch('/api/v2/torrents/add', { method: 'POST', body: form });
  assert.deepEqual([response.status, await response.text()], [200, 'Ok.']);
  const all = (await daemon.shares()).map((share) => share.hash);
  assert.deepEqual(all, [HASH, ...hashes]);
});

test('faults of a feed are told; items lead into our own network on the host and port of the feed alone', async () => {
  const daemon = await Daemon.up(bench, 'feeds');
  const item = (title: string, link: string): string =>
    `<item><title>${title}</title><guid>${title}</guid><link>${link}</link></item>`;
  feed = `<rss>${item('same', `${base}/to-magnet`)}${item('elsewhere', `${other}/x`)}${item('sent on', `${base}/to-other`)}${item('gone', `${base}/missing`)}</rss>`;
  const url = `${base}/feed`;
  await daemon.ask('PATCH', 'settings', {
    feeds: [
      { url, words: '', label: null },
      { url: `${base}/page`, words: '', label: null },
    ],
  });
  interface FeedState {
    readonly url: string;
    readonly trouble: string | null;
    readonly items: readonly { title: string; link: string }[];
  }
  let feeds: readonly FeedState[] = [];
  await waitFor(async () => {
    ({ feeds } = await daemon.ask<{ feeds: readonly FeedState[] }>('GET', 'feeds'));
    return feeds.length === 2 && feeds.every(({ trouble }) => trouble !== null);
  }, 'trouble of both feeds');
  const [read, page] = feeds;
  assert.match(read!.trouble!, /^"elsewhere" could not be added: .*own network.*mayReachPrivate.*and 2 more/);
  assert.match(page!.trouble!, /gave a web page, not an RSS or Atom feed/);
  assert.equal(
    asked.some((address) => address.startsWith(new URL(other).host)),
    false,
  );
  const shares = await daemon.shares();
  assert.deepEqual(
    shares.map(({ hash }) => hash),
    [HASH],
  );
  // The control: with the setting that the refusal names, both are followed, at once.
  await daemon.ask('PATCH', 'settings', { mayReachPrivate: true });
  const { host } = new URL(other);
  await waitFor(
    () => ['x', 'redirected'].every((path) => asked.includes(`${host}/${path}`)),
    'both are asked',
  );
});

test('a block list that is packed is in force, and one that blocks no address is refused', async () => {
  const daemon = await Daemon.up(bench, 'lists');
  // Switched on before there is one: it is fetched.
  await daemon.ask('PATCH', 'settings', { blocklistUrl: `${base}/list.gz`, usesBlocklist: true });
  const inForce = async (): Promise<number> =>
    (await daemon.ask<{ ranges: number }>('GET', 'blocklist')).ranges;
  await waitFor(async () => (await inForce()) === 2, 'the list in force');
  assert.deepEqual(await daemon.ask('POST', 'blocklist'), { ranges: 2 });
  await daemon.ask('PATCH', 'settings', { blocklistUrl: `${base}/page` });
  const refused = await daemon.answer('POST', 'blocklist');
  assert.equal(refused.status, 400);
  assert.match(refused.answer.message as string, /is a web page, not a list/);
  const { ranges, trouble } = (await daemon.answer('GET', 'blocklist')).answer;
  assert.equal(ranges, 2, 'the old one stays in force');
  assert.match(trouble as string, /is a web page/);

  const packed = join(bench.dir, 'list.p2p.gz');
  await writeFile(packed, gzipSync('# nobody\na:1.2.3.0-1.2.3.9\nhuh\n'));
  const ready = await bench
    .shoal(['up', '--api-port', '0', '--port', '0', '--ip-filter', packed])
    .event('ready');
  assert.equal(ready.blockedRanges, 1);
  const empty = join(bench.dir, 'empty.p2p');
  await writeFile(empty, '# nobody\n');
  const program = bench.shoal(['up', '--api-port', '0', '--port', '0', '--ip-filter', empty]);
  const error = await program.event('error');
  assert.equal(error.code, 'bad-argument');
  assert.match(error.message as string, /empty\.p2p denies nothing/);
});
