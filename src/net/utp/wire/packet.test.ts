// Packets of uTP: headers, extensions, selective acknowledgements, padding.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import {
  beginSack,
  createReceivedPacket,
  DATA,
  decodePacket,
  distance,
  encodeHeader,
  hasSackBit,
  HEADER_LENGTH,
  MIN_PADDING,
  pad,
  sackLengthFor,
  setSackBit,
  SYN,
} from './packet.ts';

const HEADER = {
  type: SYN,
  connectionId: 0x1234,
  timestampMicros: 0xdeadbeef,
  differenceMicros: 0x01020304,
  windowBytes: 0x00100000,
  sequence: 0xfffe,
  acknowledged: 0x00ff,
};
const HEADER_HEX = '41001234deadbeef0102030400100000fffe00ff';

function encode(header = HEADER, payload: readonly number[] = []): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + payload.length);
  encodeHeader(bytes, header);
  bytes.set(payload, HEADER_LENGTH);
  return bytes;
}

test('a header is encoded as BEP 29 draws it, and decoded to the same', () => {
  assert.equal(toHex(encode()), HEADER_HEX);
  const packet = createReceivedPacket();
  assert.equal(decodePacket(fromHex(HEADER_HEX)!, packet), undefined);
  assert.deepEqual(packet, { ...HEADER, sackAt: 0, sackLength: 0, payloadAt: 20 });
});

for (const [what, hex, code] of [
  ['too short', HEADER_HEX.slice(0, -2), 'utp-too-short'],
  ['of another version', `42${HEADER_HEX.slice(2)}`, 'utp-unknown-type'],
  ['of an unknown type', `51${HEADER_HEX.slice(2)}`, 'utp-unknown-type'],
  ['with an extension that is not there', `4101${HEADER_HEX.slice(4)}`, 'utp-extension-truncated'],
  ['with half an extension', `4101${HEADER_HEX.slice(4)}0004ffffff`, 'utp-extension-truncated'],
  [
    'with a second extension that is not there',
    `4101${HEADER_HEX.slice(4)}0204ffffffff`,
    'utp-extension-truncated',
  ],
] as const)
  test(`a packet ${what} is malformed`, () => {
    assert.equal(decodePacket(fromHex(hex)!, createReceivedPacket())?.code, code);
  });

test('unknown extensions are skipped, whatever their order', () => {
  const packet = createReceivedPacket();
  const hex = `0177${HEADER_HEX.slice(4)}0103aabbcc000401000080616263`;
  assert.equal(decodePacket(fromHex(hex)!, packet), undefined);
  assert.deepEqual([packet.sackLength, packet.payloadAt], [4, 31]);
  const bits = Array.from({ length: 32 }, (_, i) => i).filter((i) =>
    hasSackBit(fromHex(hex)!, packet.sackAt, i),
  );
  assert.deepEqual(bits, [0, 31]);
});

test('a selective acknowledgement is a multiple of four bytes, its lowest bits first', () => {
  assert.deepEqual([1, 32, 33, 5000].map(sackLengthFor), [4, 4, 8, 252]);
  const bytes = new Uint8Array(HEADER_LENGTH + 2 + 4).fill(0xee);
  encodeHeader(bytes, HEADER);
  const at = beginSack(bytes, 4);
  for (const bit of [0, 9, 31]) setSackBit(bytes, at, bit);
  assert.equal(toHex(bytes.subarray(HEADER_LENGTH)), '000401020080');
});

test('a padded packet has the size that was asked for and says the same', () => {
  const plain = encode({ ...HEADER, type: DATA }, [1, 2, 3]);
  for (const more of [10, 12, 13, 200, 266, 267, 268, 269, 270, 271, 1300, 30_000]) {
    const padded = pad(plain, plain.length + more);
    assert.equal(padded?.length, plain.length + more, `${more} more`);
    const packet = createReceivedPacket();
    assert.equal(decodePacket(padded!, packet), undefined);
    assert.deepEqual([...padded!.subarray(packet.payloadAt)], [1, 2, 3]);
    assert.deepEqual([packet.sequence, packet.sackLength], [HEADER.sequence, 0]);
  }
  assert.equal(pad(plain, plain.length + MIN_PADDING - 1), undefined);
});

test('numbers of packets are compared around the wrap', () => {
  assert.equal(distance(0xfffe, 1), 3);
  assert.equal(distance(1, 0xfffe), -3);
  assert.equal(distance(7, 7), 0);
});
