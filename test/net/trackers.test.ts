// Trackers that misbehave: over real sockets on loopback.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeBencode } from '../../src/ground/bencode.ts';
import { equalBytes, toByteString } from '../../src/ground/bytes.ts';
import { isTrackerPath, publicLookup, requirePublic } from '../../src/net/link/node/web-access.ts';
import { UdpPorts } from '../../src/net/link/node/udp.ts';
import { AnnounceDriver, TrackerClient } from '../../src/net/tracker/node/client.ts';
import type { AnnounceRequest } from '../../src/net/tracker/wire/announce.ts';
import {
  decodeUdpRequest,
  encodeUdpResponse,
  type UdpRequest,
  type UdpResponse,
} from '../../src/net/tracker/wire/udp.ts';

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

const goodText = toByteString(good);

/** Announces to a server that answers with `listener`; 'ok' or the message of the failure. */
async function announceTo(listener: RequestListener, path = '/announce'): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
  try {
    const response = await client.announce(
      { url: `http://127.0.0.1:${port}${path}`, event: 'started' },
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
  ['a page instead of an answer', (_, res) => void res.end('<html>'), /no tracker answer: it is a web page/],
  ['an empty answer', (_, res) => void res.end(), /no tracker answer: the answer is empty/],
  [
    'a page that starts like a dictionary',
    (_, res) => void res.end('d1:a'),
    /no tracker answer: .*truncated/,
  ],
  [
    'a dictionary that is no answer, with a page behind it',
    (_, res) => void res.end('d1:a1:be<html>'),
    /no tracker answer: .*neither peers/,
  ],
  ['an error page that starts with d', (_, res) => void res.writeHead(404).end('down'), /HTTP status 404/],
  [
    'an error page that is a dictionary',
    (_, res) => void res.writeHead(500).end('d5:errori500ee'),
    /HTTP status 500/,
  ],
  ['an answer under an error status', (_, res) => void res.writeHead(500).end(good), /HTTP status 500/],
  [
    'a refusal under an error status',
    (_, res) => void res.writeHead(403).end('d14:failure reason4:nopee<br>'),
    /refused: nope/,
  ],
  ['a line end behind the answer', (_, res) => void res.end(`${goodText}\r\n`), /^ok 1\.2\.3\.4:1286$/],
  ['a key behind the answer', (_, res) => void res.end(`${goodText}6:peers60:`), /^ok 1\.2\.3\.4:1286$/],
  [
    'a key twice',
    (_, res) => void res.end(goodText.replace('8:interval', '8:intervali60e8:interval')),
    /^ok 1\.2\.3\.4:1286$/,
  ],
  [
    'a leading zero',
    (_, res) => void res.end(goodText.replace('i1800e', 'i01800e').replace('5:peers', '05:peers')),
    /^ok 1\.2\.3\.4:1286$/,
  ],
  [
    'keys out of order',
    (_, res) =>
      void res.end(`d${goodText.slice(1).replace('8:intervali1800e', '').slice(0, -1)}8:intervali1800ee`),
    /^ok 1\.2\.3\.4:1286$/,
  ],
  [
    'half a peer at the end',
    (_, res) => void res.end('d5:peers8:\x01\x02\x03\x04\x05\x06\x07\x08e'),
    /^ok 1\.2\.3\.4:1286$/,
  ],
  [
    'peers by name',
    (_, res) => void res.end('d5:peersld2:ip9:localhost4:porti7eed2:ip3:::14:porti7eeee'),
    /^ok localhost:7,::1:7$/,
  ],
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

test('the query of an announce stands before the fragment of the address, which is not sent', async () => {
  const asked: string[] = [];
  const listener: RequestListener = (req, res) => {
    asked.push(req.url!);
    res.end(good);
  };
  for (const path of ['/announce#here', '/announce?passkey=1#here', '/announce?', '/announce?passkey=1&'])
    assert.match(await announceTo(listener, path), /^ok/, path);
  const query = /^info_hash=%ff.*&event=started$/;
  const starts = ['/announce?', '/announce?passkey=1&', '/announce?', '/announce?passkey=1&'];
  for (const [i, start] of starts.entries()) {
    assert.ok(asked[i]!.startsWith(start), asked[i]!);
    assert.match(asked[i]!.slice(start.length), query);
  }
});

test('a tracker tells us our address (BEP 24)', async () => {
  const server = createServer((_, res) => {
    res.end(encodeBencode({ interval: 1800, peers: '', 'external ip': Uint8Array.of(203, 0, 113, 9) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
  const told = Promise.withResolvers<Uint8Array>();
  const driver = new AnnounceDriver(client, {
    tiers: [[`http://127.0.0.1:${port}/announce`]],
    infoHash: request.infoHash,
    peerId: request.peerId,
    port: 6881,
    counters: () => ({ uploaded: 0, downloaded: 0, left: 1, isShortOfPeers: false }),
    onPeers: () => {},
    onExternalIp: told.resolve,
  });
  try {
    driver.start();
    assert.deepEqual([...(await told.promise)], [203, 0, 113, 9]);
  } finally {
    await driver.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    client.close();
  }
});

/** A UDP tracker whose memory of connection ids can be lost; it counts what it is asked. */
class ForgetfulTracker {
  readonly socket = createSocket('udp4');
  connects = 0;
  announces = 0;
  #id = new Uint8Array(8).fill(1);
  /** Its answer to a connection id that it does not know. */
  onUnknown: 'error' | 'silence' = 'error';

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.socket.bind(0, '127.0.0.1', () => resolve()));
    this.socket.on('message', (packet, from) => {
      const answer = this.#answer(packet);
      if (answer !== undefined) this.socket.send(encodeUdpResponse(answer), from.port, from.address);
    });
    return this.socket.address().port;
  }

  restart(): void {
    this.#id = this.#id.map((byte) => byte + 1);
  }

  #answer(packet: Uint8Array): UdpResponse | undefined {
    const decoded = decodeUdpRequest(packet);
    assert.ok(decoded.ok);
    const { transaction } = decoded.value;
    if (decoded.value.action === 'connect') {
      this.connects++;
      return { action: 'connect', transaction, connection: this.#id };
    }
    this.announces++;
    if (!equalBytes(decoded.value.connection, this.#id)) {
      return this.onUnknown === 'silence'
        ? undefined
        : { action: 'error', transaction, message: 'Connection ID missmatch.\0' };
    }
    return {
      action: 'announce',
      transaction,
      response: { intervalSeconds: 1800, seeders: 1, leechers: 0, peers: [] },
    };
  }
}

for (const onUnknown of ['error', 'silence'] as const) {
  test(`a UDP tracker that forgot our connection id and answers with ${onUnknown} is asked under a new one`, async () => {
    const tracker = new ForgetfulTracker();
    const port = await tracker.listen();
    const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
    const due = { url: `udp://127.0.0.1:${port}/announce`, event: 'started' } as const;
    try {
      await client.announce(due, request);
      await client.announce(due, request);
      assert.deepEqual([tracker.connects, tracker.announces], [1, 2], 'an id is used again');
      tracker.restart();
      tracker.onUnknown = onUnknown;
      const response = await client.announce(due, request);
      assert.equal(response.seeders, 1);
      assert.equal(tracker.connects, 2);
      await client.announce(due, request);
      assert.equal(tracker.connects, 2, 'the new id is kept');
    } finally {
      tracker.socket.close();
      client.close();
    }
  });
}

test('a UDP tracker that refuses is asked under a new connection id once, and then believed', async () => {
  const tracker = createSocket('udp4');
  let announces = 0;
  tracker.on('message', (packet, from) => {
    const { value } = decodeUdpRequest(packet) as { value: UdpRequest };
    const { transaction } = value;
    const answer: UdpResponse =
      value.action === 'connect'
        ? { action: 'connect', transaction, connection: new Uint8Array(8).fill(5) }
        : { action: 'error', transaction, message: `refusal ${++announces}` };
    tracker.send(encodeUdpResponse(answer), from.port, from.address);
  });
  await new Promise<void>((resolve) => tracker.bind(0, '127.0.0.1', () => resolve()));
  const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
  const due = { url: `udp://127.0.0.1:${tracker.address().port}`, event: 'started' } as const;
  try {
    await assert.rejects(client.announce(due, request), /refused: refusal 1$/);
    await assert.rejects(client.announce(due, request), /refused: refusal 3$/);
  } finally {
    tracker.close();
    client.close();
  }
});

test('no tracker leads us to services of our own machine or network', async () => {
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
  const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
  try {
    const url = `http://127.0.0.1:${port}/admin/delete`;
    await assert.rejects(client.announce({ url, event: 'started' }, request), { code: 'private-address' });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await client.close();
  }
});
