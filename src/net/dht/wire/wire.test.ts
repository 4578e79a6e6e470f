// KRPC against the packets of BEP 5, ids against BEP 42's rows, items against BEP 44's and 46's vectors, BEP 33's filter.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { parseHost } from '../../../ground/address.ts';
import { encodeBencode } from '../../../ground/bencode.ts';
import { fromHex, toByteString, toHex, toUtf8 } from '../../../ground/bytes.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { createPrng } from '../../../ground/prng.ts';
import { addToBloom, BLOOM_BYTES, estimateBloom } from './bloom.ts';
import { decodePointer, encodePointer, immutableTarget, mutableTarget, signedBytes } from './items.ts';
import { decodeKrpc } from './krpc.ts';
import { KrpcWriter } from './krpc-writer.ts';
import { compareDistance, createNodeId, isIdBoundTo, randomIdInBucket, sharedPrefix } from './node-id.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function decode(text: string) {
  const decoded = decodeKrpc(bytes(text));
  assert.ok(decoded.ok, text);
  return decoded.value;
}

test('the packets of BEP 5', () => {
  const ping = decode('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe');
  assert.equal(ping.kind, 'query');
  assert.equal(ping.method, 'ping');
  assert.equal(toByteString(ping.id), 'abcdefghij0123456789');
  assert.equal(toByteString(ping.transaction), 'aa');
  const pong = decode('d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re');
  assert.equal(pong.kind, 'response');
  const find = decode(
    'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe',
  );
  assert.equal(toByteString(find.target!), 'mnopqrstuvwxyz123456');
  const peers = decode(
    'd1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re',
  );
  assert.deepEqual(peers.values!.map(toByteString), ['axje.u', 'idhtnm']);
  const announce = decode(
    'd1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe',
  );
  assert.deepEqual([announce.isPortImplied, announce.port], [true, 6881]);
  const error = decode('d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee');
  assert.deepEqual([error.kind, error.errorCode, error.errorText], ['error', 201, 'A Generic Error Ocurred']);
});

test('written messages are canonical and read back', () => {
  const writer = new KrpcWriter();
  const id = new Uint8Array(20).fill(7);
  const query = writer
    .query('put', 0x61626364, id, true, {
      token: bytes('tok'),
      value: bytes('5:hello'),
      key: new Uint8Array(32),
      signature: new Uint8Array(64),
      salt: bytes('s'),
      sequence: 3,
      cas: 2,
      wants: 3,
      padTo: 400,
    })
    .slice();
  assert.equal(query.length, 400);
  const read = decodeKrpc(query);
  assert.ok(read.ok);
  assert.deepEqual(
    [read.value.sequence, read.value.cas, read.value.wants, read.value.isReadOnly],
    [3, 2, 3, true],
  );
  assert.equal(toByteString(read.value.value!), '5:hello');
  const response = writer.response(bytes('aa'), new Uint8Array(6), {
    id,
    nodes: new Uint8Array(26),
    token: bytes('x'),
    values: bytes('6:abcdef'),
  });
  // Sorted keys: encoding the decoded dictionary again gives the same bytes.
  assert.ok(decodeKrpc(response).ok);
  for (const packet of [query, response.slice()]) {
    const { decodeDictionary } = bencode;
    const dictionary = decodeDictionary(packet);
    assert.ok(dictionary.ok);
    assert.deepEqual(encodeBencode(dictionary.value as never), packet);
  }
});

import * as bencode from '../../../ground/bencode.ts';

test('bytes that are not a message are refused, not thrown', () => {
  for (const text of [
    '',
    'd',
    'de',
    'd1:y1:qe',
    'd1:ad2:id19:abcdefghij012345678e1:q4:ping1:t2:aa1:y1:qe',
    'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qee',
    'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t99:aa1:y1:qe',
    'd1:ad2:id20:abcdefghij01234567896:target5:shorte1:q9:find_node1:t2:aa1:y1:qe',
    `d1:a${'l'.repeat(500)}${'e'.repeat(500)}1:q4:ping1:t2:aa1:y1:qe`,
    'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:xe',
  ]) {
    assert.equal(decodeKrpc(bytes(text)).ok, false, text.slice(0, 80));
  }
});

