/** Targets of `src/systems/torrents`: the peer wire protocol, and the whole swarm machine. */
import assert from 'node:assert/strict';
import { toUtf8 } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createPrng } from '../src/ground/prng.ts';
import { decodePex, encodePex } from '../src/systems/torrents/swarm/wire/pex.ts';
import { TokenBucket } from '../src/ground/token-bucket.ts';
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
import { makeShare } from '../sim/torrents/swarm-sim.ts';
import type { Target } from './target.ts';

const peers = [
  { host: '1.2.3.4', port: 5 },
  { host: '2001:db8::1', port: 6 },
];

const ignore = new Proxy({} as MessageVisitor, { get: () => () => {} });

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

/** One swarm for all runs: whatever a stranger says, the machine stays whole for the next. */
const swarmShare = makeShare(2, 100_000, 16_384, 'hybrid');
const dialled: number[] = [];
const fuzzedSwarm = new Swarm({
  sink: {
    connect: (id) => dialled.push(id),
    send: () => {},
    sendBlock: () => {},
    close: () => {},
    expectPiece: () => {},
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

export const TORRENT_TARGETS: readonly Target[] = [
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
      // It dials the peers that it heard of. None answers.
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
];
