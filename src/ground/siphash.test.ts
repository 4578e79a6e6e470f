// SipHash: the vectors of its authors (key 00 to 0f; message 00, 01 and so on), as their program and OpenSSL give them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipHash } from './siphash.ts';

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);

const vectors: readonly (readonly [number, string])[] = [
  [0, '726fdb47dd0e0e31'],
  [1, '74f839c593dc67fd'],
  [3, '85676696d7fb7e2d'],
  [8, '93f5f5799a932462'],
  [15, 'a129ca6149be45e5'],
  [20, 'bed65cf21aa2ee98'],
];

test('SipHash-2-4 gives the published values, from any place of an array', () => {
  const hasher = new SipHash(counting(16));
  const hex = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');
  for (const [length, expected] of vectors) {
    const padded = new Uint8Array(length + 5).fill(0xaa);
    padded.set(counting(length), 3);
    hasher.hash(padded, 3, 3 + length);
    assert.equal(hex(hasher.high) + hex(hasher.low), expected, `${length} bytes`);
  }
});

test('another key gives another value', () => {
  const [a, b] = [new SipHash(counting(16)), new SipHash(counting(16).fill(1, 15))];
  assert.notEqual(a.hash(counting(6), 0, 6), b.hash(counting(6), 0, 6));
});
