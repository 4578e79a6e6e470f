/**
 * Hostile peers, one kind each: what they say, as bytes on a stream, whatever carries it. `sim/torrents/hostile.test.ts` lets
 * them loose in the simulated world, `test/torrents/hostile.test.ts` over real sockets.
 */
import type { Metainfo } from '../../src/data/content/metainfo.ts';
import { Geometry } from '../../src/data/content/geometry.ts';
import { encodeBencode } from '../../src/ground/bencode.ts';
import { writeUint32 } from '../../src/ground/bytes.ts';
import type { Prng } from '../../src/ground/ports.ts';
import { BLOCK_LENGTH } from '../../src/ground/units.ts';
import { PRIVATE_KEY_LENGTH, publicKeyOf } from '../../src/net/encryption/wire/key-exchange.ts';
import { encodeHandshake, HANDSHAKE_LENGTH } from '../../src/systems/torrents/swarm/wire/handshake.ts';
import {
  EXTENDED_HANDSHAKE,
  encodeMetadataMessage,
  OUR_METADATA_ID,
  OUR_PEX_ID,
} from '../../src/systems/torrents/swarm/wire/extensions.ts';
import { MessageDecoder } from '../../src/systems/torrents/swarm/wire/decoder.ts';
import {
  dispatchMessage,
  type HashRange,
  MessageId,
  type MessageVisitor,
  Outbox,
} from '../../src/systems/torrents/swarm/wire/messages.ts';
import { encodePex } from '../../src/systems/torrents/swarm/wire/pex.ts';

