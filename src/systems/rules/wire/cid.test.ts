// CIDs and multihashes: examples of the specifications, and text that is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import { encodeMultihash, formatCid, keyOfMultihash, parseCid, TORRENT_INFO } from './cid.ts';
import { decodeBase58, decodeMultibase, encodeBase32, encodeBase58 } from './multibase.ts';

/** Of IPIP-383: the same content in several forms. */
const V0 = 'QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo';
const V1 = 'bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq';

test('one multihash in versions 0 and 1, and in each base', () => {
  const v0 = parseCid(V0);
  const v1 = parseCid(V1);
  assert.ok(v0.ok && v1.ok);
  assert.deepEqual([v0.value.version, v1.value.version], [0, 1]);
  assert.deepEqual(v0.value.multihash, v1.value.multihash);
  assert.equal(formatCid(v1.value), V1);
  const bytes = decodeMultibase(V1)!;
  for (const text of [`f${toHex(bytes)}`, `F${toHex(bytes).toUpperCase()}`, `z${encodeBase58(bytes)}`]) {
    const parsed = parseCid(text);
    assert.ok(parsed.ok, text);
    assert.deepEqual(parsed.value.multihash, v1.value.multihash);
  }
});

test('a key of IPNS in base36 and base58btc is one key', () => {
  // IPIP-383 and the test list of nopfs name these as one.
  const texts = [
    'k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf',
    'bafzaajaiaejcaotjfs57kieazxny5japcmy5p2pgv2cic77tu6ogghttvurnrufx',
    '12D3KooWDkNqEJNmreF3NYYFK1ws7Ra2fuW6cHBTu567SPV3LdYA',
  ];
  const keys = texts.map((text) => {
    const parsed = parseCid(text);
    assert.ok(parsed.ok, text);
    return toHex(encodeMultihash(parsed.value.multihash));
  });
  assert.deepEqual(new Set(keys).size, 1);
});

test('an info hash is a CID with the codec torrent-info', () => {
  const digest = fromHex('00112233445566778899aabbccddeeff00112233')!;
  const text = formatCid({ codec: TORRENT_INFO, multihash: { code: 0x11, digest } });
  const parsed = parseCid(text);
  assert.ok(parsed.ok);
  assert.deepEqual(
    [parsed.value.codec, toHex(keyOfMultihash(parsed.value.multihash))],
    [0x7b, toHex(digest)],
  );
});

const broken: readonly (readonly [string, string])[] = [
  ['', 'cid-unreadable'],
  ['hello', 'cid-unreadable'],
  ['bafy!', 'cid-unreadable'],
  [V1.slice(0, -1), 'multihash-length'],
  ['f01', 'cid-truncated'],
  ['f0170', 'multihash-truncated'],
  ['f0170122000', 'multihash-length'],
  [`f0170${'ff'.repeat(9)}`, 'multihash-truncated'],
  ['z'.repeat(10_000), 'cid-unreadable'],
];
for (const [text, code] of broken)
  test(`no CID: ${text.slice(0, 40) || '(nothing)'}`, () => {
    const parsed = parseCid(text);
    assert.deepEqual(parsed.ok ? 'ok' : parsed.error.code, code);
  });

test('bases give back the bytes that they were made of', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      assert.deepEqual([...decodeBase58(encodeBase58(bytes))!], [...bytes]);
      assert.deepEqual([...decodeMultibase(`b${encodeBase32(bytes)}`)!], [...bytes]);
    }),
  );
});

test('different digests have different keys, also short ones', () => {
  const key = (code: number, hex: string): string => toHex(keyOfMultihash({ code, digest: fromHex(hex)! }));
  const keys = [key(0, ''), key(0, '00'), key(0, '0000'), key(0x11, '00'), key(0x12, '00'.repeat(20))];
  assert.equal(new Set(keys).size, keys.length);
});
