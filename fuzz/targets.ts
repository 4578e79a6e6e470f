/**
 * One target per parser. A target takes any bytes and must neither throw nor hang; where decoding succeeds, encoding
 * and decoding again must give the same. Seeds give the mutator something well-formed to start from.
 */
import assert from 'node:assert/strict';
import { decodeBencode, type Encodable, encodeBencode } from '../src/ground/bencode.ts';
import { concatBytes, fromUtf8Lossy, toUtf8 } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { formatMagnet, parseMagnet } from '../src/data/content/magnet.ts';
import { decodeMetainfo, encodeMetainfo } from '../src/data/content/metainfo.ts';
import { Geometry } from '../src/data/content/geometry.ts';
import { formatUpdateLink, parseUpdateLink } from '../src/data/content/update-link.ts';
import { DhtNode } from '../src/net/dht/core/dht-node.ts';
import { AMPLIFICATION } from '../src/net/dht/core/responder.ts';
import { nodeSignatures } from '../src/net/dht/node/ed25519.ts';
import { decodePointer, encodePointer, signedBytes } from '../src/net/dht/wire/items.ts';
import { decodeKrpc } from '../src/net/dht/wire/krpc.ts';
import { KrpcWriter } from '../src/net/dht/wire/krpc-writer.ts';
import { Endpoint } from '../src/ground/endpoint.ts';
import { createPrng } from '../src/ground/prng.ts';
import { decodeLsd, encodeLsd } from '../src/net/lsd/wire/message.ts';
import { decodePex, encodePex } from '../src/systems/torrents/swarm/wire/pex.ts';
import { printable } from '../src/cli/terminal/format.ts';
import { TokenBucket } from '../src/ground/token-bucket.ts';
import { decodeJournal, encodeJournalEntries, encodeJournalHeader } from '../src/data/storage/journal.ts';
import { planPaths, safeName } from '../src/data/storage/safe-path.ts';
import { Swarm } from '../src/systems/torrents/swarm/core/swarm.ts';
import { MessageDecoder } from '../src/systems/torrents/swarm/wire/decoder.ts';
import {
  decodeExtendedHandshake,
  decodeMetadataMessage,
  encodeExtendedHandshake,
  encodeMetadataMessage,
  OUR_METADATA_ID,
  OUR_PEX_ID,
} from '../src/systems/torrents/swarm/wire/extensions.ts';
import {
  dispatchMessage,
  MessageId,
  type MessageVisitor,
  Outbox,
} from '../src/systems/torrents/swarm/wire/messages.ts';
import { MAX_INTERVAL_SECONDS } from '../src/net/tracker/wire/announce.ts';
import { decodeAnnounce, decodeScrape, encodeAnnounce, encodeScrape } from '../src/net/tracker/wire/http.ts';
import {
  decodeUdpRequest,
  decodeUdpResponse,
  encodeConnect,
  encodeUdpAnnounce,
  encodeUdpResponse,
} from '../src/net/tracker/wire/udp.ts';
import { makeShare } from '../sim/torrents/swarm-sim.ts';
import { contentOfInfoHash } from '../src/systems/rules/core/content.ts';
import { keyOfMultihash, parseCid } from '../src/systems/rules/wire/cid.ts';
import { parseKey, parseSignature } from '../src/systems/rules/wire/minisign.ts';
import { createMatcher, tryReadList } from '../testkit/rule-lists.ts';

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

function metadataTalk(): Uint8Array {
  const outbox = new Outbox();
  outbox.bare(MessageId.haveAll);
  outbox.extended(
    0,
    encodeExtendedHandshake({
      requestQueue: 9,
      isUploadOnly: false,
      takesPex: true,
      client: 'x',
      metadataSize: 500,
    }),
  );
  outbox.extended(OUR_METADATA_ID, encodeMetadataMessage({ type: 'request', block: 0 }));
  outbox.extended(
    OUR_PEX_ID,
    encodePex({ added: [{ address: { host: '1.2.3.4', port: 5 }, flags: 0 }], dropped: [] }),
  );
  outbox.piece(MessageId.have, 3);
  outbox.block(MessageId.reject, 1, 0, 16_384);
  outbox.bare(MessageId.interested);
  return outbox.take();
}

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

const fuzzedPeer = Endpoint.from('93.184.216.34', 6881)!;
let sentBytes = 0;
let dhtTime = 0;
const fuzzedNode = new DhtNode({
  sink: { send: (packet) => (sentBytes += packet.length), onIdentity: () => {} },
  prng: createPrng(1),
  secretPrng: createPrng(2),
  hasher: nodeHasher,
  signatures: nodeSignatures,
  family: 4,
});