/** A stream to the victim. */
export interface HostileLine {
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface HostileTools {
  readonly line: HostileLine;
  readonly outbox: Outbox;
  readonly metainfo: Metainfo;
  readonly geometry: Geometry;
  readonly prng: Prng;
  /** Ticks since the connection stood. */
  ticks: number;
}

export interface Kind {
  readonly name: string;
  /** The rule that it breaks, as the victim names it; several where timing decides which is seen first. Absent: it breaks none. */
  readonly codes?: readonly string[];
  /** Only where there are Merkle trees. */
  readonly needsV2?: boolean;
  /** The victim has no metadata yet. */
  readonly isForMagnets?: boolean;
  /** Says no handshake by itself. */
  readonly isRude?: boolean;
  /** Once the victim's handshake came. */
  readonly open?: (tools: HostileTools) => void;
  /** Some 20 times a second. */
  readonly tick?: (tools: HostileTools) => void;
  readonly onRequest?: (tools: HostileTools, piece: number, begin: number, length: number) => void;
  /** Takes what comes and never reads it: over real sockets. */
  readonly isDeaf?: boolean;
}

const CLAIM_ALL = (tools: HostileTools): void => {
  tools.outbox.bare(MessageId.haveAll);
  tools.outbox.bare(MessageId.unchoke);
};

function many(count: number, action: (i: number) => void): void {
  for (let i = 0; i < count; i++) action(i);
}

function extendedHandshake(fields: Record<string, unknown>): Uint8Array {
  return encodeBencode(fields as Parameters<typeof encodeBencode>[0]);
}

function rangeOf({ metainfo }: HostileTools): HashRange | undefined {
  const file = metainfo.info.files.find((entry) => entry.piecesRoot !== undefined);
  if (file === undefined) return undefined;
  return { piecesRoot: file.piecesRoot!, baseLayer: 0, index: 0, length: 4, proofLayers: 0 };
}

export const KINDS: readonly Kind[] = [
  {
    name: 'garbage instead of a handshake',
    codes: ['handshake-protocol'],
    isRude: true,
    tick: ({ line, prng, ticks }) => ticks === 1 && line.send(prng.fill(new Uint8Array(200))),
  },
  {
    name: 'half a handshake, then silence',
    isRude: true,
    tick: ({ line, ticks }) => ticks === 1 && line.send(new Uint8Array([19, 66, 105, 116, 84])),
  },
  {
    name: 'the key of an encrypted handshake, then silence',
    isRude: true,
    tick: ({ line, prng, ticks }) =>
      ticks === 1 && line.send(publicKeyOf(prng.fill(new Uint8Array(PRIVATE_KEY_LENGTH)))),
  },
  {
    name: 'an encrypted handshake of nothing but padding',
    isRude: true,
    tick: ({ line, prng }) => line.send(prng.fill(new Uint8Array(100))),
  },
  { name: 'says nothing after the handshake', open: () => {} },
  {
    name: 'a byte a second of a message of 2 MiB',
    tick: ({ line, ticks }) => {
      if (ticks === 1) line.send(Uint8Array.of(0, 0x1f, 0xff, 0xff, MessageId.bitfield));
      else if (ticks % 20 === 0) line.send(Uint8Array.of(0));
    },
  },
  {
    name: 'a message of 4 GiB',
    codes: ['peer-message-length'],
    open: ({ line }) => line.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, MessageId.piece)),
  },
  {
    name: 'a block that is longer than any',
    codes: ['peer-message-length'],
    open: ({ line }) => line.send(Uint8Array.of(0, 1, 0, 0, MessageId.piece)),
  },
  {
    name: 'a flood of requests',
    codes: ['peer-request-flood'],
    tick: ({ outbox }) => {
      outbox.bare(MessageId.interested);
      many(500, () => outbox.block(MessageId.request, 0, 0, BLOCK_LENGTH));
    },
  },
  {
    name: 'requests of pieces that do not exist',
    codes: ['peer-bad-request'],
    open: ({ outbox }) => outbox.block(MessageId.request, 0xffffff, 0, BLOCK_LENGTH),
  },
  {
    name: 'requests of blocks that are too long',
    codes: ['peer-bad-request'],
    open: ({ outbox }) => outbox.block(MessageId.request, 0, 0, 1 << 20),
  },
  {
    name: 'blocks that nobody asked for',
    codes: ['peer-unasked-blocks', 'peer-bad-data', 'peer-suspicious'],
    tick: ({ line, geometry, prng }) =>
      many(2, () => {
        const piece = prng.below(geometry.pieceCount);
        const length = geometry.blockLength(piece, 0);
        const message = new Uint8Array(13 + length);
        writeUint32(message, 0, 9 + length);
        message[4] = MessageId.piece;
        writeUint32(message, 5, piece);
        line.send(message);
      }),
  },
  {
    name: 'blocks of another length than asked for',
    codes: ['peer-bad-block'],
    open: CLAIM_ALL,
    onRequest: ({ line }, piece, begin) => {
      const message = new Uint8Array(14);
      writeUint32(message, 0, 10);
      message[4] = MessageId.piece;
      writeUint32(message, 5, piece);
      writeUint32(message, 9, begin);
      line.send(message);
    },
  },
  {
    name: 'chokes and unchokes without end',
    codes: ['peer-idle-talk'],
    open: ({ outbox }) => outbox.bare(MessageId.haveAll),
    tick: ({ outbox }) => many(100, (i) => outbox.bare(i % 2 === 0 ? MessageId.unchoke : MessageId.choke)),
  },
  {
    name: 'the same HAVE without end',
    codes: ['peer-idle-talk'],
    tick: ({ outbox }) => many(200, () => outbox.piece(MessageId.have, 0)),
  },
  {
    name: 'HAVE of pieces that do not exist',
    codes: ['peer-bad-have'],
    open: ({ outbox }) => outbox.piece(MessageId.have, 0xffffffff),
  },
  {
    name: 'a bitfield of the wrong length',
    codes: ['peer-bad-have'],
    open: ({ outbox }) => outbox.bitfield(new Uint8Array(4000).fill(0xff)),
  },
  {
    name: 'bitfields without end',
    codes: ['peer-idle-talk'],
    tick: ({ outbox }) => many(20, (i) => outbox.bare(i % 2 === 0 ? MessageId.haveAll : MessageId.haveNone)),
  },
  {
    name: 'interest without end',
    codes: ['peer-idle-talk'],
    tick: ({ outbox }) => many(200, () => outbox.bare(MessageId.interested)),
  },
  {
    name: 'keep-alives without end',
    codes: ['peer-idle-talk'],
    tick: ({ outbox }) => many(200, () => outbox.keepAlive()),
  },
  {
    name: 'unknown messages without end',
    codes: ['peer-idle-talk'],
    tick: ({ outbox }) => many(200, () => outbox.extended(200, new Uint8Array(3))),
  },
  {
    name: 'claims everything and sends nothing',
    open: CLAIM_ALL,
  },
  {
    name: 'claims everything and rejects every request',
    open: CLAIM_ALL,
    onRequest: ({ outbox }, piece, begin, length) => outbox.block(MessageId.reject, piece, begin, length),
  },
  {
    name: 'goes away when one block of the piece is missing, and comes back',
    open: CLAIM_ALL,
    tick: ({ line, ticks }) => ticks === 40 && line.close(),
  },
  {
    name: 'hash requests without end',
    codes: ['peer-idle-talk'],
    needsV2: true,
    tick: (tools) => {
      const range = rangeOf(tools);
      if (range !== undefined) many(100, () => tools.outbox.hashRange(MessageId.hashRequest, range));
    },
  },
  {
    name: 'hash requests that make no sense',
    codes: ['peer-idle-talk'],
    tick: ({ outbox, prng }) =>
      many(200, () =>
        outbox.hashRange(MessageId.hashRequest, {
          piecesRoot: prng.fill(new Uint8Array(32)),
          baseLayer: prng.below(2 ** 32),
          index: prng.below(2 ** 32),
          length: prng.below(2 ** 32),
          proofLayers: prng.below(2 ** 32),
        }),
      ),
  },
  {
    name: 'metadata requests without end',
    codes: ['peer-idle-talk'],
    open: ({ outbox }) => outbox.extended(EXTENDED_HANDSHAKE, extendedHandshake({ m: { ut_metadata: 3 } })),
    tick: ({ outbox }) =>
      many(100, () => outbox.extended(OUR_METADATA_ID, encodeMetadataMessage({ type: 'request', block: 0 }))),
  },
  {
    name: 'metadata of 64 MiB',
    isForMagnets: true,
    codes: ['metadata-size', 'peer-idle-talk'],
    open: ({ outbox }) =>
      outbox.extended(
        EXTENDED_HANDSHAKE,
        extendedHandshake({ m: { ut_metadata: 3 }, metadata_size: 64 * 1024 * 1024 }),
      ),
    tick: ({ outbox, ticks }) => {
      const data = new Uint8Array(1000);
      const totalSize = 64 * 1024 * 1024;
      outbox.extended(
        OUR_METADATA_ID,
        encodeMetadataMessage({ type: 'data', block: ticks % 4, totalSize, data }),
      );
    },
  },
  {
    name: 'metadata of an absurd size',
    isForMagnets: true,
    open: ({ outbox }) =>
      outbox.extended(
        EXTENDED_HANDSHAKE,
        extendedHandshake({ m: { ut_metadata: 3 }, metadata_size: Number.MAX_SAFE_INTEGER }),
      ),
  },
  {
    name: 'peer exchange without end',
    codes: ['peer-idle-talk'],
    open: ({ outbox }) => outbox.extended(EXTENDED_HANDSHAKE, extendedHandshake({ m: { ut_pex: 1 } })),
    tick: ({ outbox, prng }) =>
      many(10, () => {
        const added = Array.from({ length: 50 }, () => ({
          address: { host: `127.1.${prng.below(256)}.${prng.below(256)}`, port: 1024 + prng.below(60_000) },
          flags: 0,
        }));
        outbox.extended(OUR_PEX_ID, encodePex({ added, dropped: [] }));
      }),
  },
  {
    name: 'extended handshakes without end',
    codes: ['peer-idle-talk'],
    tick: ({ outbox }) =>
      many(10, (i) =>
        outbox.extended(EXTENDED_HANDSHAKE, extendedHandshake({ m: { ut_pex: 1 + (i % 9) }, p: 6881 })),
      ),
  },
  {
    name: 'an extension table that lies',
    open: ({ outbox }) =>
      outbox.extended(
        EXTENDED_HANDSHAKE,
        extendedHandshake({
          m: { ut_metadata: 20, ut_pex: 20, lt_donthave: 20, upload_only: 20, '': 1 },
          metadata_size: -1,
          p: 0,
          reqq: 2 ** 40,
          upload_only: 5,
          v: 'x'.repeat(60_000),
          yourip: new Uint8Array(7),
        }),
      ),
    tick: ({ outbox, prng }) => outbox.extended(20, prng.fill(new Uint8Array(30))),
  },
  {
    name: 'an extended handshake that is no dictionary',
    codes: ['bencode-not-dictionary'],
    open: ({ outbox }) => outbox.extended(EXTENDED_HANDSHAKE, new TextEncoder().encode('i5e')),
  },
  {
    name: 'asks for hashes and reads no answer',
    codes: ['peer-does-not-read', 'peer-idle-talk'],
    isDeaf: true,
    open: ({ outbox }) => outbox.extended(EXTENDED_HANDSHAKE, extendedHandshake({ m: { ut_metadata: 3 } })),
    tick: ({ outbox }) => {
      many(400, () => outbox.extended(OUR_METADATA_ID, encodeMetadataMessage({ type: 'request', block: 0 })));
    },
  },
];