test('ids follow from addresses: the rows of BEP 42', () => {
  for (const [host, id] of [
    ['124.31.75.21', '5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401'],
    ['21.75.31.124', '5a3ce9c14e7a08645677bbd1cfe7d8f956d53256'],
    ['65.23.51.170', 'a5d43220bc8f112a3d426c84764f8c2a1150e616'],
    ['84.124.73.14', '1b0321dd1bb1fe518101ceef99462b947a01ff41'],
    ['43.213.53.83', 'e56f6cbf5b7c4be0237986d5243b87aa6d51305a'],
  ] as const) {
    assert.ok(isIdBoundTo(fromHex(id)!, parseHost(host)!), host);
    assert.ok(!isIdBoundTo(fromHex(id)!, parseHost('1.2.3.4')!));
  }
  const prng = createPrng(1);
  for (const host of ['8.8.8.8', '2001:db8::1']) {
    for (let i = 0; i < 20; i++)
      assert.ok(isIdBoundTo(createNodeId(parseHost(host)!, prng), parseHost(host)!));
  }
  assert.ok(isIdBoundTo(new Uint8Array(20), parseHost('192.168.1.1')!), 'local hosts are exempt');
});

test('distances and buckets', () => {
  const prng = createPrng(2);
  const own = prng.fill(new Uint8Array(20));
  for (let bits = 0; bits < 160; bits++)
    assert.equal(sharedPrefix(own, randomIdInBucket(own, bits, prng)), bits);
  assert.ok(compareDistance(own, own, randomIdInBucket(own, 159, prng)) < 0);
});

const KEY = fromHex('77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548')!;

function isSigned(signature: string, salt: Uint8Array | undefined): boolean {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), KEY]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return verify(null, signedBytes(salt, 1, bytes('12:Hello World!')), key, fromHex(signature)!);
}

test('the vectors of BEP 44', () => {
  assert.equal(
    toHex(immutableTarget(bytes('12:Hello World!'), nodeHasher)),
    'e5f96f6f38320f0f33959cb4d3d656452117aadb',
  );
  assert.equal(toHex(mutableTarget(KEY, undefined, nodeHasher)), '4a533d47ec9c7d95b1ad75f576cffc641853b750');
  assert.equal(
    toHex(mutableTarget(KEY, toUtf8('foobar'), nodeHasher)),
    '411eba73b6f087ca51a3795d9c8c938d365e32c1',
  );
  assert.ok(
    isSigned(
      '305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01',
      undefined,
    ),
  );
  assert.ok(
    isSigned(
      '6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17ddf9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08',
      toUtf8('foobar'),
    ),
  );
});

test('the vectors of BEP 46, and pointers', () => {
  const key = fromHex('8543d3e6115f0f98c944077a4493dcd543e49c739fd998550a1f614ab36ed63e')!;
  assert.equal(toHex(mutableTarget(key, undefined, nodeHasher)), 'cc3f9d90b572172053626f9980ce261a850d050b');
  assert.equal(
    toHex(mutableTarget(key, fromHex('6e')!, nodeHasher)),
    '59ee7c2cb9b4f7eb1986ee2d18fd2fdb8a56554f',
  );
  const pointer = { infoHash: new Uint8Array(20).fill(1), infoHashV2: new Uint8Array(32).fill(2) };
  assert.deepEqual(decodePointer(encodePointer(pointer)), pointer);
  assert.equal(decodePointer(bytes('d2:ih3:abce')), undefined);
});

test('the filter of BEP 33', () => {
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (let i = 0; i <= 255; i++) addToBloom(bloom, parseHost(`192.0.2.${i}`)!, nodeHasher);
  for (let i = 0; i <= 0x3e7; i++) addToBloom(bloom, parseHost(`2001:db8::${i.toString(16)}`)!, nodeHasher);
  assert.match(toHex(bloom), /^f6c3f5eaa07ffd91bde89f777f26fb2b/);
  assert.ok(Math.abs(estimateBloom(bloom) - 1224.9308) < 0.001);
});
