// The UDP side of a tracker: connection ids, announces in place, refusals, and that it makes nobody's flood larger.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeFilter } from '../../../../testkit/fake-filter.ts';
import { parseHost } from '../../../ground/address.ts';
import { toHex } from '../../../ground/bytes.ts';
import { createPrng } from '../../../ground/prng.ts';
import type { AnnounceRequest } from '../wire/announce.ts';
import {
  decodeUdpResponse,
  encodeConnect,
  encodeUdpAnnounce,
  encodeUdpScrape,
  type UdpResponse,
} from '../wire/udp.ts';
import { ConnectionIds } from './connection-ids.ts';
import { Registry } from './registry.ts';
import { UDP_ANSWER_BYTES, UdpTracker } from './udp-tracker.ts';

const MINUTE = 60_000;
const request: AnnounceRequest = {
  infoHash: Uint8Array.from({ length: 20 }, (_, i) => 255 - i),
  peerId: new Uint8Array(20).fill(0x2d),
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  event: 'started',
  key: 0,
  numWant: 50,
};

class Rig {
  readonly filter = new FakeFilter();
  readonly registry = new Registry({ prng: createPrng(1), secretPrng: createPrng(2), filter: this.filter });
  readonly tracker = new UdpTracker(this.registry, new ConnectionIds(createPrng(3)));
  now = 0;

  /** The bytes of the answer; none when there is none. */
  raw(packet: Uint8Array, host = '10.0.0.1', port = 5000): Uint8Array {
    const answer = new Uint8Array(UDP_ANSWER_BYTES);
    return answer.slice(0, this.tracker.handle(this.now, packet, parseHost(host)!, port, answer));
  }

  ask(packet: Uint8Array, host = '10.0.0.1', port = 5000): UdpResponse | undefined {
    const bytes = this.raw(packet, host, port);
    if (bytes.length === 0) return undefined;
    const decoded = decodeUdpResponse(bytes, host.includes(':') ? 6 : 4);
    assert.ok(decoded.ok);
    return decoded.value;
  }

  connect(host?: string, port?: number): Uint8Array {
    const answer = this.ask(encodeConnect(77), host, port);
    assert.ok(answer?.action === 'connect' && answer.transaction === 77);
    return answer.connection;
  }

  announce(
    id: Uint8Array,
    changes: Partial<AnnounceRequest> = {},
    host?: string,
    port?: number,
  ): UdpResponse | undefined {
    return this.ask(encodeUdpAnnounce(id, 9, { ...request, ...changes }, '/announce'), host, port);
  }
}

test('peers of a family find each other; a stop and a scrape say so', () => {
  const rig = new Rig();
  for (const host of ['10.0.0.1', '2001:db8::1']) rig.announce(rig.connect(host), { left: 0 }, host);
  const id = rig.connect('10.0.0.2');
  assert.deepEqual(rig.announce(id, { port: 7000 }, '10.0.0.2'), {
    action: 'announce',
    transaction: 9,
    response: { intervalSeconds: 900, seeders: 2, leechers: 1, peers: [{ host: '10.0.0.1', port: 6881 }] },
  });
  const long = rig.announce(rig.connect('2001:db8::2'), {}, '2001:db8::2');
  assert.ok(long?.action === 'announce');
  assert.deepEqual(long.response.peers, [{ host: '2001:db8::1', port: 6881 }]);
  const stopped = rig.announce(id, { port: 7000, event: 'stopped' }, '10.0.0.2');
  assert.ok(stopped?.action === 'announce');
  assert.deepEqual([stopped.response.peers, stopped.response.leechers], [[], 1]);
  const scrape = rig.ask(encodeUdpScrape(id, 4, [request.infoHash, new Uint8Array(20)]), '10.0.0.2');
  assert.deepEqual(scrape, {
    action: 'scrape',
    transaction: 4,
    counts: [
      { seeders: 2, completed: 0, leechers: 1 },
      { seeders: 0, completed: 0, leechers: 0 },
    ],
  });
  assert.deepEqual([rig.tracker.announces, rig.tracker.scrapes], [5, 1]);
});

