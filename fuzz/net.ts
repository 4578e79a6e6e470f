/** Targets of `src/net`: the DHT, trackers, local discovery. */
import assert from 'node:assert/strict';
import { encodeCompact } from '../src/ground/address.ts';
import { toUtf8 } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { DhtNode } from '../src/net/dht/core/dht-node.ts';
import { AMPLIFICATION } from '../src/net/dht/core/responder.ts';
import { nodeSignatures } from '../src/net/dht/node/ed25519.ts';
import { decodePointer, encodePointer, signedBytes } from '../src/net/dht/wire/items.ts';
import { decodeKrpc } from '../src/net/dht/wire/krpc.ts';
import { KrpcWriter } from '../src/net/dht/wire/krpc-writer.ts';
import { Endpoint } from '../src/ground/endpoint.ts';
import { createPrng } from '../src/ground/prng.ts';
import { decodeLsd, encodeLsd } from '../src/net/lsd/wire/message.ts';
import { ConnectionIds } from '../src/net/tracker/core/connection-ids.ts';
import { Registry } from '../src/net/tracker/core/registry.ts';
import { UDP_ANSWER_BYTES, UdpTracker } from '../src/net/tracker/core/udp-tracker.ts';
import { MAX_INTERVAL_SECONDS } from '../src/net/tracker/wire/announce.ts';
import { decodeAnnounce, decodeScrape, encodeAnnounce, encodeScrape } from '../src/net/tracker/wire/http.ts';
import {
  decodeUdpRequest,
  decodeUdpResponse,
  encodeConnect,
  encodeUdpAnnounce,
  encodeUdpResponse,
  encodeUdpScrape,
} from '../src/net/tracker/wire/udp.ts';
import type { Target } from './target.ts';

const peers = [
  { host: '1.2.3.4', port: 5 },
  { host: '2001:db8::1', port: 6 },
];

const answer = {
  intervalSeconds: 60,
  minIntervalSeconds: 30,
  seeders: 1,
  leechers: 2,
  externalIp: Uint8Array.of(1, 2, 3, 4),
  v4: encodeCompact(peers[0]!)!,
  v6: encodeCompact(peers[1]!)!,
};

const announce = {
  infoHash: new Uint8Array(20).fill(1),
  peerId: new Uint8Array(20).fill(2),
  port: 1,
  uploaded: 2,
  downloaded: 3,
  left: 4,
  event: undefined,
  key: 5,
  numWant: 6,
};

/** A tracker to which one host has connected, and another has not. */
const registry = new Registry({
  prng: createPrng(1),
  secretPrng: createPrng(2),
  maxSwarms: 100,
  maxPeers: 1000,
});
const tracker = new UdpTracker(registry, new ConnectionIds(createPrng(3)));
const [friend, stranger] = [Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)];
const connected = new Uint8Array(UDP_ANSWER_BYTES);
tracker.handle(0, encodeConnect(1), friend, 7, connected);
const connection = connected.slice(8, 16);

/** Messages of every kind. */
function krpcPackets(): Uint8Array[] {
  const writer = new KrpcWriter();
  const id = new Uint8Array(20).fill(7);
  const target = new Uint8Array(20).fill(8);
  const item = {
    key: new Uint8Array(32),
    signature: new Uint8Array(64),
    sequence: 3,
    value: toUtf8('5:hello'),
  };
  return [
    writer.query('ping', 1, id, false, {}).slice(),
    writer.query('find_node', 1, id, true, { target, wants: 3 }).slice(),
    writer.query('get_peers', 1, id, false, { infoHash: target, wantsScrape: true, padTo: 310 }).slice(),
    writer
      .query('announce_peer', 1, id, false, { infoHash: target, port: 5, token: target, isSeed: true })
      .slice(),
    writer.query('put', 1, id, false, { ...item, token: target, salt: toUtf8('s'), cas: 2 }).slice(),
    writer.query('get', 1, id, false, { target, sequence: 1 }).slice(),
    writer.query('sample_infohashes', 1, id, false, { target }).slice(),
    writer
      .response(toUtf8('abcd'), new Uint8Array(6), {
        id,
        ...item,
        nodes: new Uint8Array(52),
        nodes6: new Uint8Array(38),
        token: target,
        values: toUtf8('6:abcdef6:ghijkl'),
        samples: new Uint8Array(40),
        count: 2,
        intervalSeconds: 60,
      })
      .slice(),
    writer.error(toUtf8('ab'), new Uint8Array(6), 203, 'Protocol Error').slice(),
  ];
}

