// The peer wire: messages survive any segmentation, lengths are judged before anything is buffered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, toHex, writeUint32 } from '../../../../ground/bytes.ts';
import { MessageDecoder } from './decoder.ts';
import {
  decodeDontHave,
  decodeExtendedHandshake,
  decodeMetadataMessage,
  encodeDontHave,
  encodeExtendedHandshake,
  encodeMetadataMessage,
} from './extensions.ts';
import { decodeHandshake, encodeHandshake, isHandshakePrefix } from './handshake.ts';
import { dispatchMessage, MessageId, type MessageVisitor, Outbox, writePieceHeader } from './messages.ts';

/** Records every message as text. */
function recorder(): { readonly log: string[]; readonly visitor: MessageVisitor } {
  const log: string[] = [];
  const visitor = new Proxy({} as MessageVisitor, {
    get:
      (_, name) =>
      (...args: unknown[]) =>
        log.push(
          `${String(name)} ${args.map((arg) => (arg instanceof Uint8Array ? toHex(arg) : JSON.stringify(arg))).join(' ')}`.trim(),
        ),
  });
  return { log, visitor };
}

function decodeAll(chunks: readonly Uint8Array[]): {
  readonly log: string[];
  readonly code: string | undefined;
} {
  const { log, visitor } = recorder();
  const decoder = new MessageDecoder();
  for (const chunk of chunks) {
    const verdict = decoder.push(chunk, {
      onFrame: (id, payload) => {
        dispatchMessage(id, payload, visitor);
        return true;
      },
      onKeepAlive: () => log.push('keepAlive'),
    });
    if (verdict !== undefined) return { log, code: verdict.code };
  }
  return { log, code: undefined };
}

function conversation(): Uint8Array {
  const outbox = new Outbox();
  outbox.bitfield(Uint8Array.of(0xf0, 0x01));
  outbox.keepAlive();
  outbox.bare(MessageId.unchoke);
  outbox.piece(MessageId.have, 70_000);
  outbox.block(MessageId.request, 1, 16384, 16384);
  outbox.extended(3, Uint8Array.of(1));
  outbox.keepAlive();
  const range = { piecesRoot: new Uint8Array(32).fill(9), baseLayer: 1, index: 4, length: 2, proofLayers: 3 };
  outbox.hashRange(MessageId.hashes, range, new Uint8Array(64).fill(8));
  const piece = new Uint8Array(13 + 300).fill(5);
  writePieceHeader(piece, 0, 2, 32768, 300);
  outbox.raw(piece);
  outbox.bare(MessageId.haveAll);
  return outbox.take();
}

test('a conversation, whole', () => {
  const { log, code } = decodeAll([conversation()]);
  assert.equal(code, undefined);
  assert.deepEqual(
    log.map((line) => line.split(' ')[0]),
    [
      'onBitfield',
      'keepAlive',
      'onUnchoke',
      'onHave',
      'onRequest',
      'onExtended',
      'keepAlive',
      'onHashes',
      'onPiece',
      'onHaveAll',
    ],
  );
  assert.equal(log[3], 'onHave 70000');
  assert.equal(log[4], 'onRequest 1 16384 16384');
});

test('the same conversation in any segments', () => {
  const bytes = conversation();
  const whole = decodeAll([bytes]).log;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 200 }), (lengths) => {
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (let i = 0; at < bytes.length; i++) {
        const length = lengths[i % lengths.length]!;
        chunks.push(bytes.slice(at, at + length));
        at += length;
      }
      assert.deepEqual(decodeAll(chunks), { log: whole, code: undefined });
    }),
  );
});

test('wrong lengths are refused before their payload comes', () => {
  const frame = (length: number, id: number): Uint8Array => {
    const out = new Uint8Array(5);
    writeUint32(out, 0, length);
    out[4] = id;
    return out;
  };
  const wrong = [
    frame(2, MessageId.choke),
    frame(4, MessageId.have),
    frame(14, MessageId.request),
    frame(9, MessageId.piece),
    frame(10 + 16384, MessageId.piece),
    frame(0x7fff_ffff, MessageId.bitfield),
    frame(0x1000_0000, MessageId.extended),
    frame(0xffff_ffff, 200),
    frame(50, MessageId.hashes),
  ];
  for (const bytes of wrong) {
    assert.equal(decodeAll([bytes]).code, 'peer-message-length', toHex(bytes));
    assert.equal(decodeAll([bytes.subarray(0, 2), bytes.subarray(2)]).code, 'peer-message-length');
  }
  assert.equal(decodeAll([frame(16393, MessageId.piece)]).code, undefined);
});

