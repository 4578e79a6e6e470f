/**
 * One target per parser. A target takes any bytes and must neither throw nor hang; where decoding succeeds, encoding
 * and decoding again must give the same. Seeds give the mutator something well-formed to start from.
 */
import assert from 'node:assert/strict';
import { decodeBencode, type Encodable, encodeBencode } from '../src/ground/bencode.ts';
import { fromUtf8Lossy, toUtf8 } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { formatMagnet, parseMagnet } from '../src/content/magnet.ts';
import { decodeMetainfo, encodeMetainfo } from '../src/content/metainfo.ts';
import { Geometry } from '../src/content/geometry.ts';
import { planPaths } from '../src/storage/safe-path.ts';
import { MessageDecoder } from '../src/swarm/wire/decoder.ts';
import {
  decodeExtendedHandshake,
  decodeMetadataMessage,
  encodeExtendedHandshake,
  encodeMetadataMessage,
} from '../src/swarm/wire/extensions.ts';
import { dispatchMessage, MessageId, type MessageVisitor, Outbox } from '../src/swarm/wire/messages.ts';
import { decodeAnnounce, decodeScrape, encodeAnnounce, encodeScrape } from '../src/tracker/wire/http.ts';
import {
  decodeUdpRequest,
  decodeUdpResponse,
  encodeConnect,
  encodeUdpAnnounce,
  encodeUdpResponse,
} from '../src/tracker/wire/udp.ts';
import { makeShare } from '../sim/swarm-sim.ts';

export interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly run: (input: Uint8Array) => void;
}

const ignore = new Proxy({} as MessageVisitor, { get: () => () => {} });
const peers = [
  { host: '1.2.3.4', port: 5 },
  { host: '2001:db8::1', port: 6 },
];
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

function torrents(): Uint8Array[] {
  return (['v1', 'v2', 'hybrid'] as const).map((version) =>
    encodeMetainfo(makeShare(1, 200_000, 32_768, version).metainfo),
  );
}

function conversation(): Uint8Array {
  const outbox = new Outbox();
  outbox.bitfield(Uint8Array.of(1, 2, 3));
  outbox.bare(MessageId.unchoke);
  outbox.block(MessageId.request, 1, 2, 16_384);
  outbox.extended(
    0,
    encodeExtendedHandshake({ requestQueue: 1, client: 'c', isUploadOnly: true, metadataSize: 9 }),
  );
  outbox.hashRange(MessageId.hashRequest, {
    piecesRoot: new Uint8Array(32),
    baseLayer: 0,
    index: 0,
    length: 2,
    proofLayers: 1,
  });
  return outbox.take();
}

export const TARGETS: readonly Target[] = [
  {
    name: 'bencode',
    seeds: [encodeBencode({ a: [1, -2n, 'x'], b: { c: new Uint8Array(3) } })],
    run: (input) => {
      const decoded = decodeBencode(input);
      if (decoded.ok)
        assert.deepEqual(encodeBencode(decoded.value.value as Encodable), new Uint8Array(input));
    },
  },
  {
    name: 'metainfo',
    seeds: torrents(),
    run: (input) => {
      const decoded = decodeMetainfo(input, nodeHasher);
      if (!decoded.ok) return;
      const again = decodeMetainfo(encodeMetainfo(decoded.value), nodeHasher);
      assert.ok(again.ok);
      assert.deepEqual(again.value.infoBytes, decoded.value.infoBytes);
      const planned = planPaths(decoded.value.info);
      if (planned.ok) {
        for (const path of planned.value.paths) {
          for (const element of path ?? [])
            assert.ok(element !== '' && element !== '.' && element !== '..' && !/[/\\\0]/.test(element));
        }
      }
      const geometry = new Geometry(decoded.value.info);
      if (geometry.pieceCount > 0)
        assert.ok(
          geometry.slices(geometry.pieceCount - 1, 0, geometry.pieceLength(geometry.pieceCount - 1)).length >
            0,
        );
    },
  },
  {
    name: 'magnet',
    seeds: [
      toUtf8(
        `magnet:?xt=urn:btih:${'0a'.repeat(20)}&xt=urn:btmh:1220${'0b'.repeat(32)}&dn=%41+b&tr=http%3A%2F%2Fx&x.pe=1.2.3.4:5&so=1,3-5&ws=http://w/`,
      ),
    ],
    run: (input) => {
      const parsed = parseMagnet(fromUtf8Lossy(input));
      if (parsed.ok) assert.deepEqual(parseMagnet(formatMagnet(parsed.value)), parsed);
    },
  },
  {
    name: 'peer-messages',
    seeds: [conversation()],
    run: (input) => {
      const decoder = new MessageDecoder();
      let at = 0;
      while (at < input.length) {
        // The first byte of each stretch says how long it is: segmentation is fuzzed as well.
        const length = 1 + input[at]!;
        const verdict = decoder.push(input.subarray(at, at + length), {
          onFrame: (id, payload) => {
            dispatchMessage(id, payload, ignore);
            return true;
          },
          onKeepAlive: () => {},
        });
        if (verdict !== undefined) return;
        at += length;
      }
    },
  },
  {
    name: 'extensions',
    seeds: [
      encodeExtendedHandshake({
        requestQueue: 1,
        client: 'c',
        isUploadOnly: false,
        yourIp: new Uint8Array(4),
      }),
      encodeMetadataMessage({ type: 'data', block: 1, totalSize: 2, data: new Uint8Array(9) }),
    ],
    run: (input) => {
      decodeExtendedHandshake(input);
      const message = decodeMetadataMessage(input);
      if (!message.ok) return;
      const again = decodeMetadataMessage(encodeMetadataMessage(message.value));
      assert.ok(again.ok && again.value.block === message.value.block);
    },
  },
  {
    name: 'http-tracker',
    seeds: [
      encodeAnnounce({ intervalSeconds: 60, peers, seeders: 1, leechers: 2 }, true),
      encodeAnnounce({ intervalSeconds: 60, peers }, false),
      encodeScrape([{ infoHash: new Uint8Array(20), seeders: 1, completed: 2, leechers: 3 }]),
    ],
    run: (input) => {
      decodeAnnounce(input);
      decodeScrape(input);
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
];