test('a connection id holds for two minutes at least and three at most, for its host and port alone', () => {
  for (const host of ['10.0.0.1', '2001:db8::1']) {
    for (const start of [0, 1, MINUTE - 1, 7 * MINUTE + 20_000]) {
      const rig = new Rig();
      rig.now = start;
      const id = rig.connect(host);
      rig.now = start + 2 * MINUTE;
      assert.ok(rig.announce(id, {}, host), `${start}: two minutes`);
      for (const [otherHost, port] of [
        [host, 5001],
        ['10.0.0.2', 5000],
        ['2001:db8::2', 5000],
        // IPv6 that has the bytes of the IPv4 address in front.
        ['a00:1::', 5000],
      ] as const)
        assert.equal(rig.announce(id, {}, otherHost, port), undefined);
      for (const minutes of [3, 4, 5, 8, 4000]) {
        rig.now = start + minutes * MINUTE;
        assert.equal(rig.announce(id, {}, host), undefined, `${start}: ${minutes} minutes`);
      }
    }
  }
});

test('no id but the right one is taken, and another secret gives another', () => {
  const rig = new Rig();
  const id = rig.connect();
  for (let bit = 0; bit < 64; bit++) {
    const wrong = id.slice();
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(rig.announce(wrong), undefined, `bit ${bit}`);
  }
  assert.ok(rig.announce(id));
  const other = new ConnectionIds(createPrng(4));
  assert.equal(other.isValid(0, parseHost('10.0.0.1')!, 5000, id, 0), false);
});

test('who has not shown an id gets an answer to a connect alone, and no more bytes than it sent', () => {
  const rig = new Rig();
  rig.announce(rig.connect());
  const none = new Uint8Array(8);
  for (const packet of [
    encodeUdpAnnounce(none, 1, request, ''),
    encodeUdpScrape(none, 1, [request.infoHash]),
    encodeConnect(1).slice(0, 15),
    encodeConnect(1).fill(9, 0, 8),
    new Uint8Array(0),
  ])
    assert.equal(rig.raw(packet, '10.0.0.9').length, 0);
  assert.equal(rig.raw(encodeConnect(1), '10.0.0.9').length, encodeConnect(1).length);
  assert.equal(rig.raw(encodeConnect(1), '10.0.0.9', 0).length, 0, 'port 0 cannot be answered');
  assert.equal(rig.registry.peerCount, 1);
});

test('as many peers as are asked for, 50 by default, and never more than a datagram takes', () => {
  const rig = new Rig();
  const [short, long] = [rig.connect(), rig.connect('2001:db8::1')];
  for (let port = 1; port <= 300; port++) {
    rig.announce(short, { port });
    rig.announce(long, { port }, '2001:db8::1');
  }
  for (const [numWant, v4, v6] of [
    [0, 0, 0],
    [1, 1, 1],
    [0xffff_ffff, 50, 50],
    [60, 60, 60],
    [1000, 200, 70],
  ] as const) {
    const [a, b] = [rig.announce(short, { numWant }), rig.announce(long, { numWant }, '2001:db8::1')];
    assert.ok(a?.action === 'announce' && b?.action === 'announce');
    assert.deepEqual([a.response.peers.length, b.response.peers.length], [v4, v6]);
  }
});

test('port 0, denied shares and denied hosts', () => {
  const rig = new Rig();
  const id = rig.connect();
  const refusal = rig.announce(id, { port: 0 });
  assert.deepEqual(refusal, { action: 'error', transaction: 9, message: 'the port is not 1..65535' });
  rig.announce(id);
  rig.filter.deny(toHex(request.infoHash));
  const denied = rig.announce(id);
  assert.deepEqual(denied, {
    action: 'error',
    transaction: 9,
    message: 'this tracker does not serve that share',
  });
  assert.equal(rig.registry.peerCount, 0);
  rig.filter.deny('10.0.0.1');
  assert.equal(rig.raw(encodeConnect(1)).length, 0);
  assert.equal(rig.announce(id), undefined);
});