let sentBytes = 0;
const fuzzedPeer = Endpoint.from('93.184.216.34', 6881)!;
let dhtTime = 0;
const fuzzedNode = new DhtNode({
  sink: { send: (packet) => (sentBytes += packet.length), onIdentity: () => {} },
  prng: createPrng(1),
  secretPrng: createPrng(2),
  hasher: nodeHasher,
  signatures: nodeSignatures,
  family: 4,
});

export const NET_TARGETS: readonly Target[] = [
  {
    name: 'krpc',
    seeds: krpcPackets(),
    run: (input) => {
      const decoded = decodeKrpc(input);
      if (decoded.ok && decoded.value.kind !== 'error') assert.equal(decoded.value.id.length, 20);
      // A whole node takes it as well: never more goes back than the rule allows, and nothing grows.
      const before = sentBytes;
      fuzzedNode.handlePacket((dhtTime += 1000), input, fuzzedPeer);
      assert.ok(sentBytes - before <= AMPLIFICATION * input.length + 200, 'amplification');
      assert.ok(
        fuzzedNode.peers.peerCount <= 20_000 &&
          fuzzedNode.items.size <= 4000 &&
          fuzzedNode.rpc.outstanding <= 600,
      );
    },
  },
  {
    name: 'signatures',
    seeds: [new Uint8Array(96), signedBytes(toUtf8('salt'), 1, toUtf8('5:hello'))],
    run: (input) => {
      assert.equal(
        nodeSignatures.verify(input.subarray(0, 32), input.subarray(96), input.subarray(32, 96)),
        false,
      );
      const pointer = decodePointer(input);
      if (pointer !== undefined) assert.deepEqual(decodePointer(encodePointer(pointer)), pointer);
    },
  },
  {
    name: 'lsd',
    seeds: [encodeLsd({ infoHashes: [new Uint8Array(20).fill(5)], port: 6881, cookie: 'abc' }, 4)],
    run: (input) => {
      const decoded = decodeLsd(input);
      if (!decoded.ok) return;
      const { cookie } = decoded.value;
      if (cookie === undefined || /^[!-~]+$/.test(cookie))
        assert.deepEqual(decodeLsd(encodeLsd(decoded.value, 4)), decoded);
    },
  },
  {
    name: 'http-tracker',
    seeds: [
      encodeAnnounce(answer, true),
      encodeAnnounce(answer, false),
      encodeScrape([{ infoHash: new Uint8Array(20), seeders: 1, completed: 2, leechers: 3 }]),
      toUtf8('d8:interval2:608:intervali-0e5:peersld2:ip9:localhost4:porti07eeee<html>'),
      toUtf8('d14:failure reason2:no8:retry in5:nevere\r\n'),
    ],
    run: (input) => {
      decodeScrape(input);
      const decoded = decodeAnnounce(input);
      if (!decoded.ok || 'failure' in decoded.value) return;
      const { intervalSeconds, minIntervalSeconds = 1, peers: told } = decoded.value.response;
      for (const seconds of [intervalSeconds, minIntervalSeconds])
        assert.ok(seconds > 0 && seconds <= MAX_INTERVAL_SECONDS, 'an interval that makes no loop');
      assert.ok(told.length <= 5000);
      for (const { host, port } of told) assert.ok(host !== '' && port > 0 && port < 65_536, 'a peer');
    },
  },
  {
    name: 'udp-tracker',
    seeds: [
      encodeConnect(1),
      encodeUdpAnnounce(new Uint8Array(8), 2, announce, '/announce?x'),
      encodeUdpResponse({
        action: 'announce',
        transaction: 3,
        response: { intervalSeconds: 1, leechers: 2, seeders: 3, peers: peers.slice(0, 1) },
      }),
    ],
    run: (input) => {
      decodeUdpRequest(input);
      for (const family of [4, 6] as const) decodeUdpResponse(input, family);
    },
  },
  {
    name: 'udp-tracker-server',
    seeds: [
      encodeConnect(1),
      encodeUdpAnnounce(connection, 2, announce, ''),
      encodeUdpScrape(connection, 3, [announce.infoHash]),
    ],
    run: (input) => {
      const out = new Uint8Array(UDP_ANSWER_BYTES);
      const unproved = tracker.handle(0, input, stranger, 7, out);
      assert.ok(unproved <= Math.min(16, input.length), 'no more for a stranger than it sent');
      const packet = input.slice();
      if (packet.length >= 8) packet.set(connection);
      const length = tracker.handle(0, packet, friend, 7, out);
      assert.ok(length <= out.length);
      if (length > 0)
        assert.ok(decodeUdpResponse(out.subarray(0, length), 4).ok, 'an answer that clients read');
      assert.ok(registry.swarmCount <= 100 && registry.peerCount <= 1000);
    },
  },
];
