// Rules end to end: what they deny is not added, served, kept or talked to, whoever asks; without them nothing is filtered.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { decodeMetainfo } from '../../src/data/content/metainfo.ts';
import { fromHex, toHex } from '../../src/ground/bytes.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { DhtService } from '../../src/net/dht/node/service.ts';
import { UdpPorts } from '../../src/net/link/node/udp.ts';
import { TrackerClient } from '../../src/net/tracker/node/client.ts';
import { StateDb } from '../../src/systems/torrents/state/state-db.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import type { JsonEvent } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';

const HASH = '00112233445566778899aabbccddeeff00112233';
const OTHER = 'ff112233445566778899aabbccddeeff00112233';
const REASON = 'not in this house';
const DENIED = `the rules deny this share: ${REASON} (list "own rules")`;

let bench: Bench;
let data: string;
let torrent: string;
let infoHash: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '-o', torrent, '--piece-length', '64K']).event('created');
  const decoded = decodeMetainfo(readFileSync(torrent), nodeHasher);
  assert.ok(decoded.ok);
  infoHash = toHex(decoded.value.infoHashV1!);
});
after(() => bench.close());

async function run(
  state: string,
  ...args: string[]
): Promise<{ status: number | null; events: readonly JsonEvent[] }> {
  const program = bench.shoal(args, { state });
  return { status: await program.exited, events: program.events };
}

const deny = (daemon: Daemon, what: string): Promise<object> =>
  daemon.ask<object>('POST', 'rules', { what, reason: REASON });

async function rpc(daemon: Daemon, method: string, args: object = {}): Promise<{ result: string }> {
  const first = await daemon.fetch('/transmission/rpc');
  const headers = { 'x-transmission-session-id': first.headers.get('x-transmission-session-id')! };
  const body = JSON.stringify({ method, arguments: args });
  const answer = await daemon.fetch('/transmission/rpc', { method: 'POST', headers, body });
  return (await answer.json()) as { result: string };
}

