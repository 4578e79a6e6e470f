// Our own tracker, under requests that are right and under those that are not: over real sockets on loopback.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { UdpPorts } from '../../src/net/link/node/udp.ts';
import { TrackerClient } from '../../src/net/tracker/node/client.ts';
import { TrackerServer } from '../../src/net/tracker/node/server.ts';
import type { AnnounceRequest } from '../../src/net/tracker/wire/announce.ts';
import { encodeConnect, encodeUdpAnnounce } from '../../src/net/tracker/wire/udp.ts';

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

test('our tracker: bytes above 0x7f in hashes, wrong requests, unknown paths, long queries', async () => {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1' });
  const base = `http://127.0.0.1:${tracker.port}`;
  const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
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

test("our tracker over both families: UDP tells of the asker's own, HTTP of both, in both forms", async () => {
  const tracker = await TrackerServer.listen({ port: 0 });
  const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
  const at = (scheme: string, host: string): string => `${scheme}://${host}:${tracker.port}/announce`;
  const peersOf = async (url: string, port: number): Promise<string[]> => {
    const response = await client.announce({ url, event: 'started' }, { ...request, port });
    return response.peers.map((peer) => `${peer.host} ${peer.port}`).sort();
  };
  try {
    await peersOf(at('udp', '127.0.0.1'), 7001);
    await peersOf(at('udp', '[::1]'), 7002);
    assert.deepEqual(await peersOf(at('udp', '127.0.0.1'), 7003), ['127.0.0.1 7001']);
    assert.deepEqual(await peersOf(at('udp', '[::1]'), 7004), ['::1 7002']);
    const all = ['127.0.0.1 7001', '127.0.0.1 7003', '::1 7002', '::1 7004'];
    assert.deepEqual(await peersOf(at('http', '127.0.0.1'), 7005), all);
    assert.deepEqual(await peersOf(at('http', '[::1]'), 7004), [
      ...all.slice(0, 2),
      '127.0.0.1 7005',
      '::1 7002',
    ]);
    const hash = [...request.infoHash].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    const query = `info_hash=${hash}&peer_id=${'b'.repeat(20)}&port=7006&compact=0`;
    const text = await (await fetch(`${at('http', '127.0.0.1')}?${query}`)).text();
    assert.match(text, /d2:ip9:127\.0\.0\.14:porti7001ee/);
    assert.match(text, /d2:ip3:::14:porti7002ee/);
  } finally {
    await client.close();
    await tracker.close();
  }
});

test('our tracker answers no UDP announce whose sender has not proved its address', async () => {
  const tracker = await TrackerServer.listen({ port: 0, host: 'localhost' });
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