test('unknown messages pass unheard (BEP 3 leaves room for extensions)', () => {
  assert.deepEqual(decodeAll([Uint8Array.of(0, 0, 0, 2, 99, 1, 0, 0, 0, 1, 1)]).log, ['onUnchoke']);
});

test('the handshake goes both ways and other protocols are seen at once', () => {
  const handshake = {
    infoHash: new Uint8Array(20).fill(1),
    peerId: new Uint8Array(20).fill(2),
    supportsExtensions: true,
    supportsFast: true,
    supportsV2: true,
    supportsDht: true,
  };
  const bytes = encodeHandshake(handshake);
  assert.equal(toHex(bytes.subarray(20, 28)), '0000000000100015');
  const decoded = decodeHandshake(bytes)!;
  assert.deepEqual(
    { ...decoded, infoHash: new Uint8Array(decoded.infoHash), peerId: new Uint8Array(decoded.peerId) },
    handshake,
  );
  assert.ok(isHandshakePrefix(bytes.subarray(0, 3)) && !isHandshakePrefix(Uint8Array.of(0x16, 3, 1)));
  assert.equal(decodeHandshake(concatBytes([Uint8Array.of(20), bytes.subarray(1)])), undefined);
});

test('extended handshakes: fields of the wrong kind read as absent', () => {
  const bytes = encodeExtendedHandshake({
    requestQueue: 500,
    client: 'C',
    isUploadOnly: true,
    metadataSize: 7,
    listenPort: 9,
  });
  const decoded = decodeExtendedHandshake(bytes);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.value, {
    metadataId: 1,
    dontHaveId: 2,
    uploadOnlyId: 3,
    metadataSize: 7,
    requestQueue: 500,
    listenPort: 9,
    client: 'C',
    isUploadOnly: true,
  });
  const odd = decodeExtendedHandshake(new TextEncoder().encode('d1:mi5e1:pi99999e4:reqq3:abce'));
  assert.deepEqual(odd.ok ? odd.value : odd, {});
  assert.equal(decodeExtendedHandshake(new TextEncoder().encode('le')).ok, false);
  const withdrawn = decodeExtendedHandshake(new TextEncoder().encode('d1:md11:ut_metadatai0eee'));
  assert.deepEqual(withdrawn.ok ? withdrawn.value : withdrawn, {});
});

test('metadata messages (BEP 9) and lt_donthave (BEP 54)', () => {
  const data = { type: 'data', block: 3, totalSize: 99, data: Uint8Array.of(100, 101) } as const;
  const decoded = decodeMetadataMessage(encodeMetadataMessage(data));
  assert.deepEqual(decoded.ok && decoded.value, data);
  for (const type of ['request', 'reject'] as const) {
    const message = decodeMetadataMessage(encodeMetadataMessage({ type, block: 1 }));
    assert.deepEqual(message.ok && message.value, { type, block: 1 });
  }
  assert.equal(decodeMetadataMessage(new TextEncoder().encode('d8:msg_typei1e5:piecei0ee')).ok, false);
  assert.equal(decodeDontHave(encodeDontHave(77)), 77);
  assert.equal(decodeDontHave(new Uint8Array(3)), undefined);
});

test('an outbox grows for messages of any kind', () => {
  const outbox = new Outbox();
  outbox.bitfield(new Uint8Array(1000).fill(3));
  outbox.extended(1, new Uint8Array(5000).fill(4));
  outbox.bitfield(new Uint8Array(20_000).fill(5));
  const { log, code } = decodeAll([outbox.take()]);
  assert.equal(code, undefined);
  assert.deepEqual(
    log.map((line) => [line.split(' ')[0], line.length]),
    [
      ['onBitfield', 11 + 2000],
      ['onExtended', 13 + 10_000],
      ['onBitfield', 11 + 40_000],
    ],
  );
});
