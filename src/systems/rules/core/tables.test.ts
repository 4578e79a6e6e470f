// Tables against plain maps: whatever is put in, the same is found, and the last or the first rule decides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHost, parseHost } from '../../../ground/address.ts';
import { compareBytes, toHex } from '../../../ground/bytes.ts';
import { createPrng } from '../../../ground/prng.ts';
import { AddressTableBuilder } from './address-table.ts';
import { HashTableBuilder } from './hash-table.ts';

/** Few different bytes: keys that begin alike, and keys that are equal. */
const key = fc
  .tuple(fc.constantFrom(0, 1, 255), fc.constantFrom(0, 128), fc.constantFrom(0, 7, 255))
  .map(([first, middle, last]) => {
    const bytes = new Uint8Array(20);
    bytes[0] = first;
    bytes[10] = middle;
    bytes[19] = last;
    return bytes;
  });

test('a hash table finds what was added, and of equal keys the last', () => {
  const entries = fc.array(fc.tuple(key, fc.boolean(), fc.constantFrom('', 'a', 'b')), { maxLength: 40 });
  fc.assert(
    fc.property(entries, key, (added, asked) => {
      const builder = new HashTableBuilder();
      const expected = new Map<string, object>();
      for (const [i, [bytes, isAllowed, reason]] of added.entries()) {
        builder.add(bytes, i + 1, isAllowed, reason);
        expected.set(toHex(bytes), { line: i + 1, isAllowed, reason });
      }
      const table = builder.build();
      assert.equal(table.size, expected.size);
      for (const bytes of [...added.map(([each]) => each), asked])
        assert.deepEqual(table.find(bytes), expected.get(toHex(bytes)));
    }),
  );
});

test('an address table denies exactly the union of its ranges, for a reason of one of them', () => {
  const host = fc.integer({ min: 0, max: 40 }).map((n) => parseHost(`10.0.0.${n}`)!);
  const long = fc.integer({ min: 0, max: 40 }).map((n) => parseHost(`2001:db8::${n.toString(16)}`)!);
  const ranges = fc.array(
    fc.tuple(fc.oneof(fc.tuple(host, host), fc.tuple(long, long)), fc.constantFrom('', 'a', 'b')),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(ranges, fc.oneof(host, long), (given, asked) => {
      const builder = new AddressTableBuilder();
      const sorted = given.map(([[a, b], reason]) =>
        compareBytes(a, b) <= 0 ? { from: a, to: b, reason } : { from: b, to: a, reason },
      );
      for (const [i, { from, to, reason }] of sorted.entries()) builder.add(from, to, i + 1, reason);
      const covering = sorted.filter(
        ({ from, to }) =>
          from.length === asked.length && compareBytes(from, asked) <= 0 && compareBytes(asked, to) <= 0,
      );
      const hit = builder.build().find(asked);
      assert.equal(hit !== undefined, covering.length > 0, formatHost(asked));
      if (hit === undefined || asked.length === 16) return;
      assert.ok(
        covering.some(({ reason }) => reason === hit.reason),
        `"${hit.reason}"`,
      );
    }),
  );
});

test('ranges that overlap are one, unless their reasons differ', () => {
  const sizeOf = (reasons: readonly string[]): number => {
    const builder = new AddressTableBuilder();
    const add = (from: string, to: string, i: number): boolean =>
      builder.add(parseHost(from)!, parseHost(to)!, i + 1, reasons[i]!);
    add('1.0.0.0', '1.0.0.9', 0);
    add('1.0.0.5', '1.0.0.20', 1);
    add('1.0.0.2', '1.0.0.2', 2);
    return builder.build().size;
  };
  assert.equal(sizeOf(['', '', '']), 1);
  assert.equal(sizeOf(['a', 'b', 'c']), 2);
});

test('the last addresses of each family do not overflow', () => {
  const builder = new AddressTableBuilder();
  const all = (text: string): Uint8Array => parseHost(text)!;
  builder.add(all('0.0.0.0'), all('255.255.255.255'), 1, 'everything');
  builder.add(all('255.255.255.255'), all('255.255.255.255'), 2, 'the end');
  const table = builder.build();
  assert.equal(table.size, 1);
  assert.equal(table.find(all('255.255.255.255'))?.reason, 'everything');
});

test('keys that all begin alike are sorted as well', () => {
  const builder = new HashTableBuilder();
  const prng = createPrng(1);
  const keys = Array.from({ length: 20_000 }, () => {
    const bytes = prng.fill(new Uint8Array(20));
    bytes.fill(0, 0, 4);
    return bytes;
  });
  for (const [i, bytes] of keys.entries()) builder.add(bytes, i, false, '');
  const table = builder.build();
  assert.equal(table.size, keys.length);
  for (const [i, bytes] of keys.entries()) assert.equal(table.find(bytes)?.line, i);
});

test('a million hashes take 24 bytes each, and 28 with reasons', () => {
  const count = 1_000_000;
  const build = (reasonOf: (i: number) => string): number => {
    const builder = new HashTableBuilder();
    const prng = createPrng(2);
    const bytes = new Uint8Array(20);
    for (let i = 0; i < count; i++) builder.add(prng.fill(bytes), i + 1, false, reasonOf(i));
    const table = builder.build();
    assert.equal(table.size, count);
    assert.equal(table.find(bytes)?.line, count);
    return table.byteLength;
  };
  assert.ok(build(() => '') < 24.001 * count);
  // A few reasons that are given again and again, as lists have them.
  assert.ok(build((i) => `reason ${i % 100}`) < 28.01 * count);
});