test('a denied share is added by no way: API, command, Transmission, qBittorrent, watch folder, feed', async () => {
  const server = createServer((_, response) =>
    response.end(
      `<rss><channel><item><title>x</title><link>magnet:?xt=urn:btih:${HASH}</link></item></channel></rss>`,
    ),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const daemon = await Daemon.up(bench, 'adding');
  await deny(daemon, HASH);
  await deny(daemon, infoHash);
  const link = `magnet:?xt=urn:btih:${HASH}`;

  const { status, answer } = await daemon.answer('POST', 'shares', { link });
  assert.deepEqual([status, answer.code, answer.message], [422, 'denied', DENIED]);
  const sent = await run(daemon.state, 'add', torrent);
  assert.deepEqual([sent.status, sent.events.at(-1)!.code], [1, 'denied']);

  const added = await run(daemon.state, 'add', link);
  assert.deepEqual([added.status, added.events.at(-1)!.code], [1, 'denied']);

  assert.equal((await rpc(daemon, 'torrent-add', { filename: link })).result, DENIED);
  const form = new URLSearchParams({ urls: link });
  const refused = await daemon.fetch('/api/v2/torrents/add', { method: 'POST', body: form });
  assert.ok(!/^Ok/.test(await refused.text()) || !refused.ok, 'qBittorrent is told');

  const watchDir = join(bench.dir, 'watched');
  await mkdir(watchDir);
  await writeFile(join(watchDir, 'x.magnet'), link);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await daemon.ask('PATCH', 'settings', { watchDir, feeds: [{ url, words: '', label: null }] });
  await waitFor(() => existsSync(join(watchDir, 'x.magnet.invalid.txt')), 'the watch folder says why');
  assert.equal(readFileSync(join(watchDir, 'x.magnet.invalid.txt'), 'utf8'), `${DENIED}\n`);
  await waitFor(async () => {
    const { feeds } = await daemon.ask<{ feeds: readonly { trouble: string | null }[] }>('GET', 'feeds');
    return feeds[0]?.trouble?.includes(DENIED) === true;
  }, 'the feed says why');
  assert.deepEqual(await daemon.shares(), []);

  // The control: what no rule names is added.
  await daemon.ask('POST', 'shares', { link: OTHER });
  assert.equal((await daemon.shares()).length, 1);
  const logged = await run(daemon.state, 'rules', 'log');
  const refusal = logged.events.find(({ subject, occasion }) => subject === HASH && occasion === 'add')!;
  assert.deepEqual([refusal.list, refusal.reason], ['own rules', REASON]);
  assert.ok((refusal.count as number) >= 5);
  server.close();
  await daemon.stop();
});

test('a share that becomes denied stops and says why; with the rule gone it goes on', async () => {
  const daemon = await Daemon.up(bench, 'running');
  await daemon.ask('POST', 'shares', { path: data });
  const [share] = await daemon.untilShares('it is offered', (shares) => shares[0]?.phase === 'seeding');
  const { magnet } = await daemon.ask<{ magnet: string }>('GET', `shares/${share!.id}`);
  const fetcher = (name: string) =>
    bench.shoal(['get', magnet, '-o', join(bench.dir, name), '--timeout', '4', '--port', '0']);

  const before = fetcher('before');
  assert.equal(await before.exited, 0, before.output);
  const hash = /btih:([0-9a-f]{40})/.exec(magnet)![1]!;
  const denied = await run(daemon.state, 'rules', 'add', hash, '--reason', REASON);
  assert.equal(denied.status, 0);
  const [stopped] = await daemon.untilShares('it has stopped', (shares) => shares[0]!.phase === 'failed');
  const { trouble, troubleCode } = stopped as unknown as { trouble: string; troubleCode: string };
  assert.deepEqual([troubleCode, trouble], ['denied', DENIED]);
  const during = fetcher('during');
  assert.notEqual(await during.exited, 0, 'nobody gets it');
  // A person cannot start it either, by no way, and is told why.
  const { status, answer } = await daemon.answer('PATCH', 'shares/1', { isPaused: false, labels: ['x'] });
  assert.deepEqual([status, answer.code, answer.message], [422, 'denied', DENIED]);
  assert.equal((await rpc(daemon, 'torrent-start', { ids: [1] })).result, DENIED);
  const form = new URLSearchParams({ hashes: 'all' });
  const refused = await daemon.fetch('/api/v2/torrents/start', { method: 'POST', body: form });
  assert.equal(((await refused.json()) as { message: string }).message, DENIED);
  const { id: other } = await daemon.ask('POST', 'shares', { link: OTHER, isPaused: true });
  const resumed = await run(daemon.state, 'resume', '1', `${other}`);
  assert.deepEqual([resumed.status, resumed.events.at(-1)!.message], [1, DENIED]);
  const [first, second] = await daemon.shares();
  assert.deepEqual([first!.phase, first!.labels], ['failed', []], 'nothing of the change holds');
  assert.notEqual(second!.phase, 'paused', 'one that is denied keeps no other from going on');
  await daemon.ask('DELETE', `shares/${other}`);
  for (const command of ['add', 'get']) {
    const again = await run(daemon.state, command, magnet);
    assert.deepEqual([again.status, again.events.at(-1)!.message], [1, DENIED], command);
  }

  assert.equal((await run(daemon.state, 'rules', 'allow', hash)).status, 0);
  await daemon.untilShares('it goes on', (shares) => shares[0]!.phase === 'seeding');
  const later = fetcher('later');
  assert.equal(await later.exited, 0, later.output);
  await daemon.stop();
});

test('commands without a daemon keep to the rules as well', async () => {
  const state = join(bench.dir, 'state-alone');
  assert.equal((await run(state, 'rules', 'add', torrent.replace('.torrent', '.none'))).status, 1);
  assert.equal((await run(state, 'rules', 'add', infoHash, '--reason', REASON)).status, 0);
  const checked = await run(state, 'rules', 'check', torrent);
  assert.deepEqual(
    [checked.status, checked.events[0]!.isDenied, checked.events[0]!.reason, checked.events[0]!.line],
    [1, true, REASON, null],
  );
  const shared = await run(state, 'share', torrent, '--dir', dirname(data), '--port', '0');
  assert.deepEqual([shared.status, shared.events.at(-1)!.code], [1, 'denied']);
  const fetched = await run(state, 'get', torrent, '-o', join(bench.dir, 'alone'), '--port', '0');
  assert.deepEqual([fetched.status, fetched.events.at(-1)!.code], [1, 'denied']);
  const logged = await run(state, 'rules', 'log');
  assert.ok(logged.events.some(({ subject, occasion }) => subject === infoHash && occasion === 'share'));
  assert.equal((await run(state, 'rules', 'remove', infoHash)).status, 0);
  assert.equal((await run(state, 'rules', 'check', torrent)).status, 0);
  const program = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0'], { state });
  await program.event('ready');
  await program.stop();
});

test('our tracker does not serve a denied share, and serves others', async () => {
  const state = join(bench.dir, 'state-tracker');
  await run(state, 'rules', 'add', HASH);
  const { port } = await bench.shoal(['tracker', '--port', '0', '--state', state]).event('ready');
  const udp = await UdpPorts.open(0);
  const client = new TrackerClient('test', udp.channel('tracker'));
  const announce = (scheme: string, hash: string) =>
    client.announce(
      { url: `${scheme}://127.0.0.1:${port}/announce`, event: 'started' },
      {
        infoHash: fromHex(hash)!,
        peerId: new Uint8Array(20),
        port: 6881,
        uploaded: 0,
        downloaded: 0,
        left: 1,
        event: 'started',
        key: 0,
        numWant: 50,
      },
    );
  for (const scheme of ['http', 'udp']) {
    await assert.rejects(announce(scheme, HASH), /this tracker does not serve that share/);
    assert.ok((await announce(scheme, OTHER)).intervalSeconds > 0);
  }
  const counts = await client.scrape(`http://127.0.0.1:${port}/announce`, [fromHex(HASH)!, fromHex(OTHER)!]);
  assert.deepEqual(
    counts.map(({ leechers }) => leechers),
    [0, 1],
  );
  client.close();
  udp.close();
});

test('our DHT node neither keeps nor tells of a denied share, and does of others', async () => {
  const udp = await UdpPorts.open(0, '127.0.0.1');
  const service = new DhtService({ datagrams: udp.channel('dht'), routers: [] });
  service.start();
  const daemon = await Daemon.up(bench, 'dht', '--dht-node', `127.0.0.1:${udp.portOf(4)}`);
  await deny(daemon, HASH);
  const peerPort = daemon.program.events.find(({ event }) => event === 'ready')!.peerPort as number;
  service.addNode('person', '127.0.0.1', peerPort);
  assert.ok(await service.waitUntilReady(30_000), 'the daemon answers');
  const told = async (hash: string): Promise<number> => {
    const infoHash20 = fromHex(hash)!;
    const announced = await service.announce(infoHash20, { port: 7001, isSeed: false, onPeers: () => {} });
    assert.equal(announced[0]!.stored, 1, 'it is acknowledged');
    let found = 0;
    await service.findPeers(infoHash20, {
      onPeers: (peers, from) => {
        if (from !== undefined) found += peers.length;
      },
    });
    return found;
  };
  assert.equal(await told(HASH), 0);
  assert.ok((await told(OTHER)) > 0);
  service.close();
  udp.close();
  await daemon.stop();
});

test('a denied peer is not talked to, and is when the rule is gone', async () => {
  let calls = 0;
  const counter = createTcpServer((socket) => {
    calls++;
    socket.destroy();
  });
  const host = '127.0.0.2';
  await new Promise<void>((resolve) => counter.listen(0, host, resolve));
  const seed = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  const ready = await seed.event('ready');
  const named = `${host}:${(counter.address() as AddressInfo).port}`;
  const link = `magnet:?xt=urn:btih:${infoHash}&x.pe=${named}&x.pe=[::1]:${ready.port as number}`;
  const daemon = await Daemon.up(bench, 'peers');
  await deny(daemon, `${host}/32`);
  await daemon.ask('POST', 'shares', { link });
  const [share] = await daemon.untilShares(
    'it comes from the seed',
    (shares) => shares[0]!.phase === 'seeding',
  );
  assert.equal(calls, 0);
  const logged = await run(daemon.state, 'rules', 'log');
  assert.ok(logged.events.some(({ subject, occasion }) => subject === host && occasion === 'peer'));
  // The control.
  await daemon.ask('DELETE', `rules?what=${host}`);
  await daemon.ask('DELETE', `shares/${share!.id}?data=true`);
  await daemon.ask('POST', 'shares', { link: `${link}&dn=again` });
  await waitFor(() => calls > 0, 'the counter is called');
  counter.close();
  await daemon.stop();
  await seed.stop();
});

test('a connection to a peer that becomes denied ends; with the rule gone there are new ones', async () => {
  const seed = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  const { port } = await seed.event('ready');
  const daemon = await Daemon.up(bench, 'connected');
  const link = `magnet:?xt=urn:btih:${infoHash}&x.pe=[::1]:${port as number}`;
  // So slow that it is still being fetched when the rule comes.
  const { id } = await daemon.ask('POST', 'shares', { link, downloadLimit: 16_384 });
  const peersNow = async (): Promise<number> =>
    (await daemon.ask<{ peers: readonly object[] }>('GET', `shares/${id}/peers`)).peers.length;
  await waitFor(async () => (await peersNow()) > 0, 'it is connected');
  await deny(daemon, '::1');
  await waitFor(async () => (await peersNow()) === 0, 'the connection has ended');
  await daemon.ask('DELETE', 'rules?what=::1');
  // A new share: the old one asks the same peer again after a minute.
  await daemon.ask('DELETE', `shares/${id}?data=true`);
  await daemon.ask('POST', 'shares', { link });
  await daemon.untilShares('it is whole', (shares) => shares[0]!.phase === 'seeding');
  await daemon.stop();
  await seed.stop();
});

test('a list from an address: added by a command, shown, refreshed, kept when its server fails', async () => {
  let body = `# my list\n${HASH} # ${REASON}\nnonsense\n`;
  const server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list.txt`;
  const daemon = await Daemon.up(bench, 'source');
  const { events } = await run(daemon.state, 'rules', 'add', url);
  const source = events.find(({ event }) => event === 'source')!;
  assert.deepEqual([source.rules, source.kind, source.problemCount], [1, 'hashes', 1]);
  assert.match((source.problems as { message: string }[])[0]!.message, /"nonsense": an info hash is/);
  assert.equal((await daemon.answer('POST', 'shares', { link: HASH })).answer.code, 'denied');
  body = '<!doctype html>';
  const failed = await run(daemon.state, 'rules', 'refresh', '1');
  assert.equal(failed.status, 1);
  const shown = await run(daemon.state, 'rules', 'show');
  assert.match(String(shown.events[0]!.trouble), /is a web page/);
  assert.equal((await daemon.answer('POST', 'shares', { link: HASH })).answer.code, 'denied');
  body = `${OTHER}\n`;
  assert.equal((await run(daemon.state, 'rules', 'refresh')).status, 0);
  assert.equal((await daemon.answer('POST', 'shares', { link: HASH })).status, 201);
  server.close();
  await daemon.stop();
});

test('off: nothing is loaded, kept or filtered, and what would block somebody is refused', async () => {
  const state = join(bench.dir, 'daemon-off');
  await run(state, 'rules', 'add', HASH);
  await run(state, 'systems', 'off', 'rules');
  const list = join(bench.dir, 'some.p2p');
  await writeFile(list, '1.2.3.4\n');
  const blocked = await run(state, 'up', '--ip-filter', list, '--api-port', '0', '--port', '0');
  assert.deepEqual([blocked.status, blocked.events.at(-1)!.code], [1, 'unsupported']);
  for (const args of [['show'], ['add', OTHER]]) {
    const refused = await run(state, 'rules', ...args);
    assert.match(String(refused.events.at(-1)!.message), /the system rules is off/);
  }
  const daemon = await Daemon.up(bench, 'off');
  const missing = await daemon.answer('GET', 'rules');
  assert.match(String(missing.answer.message), /belongs to rules, which is off/);
  assert.equal((await daemon.answer('POST', 'shares', { link: HASH })).status, 201);
  const asked = await run(state, 'rules', 'check', HASH);
  assert.match(String(asked.events.at(-1)!.message), /the system rules is off/);
  for (const change of [
    { usesBlocklist: true },
    { blocklistUrl: 'http://x.example/' },
    { bannedAddresses: ['1.2.3.4'] },
  ]) {
    const { status, answer } = await daemon.answer('PATCH', 'settings', change);
    assert.deepEqual([status, answer.code], [409, 'unsupported'], JSON.stringify(change));
  }
  // What a program tells back as it is changes nothing.
  await daemon.ask('PATCH', 'settings', { usesBlocklist: false, bannedAddresses: [] });
  assert.match((await rpc(daemon, 'blocklist-update')).result, /belong to the system rules, which is off/);
  assert.match(
    (await rpc(daemon, 'session-set', { 'blocklist-enabled': true })).result,
    /rules, which is off/,
  );
  assert.equal((await rpc(daemon, 'session-set', { 'blocklist-enabled': false })).result, 'success');
  for (const [json, isTaken] of [
    ['{"ip_filter_enabled":true}', false],
    ['{"banned_IPs":"192.0.2.7"}', false],
    ['{"ip_filter_enabled":false,"banned_IPs":""}', true],
  ] as const) {
    const body = new URLSearchParams({ json });
    const answer = await daemon.fetch('/api/v2/app/setPreferences', { method: 'POST', body });
    assert.equal(answer.ok, isTaken, json);
  }
  await daemon.stop();
});

test('a default start with rules on makes no list folder', async () => {
  const daemon = await Daemon.up(bench, 'quiet');
  assert.equal(existsSync(join(daemon.state, 'rules')), false);
  await daemon.stop();
});

test('what an older version kept is taken over: the block list with its copy, and banned addresses', async () => {
  const state = join(bench.dir, 'daemon-older');
  await mkdir(state, { mode: 0o700 });
  StateDb.claim(state).close();
  // As versions before the host had a store of settings wrote them.
  const db = new DatabaseSync(join(state, 'shoal.db'));
  const put = db.prepare('INSERT INTO settings VALUES (?, ?)');
  for (const [name, value] of [
    ['usesBlocklist', true],
    ['blocklistUrl', 'http://127.0.0.1:9/list'],
    ['bannedAddresses', ['192.0.2.7', 'beef']],
  ] as const)
    put.run(name, JSON.stringify(value));
  db.close();
  await writeFile(join(state, 'blocklist.txt'), 'Some:10.0.0.0-10.0.0.255\n');
  const daemon = await Daemon.up(bench, 'older');
  const settings = await daemon.ask<Record<string, unknown>>('GET', 'settings');
  assert.deepEqual(
    [settings.usesBlocklist, settings.blocklistUrl, settings.bannedAddresses],
    [true, 'http://127.0.0.1:9/list', ['192.0.2.7']],
  );
  await waitFor(
    async () => (await daemon.ask<{ ranges: number }>('GET', 'blocklist')).ranges === 2,
    'both hold',
  );
  await daemon.stop();
  const again = await Daemon.up(bench, 'older');
  assert.deepEqual((await again.ask<Record<string, unknown>>('GET', 'settings')).usesBlocklist, true);
  await again.stop();
});