/** One swarm for all runs: whatever a stranger says, the machine stays whole for the next. */
const swarmShare = makeShare(2, 100_000, 16_384, 'hybrid');
const dialled: number[] = [];
const fuzzedSwarm = new Swarm({
  sink: {
    connect: (id) => dialled.push(id),
    send: (_, bytes) => (sentBytes += bytes.length),
    sendBlock: () => {},
    close: () => {},
    storeBlock: () => {},
    provePiece: (piece) => fuzzedSwarm.handleVerdicts(0, [{ piece, isRight: false }]),
    readLeaves: () => {},
    emit: () => {},
  },
  prng: createPrng(3),
  hasher: nodeHasher,
  peerId: new Uint8Array(20).fill(9),
  clientName: 'fuzz',
  infoHashV1: swarmShare.metainfo.infoHashV1,
  infoHashV2: swarmShare.metainfo.infoHashV2,
  needsMetadata: false,
  listenPort: 6881,
  downloadLimit: new TokenBucket(),
  uploadLimit: new TokenBucket(),
  maxPeers: 50,
  uploadSlots: 4,
  pieceMemoryBytes: 1 << 20,
});
fuzzedSwarm.handleShare(0, swarmShare.metainfo, [0, 2, 3]);
let swarmTime = 0;

export const TARGETS: readonly Target[] = [
  {
    name: 'swarm',
    seeds: [conversation(), metadataTalk()],
    run: (input) => {
      const id = fuzzedSwarm.nextId();
      const address = { host: `10.${(id >> 16) & 255}.${(id >> 8) & 255}.${id & 255}`, port: 6881 };
      const handshake = {
        infoHash: swarmShare.metainfo.infoHashV1!,
        peerId: toUtf8(`-FZ0001-${String(id).padStart(12, '0')}`),
        supportsExtensions: true,
        supportsFast: id % 2 === 0,
        supportsV2: true,
      };
      swarmTime += 300;
      fuzzedSwarm.handleIncoming(swarmTime, id, address, handshake);
      fuzzedSwarm.handleReceived(swarmTime, id, input);
      fuzzedSwarm.handleTimeout(swarmTime);
      fuzzedSwarm.handleClosed(swarmTime, id, { code: 'over', message: '', guilty: 'nobody' });
      // Whom it heard of it calls: nobody answers.
      for (let other = dialled.pop(); other !== undefined; other = dialled.pop())
        fuzzedSwarm.handleClosed(swarmTime, other, { code: 'refused', message: '', guilty: 'nobody' });
      assert(fuzzedSwarm.peers.size === 0, 'nobody is left');
      assert(
        fuzzedSwarm.pool.size <= 4000 && fuzzedSwarm.pool.bannedCount <= 10_000,
        'what is kept is bounded',
      );
    },
  },
  {
    name: 'journal',
    seeds: [
      concatBytes([encodeJournalHeader(5), encodeJournalEntries(5, [0, 1, 77, 4_000_000_000])]),
      encodeJournalHeader(0),
    ],
    run: (input) => {
      for (const epoch of [0, 5])
        for (const piece of decodeJournal(input, epoch) ?? []) assert(piece >= 0, 'a piece');
    },
  },
  {
    name: 'safe-path',
    seeds: ['README', '../../etc/passwd', 'CON', '\u202egnp.exe', 'a'.repeat(300), 'caf\u00e9', 'C:\\x'].map(
      toUtf8,
    ),
    run: (input) => {
      const parts = fromUtf8Lossy(input).split('\n').slice(0, 8);
      for (const part of parts) {
        const safe = safeName(part);
        assert(safe !== '' && safe !== '.' && safe !== '..', 'a name');
        assert(toUtf8(safe).length <= 240, 'a name that fits');
      }
      const shown = printable(fromUtf8Lossy(input));
      for (const character of shown) {
        const code = character.codePointAt(0)!;
        assert(code >= 0x20 && !(code >= 0x7f && code < 0xa0), 'no control character reaches a terminal');
      }
    },
  },
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
    name: 'compact',
    seeds: [Uint8Array.of(1, 2, 3, 4, 5, 6), new Uint8Array(18).fill(9)],
    run: (input) => {
      for (const length of [6, 18]) {
        if (input.length < length) continue;
        const endpoint = Endpoint.fromCompact(input.subarray(0, length));
        if (endpoint === undefined) continue;
        const again = Endpoint.from(endpoint.host, endpoint.port);
        assert.deepEqual(again?.compact, endpoint.compact);
      }
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
    name: 'pex',
    seeds: [encodePex({ added: peers.map((address) => ({ address, flags: 2 })), dropped: peers })],
    run: (input) => {
      const decoded = decodePex(input);
      if (!decoded.ok) return;
      assert.ok(decoded.value.added.length <= 400 && decoded.value.dropped.length <= 400);
      const again = decodePex(encodePex(decoded.value));
      assert.ok(again.ok && again.value.added.length === decoded.value.added.length);
    },
  },
  {
    name: 'update-link',
    seeds: [toUtf8(`magnet:?xs=urn:btpk:${'0a'.repeat(32)}&s=6e&dn=a%20b`)],
    run: (input) => {
      const parsed = parseUpdateLink(fromUtf8Lossy(input));
      if (parsed.ok) assert.deepEqual(parseUpdateLink(formatUpdateLink(parsed.value)), parsed);
    },
  },
  {
    name: 'bencode',
    seeds: [
      encodeBencode({ a: [1, -2n, 'x'], b: { c: new Uint8Array(3) } }),
      toUtf8('d1:bi-0e1:b01:x1:ai007eetail'),
    ],
    run: (input) => {
      const decoded = decodeBencode(input);
      const lenient = decodeBencode(input, { form: 'lenient' });
      if (decoded.ok) {
        assert.deepEqual(encodeBencode(decoded.value.value as Encodable), new Uint8Array(input));
        assert.deepEqual(lenient, decoded);
      } else if (lenient.ok) {
        // What is taken is read as some canonical input, and only because of what is listed.
        assert.ok(lenient.value.departures.length > 0);
        const again = decodeBencode(encodeBencode(lenient.value.value as Encodable));
        assert.ok(again.ok);
      }
    },
  },
  {
    name: 'metainfo',
    seeds: [
      ...torrents(),
      ...torrents().map((torrent) => concatBytes([torrent, toUtf8('\r\n')])),
      encodeBencode({
        info: { name: 'n', length: 0, 'piece length': 1, pieces: '' },
        announce: 5,
        nodes: 'x',
      }),
    ],
    run: (input) => {
      const decoded = decodeMetainfo(input, nodeHasher);
      if (!decoded.ok) return;
      const again = decodeMetainfo(encodeMetainfo(decoded.value), nodeHasher);
      assert.ok(again.ok);
      // The info dictionary is what the share is: its bytes and their hashes survive whatever stood around them.
      assert.deepEqual(again.value.infoBytes, decoded.value.infoBytes);
      assert.deepEqual(again.value.infoHashV1, decoded.value.infoHashV1);
      assert.deepEqual(again.value.trackers, decoded.value.trackers);
      assert.deepEqual(again.value.pieceLayers, decoded.value.pieceLayers);
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
      toUtf8(`"<MAGNET:?xt.1=urn:btih:${'A'.repeat(32)}&amp;dn=100%&tr=x&amp;x.pe=a.example:5&so=1,x&ws=y>"`),
      toUtf8(`magnet%3A%3Fxt%3Durn%3Abtih%3A${'0a'.repeat(20)}%26dn%3Da%2520b`),
    ],
    run: (input) => {
      const parsed = parseMagnet(fromUtf8Lossy(input));
      if (!parsed.ok) return;
      // What was broken is gone when the link is written again.
      const { notices, ...rest } = parsed.value;
      assert.ok((notices?.length ?? 0) <= 20);
      assert.deepEqual(parseMagnet(formatMagnet(parsed.value)), { ok: true, value: rest });
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
    name: 'deny-list',
    seeds: [
      toUtf8(
        'version: 1\nname: a list\n---\n# comment\n/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo\n',
      ),
      toUtf8('!/ipns/domain.example/a%20b* reason:x\n//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM\r\n'),
      toUtf8(`//${'0a'.repeat(32)}\n/ipfs/f017b1114${'11'.repeat(20)}/*\n`),
      toUtf8(`${'11'.repeat(20)} # reason\n1220${'aa'.repeat(32)}\nABCDEFGHIJKLMNOPQRSTUVWXYZ234567\n`),
      toUtf8('a:1.2.3.4-1.2.3.9\n005.006.007.008 - 5.6.7.9 , 0 , b\n10.0.0.0/8\n2001:db8::/32\n'),
    ],
    run: (input) => {
      for (const kind of [undefined, 'deny', 'hashes', 'addresses'] as const) {
        const read = tryReadList(input, kind);
        if (!read.ok) continue;
        const { list, problems } = read.value;
        for (const { line } of problems)
          assert.ok(line > 0 && line <= input.length + 1, 'a line of the list');
        list.findContent(contentOfInfoHash(new Uint8Array(20)), []);
        for (const length of [4, 16]) list.findHost(new Uint8Array(length));
        assert.ok(list.byteLength < 1_000_000, 'a short list is small');
      }
    },
  },
  {
    name: 'cid',
    seeds: [
      toUtf8('bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq'),
      toUtf8('k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf'),
      toUtf8(`f017b1114${'11'.repeat(20)}`),
    ],
    run: (input) => {
      const text = fromUtf8Lossy(input);
      const cid = parseCid(text);
      if (!cid.ok) return;
      assert.equal(keyOfMultihash(cid.value.multihash).length, 20);
      createMatcher({ list: `/ipfs/${text}` });
    },
  },
  {
    name: 'minisign',
    seeds: [
      toUtf8('RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'),
      toUtf8(
        `untrusted comment: x\n${Buffer.concat([toUtf8('ED'), new Uint8Array(72)]).toString('base64')}\ntrusted comment: y\n${Buffer.alloc(64).toString('base64')}\n`,
      ),
    ],
    run: (input) => {
      parseKey(fromUtf8Lossy(input));
      const signature = parseSignature(input);
      if (signature.ok) assert.ok(signature.value.globalMessage.length >= 64);
    },
  },
];
