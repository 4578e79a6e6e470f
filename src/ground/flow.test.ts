// Rates, limits, bit sets, hex and base32, and the seeded generator.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from './bitfield.ts';
import { compareBytes, fromBase32, fromHex, toHex } from './bytes.ts';
import { createPrng, shuffle } from './prng.ts';
import { RateMeter } from './rate-meter.ts';
import { TokenBucket } from './token-bucket.ts';

test('a bucket lets its rate pass over time, in bursts of a quarter second', () => {
  const bucket = new TokenBucket(1_000_000);
  let passed = 0;
  for (let now = 0; now < 10_000; now += 10) {
    while (bucket.available(now) >= 16_384) {
      bucket.take(now, 16_384);
      passed += 16_384;
    }
  }
  assert.ok(Math.abs(passed - 10_250_000) < 60_000, `${passed}`);
});

test('a child bucket obeys its parent', () => {
  const parent = new TokenBucket(100_000);
  const child = new TokenBucket(1_000_000, parent);
  assert.ok(!child.isUnlimited);
  child.take(0, 50_000);
  assert.ok(child.available(0) < 0);
  assert.ok(child.delayMs(0, 16_384) >= 400);
  assert.equal(new TokenBucket().available(0), Number.POSITIVE_INFINITY);
});

test('a rate meter follows a flow and forgets it', () => {
  const meter = new RateMeter();
  for (let now = 0; now <= 20_000; now += 100) meter.add(now, 10_000);
  assert.ok(Math.abs(meter.rate(20_000) - 100_000) < 6000, `${meter.rate(20_000)}`);
  assert.ok(meter.rate(40_000) === 0);
  assert.equal(meter.total, 2_010_000);
});

test('bit fields: order of bits, count, spare bits', () => {
  const field = new Bitfield(10);
  assert.ok(field.add(0) && field.add(9) && !field.add(9));
  assert.equal(toHex(field.bytes), '8040');
  assert.equal(field.count, 2);
  assert.equal(Bitfield.fromBytes(Uint8Array.of(0x80, 0x20), 10), undefined);
  assert.equal(Bitfield.fromBytes(Uint8Array.of(0x80), 10), undefined);
  assert.equal(Bitfield.fromBytes(Uint8Array.of(0xff, 0xc0), 10)?.isFull, true);
  field.fillAll();
  assert.equal(toHex(field.bytes), 'ffc0');
  assert.ok(field.delete(3) && !field.isFull && field.clone().count === 9);
});

test('hex and base32', () => {
  assert.equal(toHex(fromHex('00ffA5')!), '00ffa5');
  assert.equal(fromHex('0'), undefined);
  assert.equal(fromHex('zz'), undefined);
  // RFC 4648 section 10.
  assert.deepEqual(fromBase32('MZXW6YTBOI'), new TextEncoder().encode('foobar'));
  assert.equal(fromBase32('1'), undefined);
  assert.ok(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0)) < 0);
});

test('the same seed gives the same sequence, another seed another', () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 5 },
      (
        (prng) => () =>
          prng.below(1000)
      )(createPrng(seed)),
    );
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  assert.deepEqual(shuffle([1, 2, 3, 4], createPrng(3)).sort(), [1, 2, 3, 4]);
});