/** One hostile connection: speaks as its kind does. */
export class HostilePeer {
  readonly tools: HostileTools;
  readonly #kind: Kind;
  readonly #decoder = new MessageDecoder();
  readonly #visitor: MessageVisitor;
  #greetingLeft = HANDSHAKE_LENGTH;

  constructor(kind: Kind, line: HostileLine, metainfo: Metainfo, prng: Prng) {
    this.#kind = kind;
    this.tools = {
      line,
      outbox: new Outbox(),
      metainfo,
      geometry: new Geometry(metainfo.info),
      prng,
      ticks: 0,
    };
    this.#visitor = new Proxy({} as MessageVisitor, {
      get: (_, name) =>
        name === 'onRequest'
          ? (piece: number, begin: number, length: number) =>
              this.#kind.onRequest?.(this.tools, piece, begin, length)
          : () => {},
    });
  }

  start(): void {
    if (this.#kind.isRude === true) return;
    const { metainfo, prng, line } = this.tools;
    line.send(
      encodeHandshake({
        infoHash: metainfo.infoHashV1 ?? metainfo.infoHashV2!.subarray(0, 20),
        peerId: prng.fill(new Uint8Array(20)),
        supportsExtensions: true,
        supportsFast: true,
        supportsV2: true,
        supportsDht: false,
      }),
    );
  }

  receive(chunk: Uint8Array): void {
    const greeting = Math.min(this.#greetingLeft, chunk.length);
    if (greeting > 0) {
      this.#greetingLeft -= greeting;
      if (this.#greetingLeft === 0) this.#kind.open?.(this.tools);
    }
    if (this.#greetingLeft === 0) {
      this.#decoder.push(chunk.subarray(greeting), {
        onFrame: (id, payload) => {
          dispatchMessage(id, payload, this.#visitor);
          return true;
        },
        onKeepAlive: () => {},
      });
    }
    this.#flush();
  }

  tick(): void {
    this.tools.ticks++;
    if (this.#greetingLeft === 0 || this.#kind.isRude === true || this.#kind.isDeaf === true)
      this.#kind.tick?.(this.tools);
    this.#flush();
  }

  #flush(): void {
    if (!this.tools.outbox.isEmpty) this.tools.line.send(this.tools.outbox.take());
  }
}
