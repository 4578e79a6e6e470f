// Trackers that misbehave, and our own tracker under requests that do: over real sockets on loopback.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeBencode } from '../src/ground/bencode.ts';
import { isTrackerPath, publicLookup, requirePublic } from '../src/link/node/web-access.ts';
import { UdpPorts } from '../src/link/node/udp.ts';
import { TrackerClient } from '../src/tracker/node/client.ts';
import { TrackerServer } from '../src/tracker/node/server.ts';
import type { AnnounceRequest } from '../src/tracker/wire/announce.ts';
import { encodeConnect, encodeUdpAnnounce } from '../src/tracker/wire/udp.ts';

const request: AnnounceRequest = {
  infoHash: new Uint8Array(20).fill(0xff),
  peerId: new Uint8Array(20).fill(0x80),
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  event: 'started',
  key: 1,
  numWant: 50,
};
const good = encodeBencode({ interval: 1800, peers: new Uint8Array([1, 2, 3, 4, 5, 6]) });

/** Announces to a server that answers with `listener`; 'ok' or the message of the failure. */
async function announceTo(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = new TrackerClient('test', await UdpPorts.open(0));
  try {
    const response = await client.announce(
      { url: `http://127.0.0.1:${port}/announce`, event: 'started' },
      request,
    );
    return `ok ${response.peers.map((peer) => `${peer.host}:${peer.port}`).join()}`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await client.close();
  }
}

const cases: readonly (readonly [string, RequestListener, RegExp])[] = [
  ['a plain answer', (_, res) => void res.end(good), /^ok 1\.2\.3\.4:1286$/],
  [
    'an answer compressed although we asked for none',
    (_, res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(good)),
    /^ok/,
  ],
  [
    'a gzip bomb',
    (_, res) =>
      void res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000))),
    /over 1048576 bytes/,
  ],
  [
    'an answer without end',
    (_, res) => {
      const timer = setInterval(() => res.write(Buffer.alloc(200_000)), 1);
      res.on('close', () => clearInterval(timer));
    },
    /over 1048576 bytes/,
  ],
  [
    'a redirect',
    (req, res) =>
      void (req.url!.startsWith('/announce')
        ? res.writeHead(302, { location: '/moved' }).end()
        : res.end(good)),
    /^ok/,
  ],
  [
    'redirects in a circle',
    (_, res) => void res.writeHead(302, { location: '/announce' }).end(),
    /redirected over 8 times/,
  ],
  [
    'a redirect to a file',
    (_, res) => void res.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    /only http and https/,
  ],
  ['a page instead of an answer', (_, res) => void res.end('<html>'), /no tracker answer.*bencode-syntax/],
  ['a missing page', (_, res) => void res.writeHead(404).end('gone'), /HTTP status 404/],
  [
    'an error page that begins as an answer does',
    (_, res) => void res.writeHead(404).end('denied'),
    /HTTP status 404/,
  ],
  ['an answer on an error page', (_, res) => void res.writeHead(500).end(good), /HTTP status 500/],
  [
    'a refusal with an error status',
    (_, res) => void res.writeHead(403).end(encodeBencode({ 'failure reason': 'not registered' })),
    /refused: not registered/,
  ],
  [
    'a refusal',
    (_, res) => void res.end(encodeBencode({ 'failure reason': 'not registered' })),
    /refused: not registered/,
  ],
  ['a connection that breaks', (req) => void req.socket.destroy(), /socket hang up|ECONNRESET/],
];
for (const [name, listener, expected] of cases) {
  test(`a tracker with ${name}`, async () => assert.match(await announceTo(listener), expected));
}

test('our tracker: bytes above 0x7f in hashes, wrong requests, unknown paths, long queries', async () => {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1' });
  const base = `http://127.0.0.1:${tracker.port}`;
  const client = new TrackerClient('test', await UdpPorts.open(0));
  const text = async (path: string): Promise<string> => (await fetch(base + path)).text();
  try {
    await client.announce({ url: `${base}/announce`, event: 'started' }, { ...request, left: 0 });
    const second = await client.announce(
      { url: `udp://127.0.0.1:${tracker.port}/announce`, event: 'started' },
      { ...request, port: 7000 },
    );
    assert.deepEqual(second.peers, [{ host: '127.0.0.1', port: 6881 }]);
    const [scraped] = await client.scrape(`udp://127.0.0.1:${tracker.port}/announce`, [request.infoHash]);
    assert.deepEqual([scraped!.seeders, scraped!.leechers], [1, 1]);
    assert.match(
      await text('/announce?info_hash=short&peer_id=x&port=1'),
      /info_hash must be 20 bytes.*never/,
    );
    assert.match(
      await text(`/announce?info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&port=0`),
      /port is not/,
    );
    assert.match(await text(`/announce?${'x'.repeat(9000)}`), /too long/);
    assert.equal((await fetch(`${base}/admin`)).status, 404);
    assert.equal(tracker.statistics().peers, 2);
  } finally {
    await client.close();
    await tracker.close();
  }
});

test('our tracker answers no UDP announce whose sender has not proved its address', async () => {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1' });
  const socket = createSocket('udp4');
  const answers: Buffer[] = [];
  socket.on('message', (bytes) => void answers.push(bytes));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()));
  try {
    socket.send(encodeUdpAnnounce(new Uint8Array(8), 1, request, ''), tracker.port, '127.0.0.1');
    // A connect behind it is answered: everything before it was handled.
    const connected = new Promise((resolve) => socket.once('message', resolve));
    socket.send(encodeConnect(2), tracker.port, '127.0.0.1');
    await connected;
    assert.equal(answers.length, 1);
    assert.equal(answers[0]!.length, 16);
    assert.equal(tracker.statistics().peers, 0);
  } finally {
    socket.close();
    await tracker.close();
  }
});

test('nobody sends us to services of our own machine or network', async () => {
  for (const url of [
    'http://127.0.0.1/admin',
    'http://[::1]:8080/',
    'http://[::ffff:127.0.0.1]/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0.0.0.0/',
    'http://10.1.2.3/x',
    'http://192.168.1.1/reboot',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/',
    'http://[fd00::1]/announcement/x',
  ])
    assert.throws(() => requirePublic(url), { code: 'private-address' }, url);
  requirePublic('http://203.0.113.7/x');
  assert.ok(
    isTrackerPath('http://192.168.1.2:6969/announce.php?passkey=1') && isTrackerPath('http://h/a/scrape'),
  );
  assert.ok(!isTrackerPath('http://h/announce/x') && !isTrackerPath('http://h/admin?x=/announce'));
  const resolved = await new Promise((resolve) => publicLookup('localhost', {}, (error) => resolve(error)));
  assert.equal((resolved as { code?: string } | null)?.code, 'private-address');
});

test('a tracker at home may be called by its usual path alone', async () => {
  const server = createServer((_, res) => void res.end(good));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = new TrackerClient('test', await UdpPorts.open(0));
  try {
    const url = `http://127.0.0.1:${port}/admin/delete`;
    await assert.rejects(client.announce({ url, event: 'started' }, request), { code: 'private-address' });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await client.close();
  }
});
