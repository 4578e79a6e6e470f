// Vectors of message stream encryption: RC4 of RFC 6229, keys and hashes computed with Python's pow and hashlib.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { encodeChoice, hashSkey, PLAINTEXT, RC4, Secrets } from './handshake.ts';
import { publicKeyOf, sharedSecretOf } from './key-exchange.ts';
import { alignedLike, Rc4 } from './rc4.ts';

const keyStream = (key: Uint8Array, length = 16): string => {
  const out = new Uint8Array(length);
  new Rc4(key).transform(out, out);
  return toHex(out);
};
const counting = (first: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => first + i);

test('RC4 gives the key stream of RFC 6229 behind its first 1,024 bytes', () => {
  assert.equal(keyStream(counting(1, 5)), '30abbcc7c20b01609f23ee2d5f6bb7df');
  assert.equal(keyStream(counting(1, 16)), 'bdf0324e6083dcc6d3cedd3ca8c53c16');
});

test('RC4 gives the same bytes however they are cut and wherever they lie', () => {
  const key = counting(7, 20);
  const data = counting(0, 100);
  const whole = data.slice();
  new Rc4(key).transform(whole, whole);
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 12 }), fc.nat(3), fc.nat(3), (cuts, from, into) => {
      const source = new Uint8Array(110).subarray(from, from + 100);
      const target = new Uint8Array(110).subarray(into, into + 100);
      source.set(data);
      const cipher = new Rc4(key);
      let at = 0;
      for (const cut of [...cuts, 100]) {
        const end = Math.min(at + cut, 100);
        cipher.transform(source.subarray(at, end), target.subarray(at, end));
        at = end;
      }
      assert.deepEqual(target, whole);
      assert.deepEqual(source, data);
    }),
  );
});

test('a place that lies like another has its length and its alignment', () => {
  const memory = new Uint8Array(19).subarray(1);
  for (let offset = 0; offset < 8; offset++) {
    const bytes = new Uint8Array(40).subarray(offset, offset + 15);
    const place = alignedLike(bytes, memory);
    assert.equal(place.length, 15);
    assert.equal((place.byteOffset - bytes.byteOffset) & 3, 0);
  }
});

const A = counting(1, 20);
const B = counting(101, 20);
const PUBLIC_A =
  '96e112dab29e8c5272accb9b17b26887ce54a144a4e3b697c7d159b7a817e556b0918db2b4c658e02a87f7e5fb14b18a' +
  '553e084cbf3dad2d30f16596ccb982d406258c61b30c5c1dae2ddc60bdbd48d79896312aad63238c39e1a633821eb693';
const PUBLIC_B =
  'd32ae8cedd0de9ca4fe67e35626bb8c7cdb0966727d899f6a62fdb2b68817f9ddc4b684e3eb34030b8dba4e028b7cff3' +
  '264020340cb4eab61923cdc4e4216ba873368d83f0a38e497f1f6b4e3d2012eb91a3ee6056f966f9eae732089b6fa46e';
const SECRET =
  'd05ed96a95215a89b44073afe5d0b1626289ac01cff7849392948b2470b346547e944d7562a897ae86976bc389999083' +
  'ec09572dbdc8ed7f6a0a86a1aa42a3ca04209b72d8239890360435640643b76479ed7836f1857963fcc7cb72084c3ab4';
const SKEY = new Uint8Array(20).fill(0xab);

test('both sides of a key exchange get the same secret', () => {
  assert.equal(toHex(publicKeyOf(A)), PUBLIC_A);
  assert.equal(toHex(publicKeyOf(B)), PUBLIC_B);
  assert.equal(toHex(sharedSecretOf(A, fromHex(PUBLIC_B)!)!), SECRET);
  assert.equal(toHex(sharedSecretOf(B, fromHex(PUBLIC_A)!)!), SECRET);
});

test('keys of which everybody knows the secret are refused', () => {
  const prime =
    'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563';
  const known = ['00', '01', `${prime.slice(0, -2)}62`, prime, `${prime.slice(0, -2)}64`];
  for (const key of known) assert.equal(sharedSecretOf(A, fromHex(key.padStart(192, '0'))!), undefined);
  assert.notEqual(sharedSecretOf(A, fromHex('02'.padStart(192, '0'))!), undefined);
});

test('hashes and ciphers follow from the secret and the share', () => {
  const secrets = new Secrets(nodeHasher, fromHex(SECRET)!);
  assert.equal(toHex(secrets.marker), '78fffb0f23055a793ff7609f359e04e383ec3505');
  const hash = hashSkey(nodeHasher, SKEY);
  assert.equal(toHex(secrets.cover(hash)), 'e5fbae2f45ff1faeeb3b4df70d17236225f91856');
  assert.deepEqual(secrets.cover(secrets.cover(hash)), Uint8Array.from(hash));
  const streamOf = (sender: 'initiator' | 'responder'): string => {
    const out = new Uint8Array(20);
    secrets.cipher(sender, SKEY).transform(out, out);
    return toHex(out);
  };
  assert.equal(streamOf('initiator'), '797d6a1321ba40078573efd44dd10e2cafe383fa');
  assert.equal(streamOf('responder'), '7e728a8530bb77a2a6ca8d34f524b133c51c996a');
});

test('a choice is the constant, the methods, the padding and, for an offer, the length of the initial payload', () => {
  assert.equal(toHex(encodeChoice(PLAINTEXT | RC4, 2, 68)), '000000000000000000000003000200000044');
  assert.equal(toHex(encodeChoice(RC4, 1)), '000000000000000000000002000100');
});
