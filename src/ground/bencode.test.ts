// Bencode: canonical forms, refusals by code, bounds, and the property that encoding inverts decoding.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BencodeValue, decodeBencode, encodeBencode, type Encodable } from './bencode.ts';
import { fromByteString, toByteString } from './bytes.ts';
import { cpuTimeMs } from '../../testkit/cpu-time.ts';

const decode = (text: string, options = {}) => decodeBencode(fromByteString(text), options);

const refused: readonly (readonly [string, string])[] = [
  ['', 'bencode-truncated'],
  ['i', 'bencode-truncated'],
  ['ie', 'bencode-integer'],
  ['i-e', 'bencode-integer'],
  ['i-0e', 'bencode-number'],
  ['i01e', 'bencode-number'],
  ['i1x', 'bencode-integer'],
  [`i${'9'.repeat(41)}e`, 'bencode-integer'],
  ['03:abc', 'bencode-number'],
  ['4:abc', 'bencode-truncated'],
  ['99999999999:a', 'bencode-integer'],
  ['l', 'bencode-truncated'],
  ['x', 'bencode-syntax'],
  ['di1e1:ae', 'bencode-syntax'],
  ['d1:a', 'bencode-truncated'],
  ['d1:ai1e1:ai2ee', 'bencode-duplicate-key'],
  ['d1:bi1e1:ai2ee', 'bencode-unsorted'],
  ['i1ei2e', 'bencode-trailing'],
  ['l'.repeat(200) + 'e'.repeat(200), 'bencode-too-deep'],
];
for (const [text, code] of refused) {
  test(`refused as ${code}: ${text.slice(0, 20)}`, () => {
    const result = decode(text);
    assert.equal(result.ok ? 'ok' : result.error.code, code);
  });
}

test('values, spans and the number of bytes taken', () => {
  const result = decode('d4:infod1:ai-7ee5:otherl2:xyi9007199254740993eeetail', { allowTrailing: true });
  assert.ok(result.ok);
  assert.equal(result.value.consumed, 48);
  assert.deepEqual(result.value.spans.get('info'), [7, 16]);
  const value = result.value.value as Map<string, BencodeValue>;
  assert.deepEqual(value.get('info'), new Map([['a', -7]]));
  assert.deepEqual((value.get('other') as BencodeValue[])[1], 9007199254740993n);
});

const lenient: readonly (readonly [string, string, readonly string[]])[] = [
  ['i01e', 'i1e', ['bencode-number']],
  ['i-0e', 'i0e', ['bencode-number']],
  ['i-007e', 'i-7e', ['bencode-number']],
  ['03:abc', '3:abc', ['bencode-number']],
  ['d1:bi1e1:ai2ee', 'd1:ai2e1:bi1ee', ['bencode-unsorted']],
  ['d1:ai1e1:ai2ee', 'd1:ai1ee', ['bencode-duplicate-key']],
  ['d1:ai1e1:bi2e1:ali3eee', 'd1:ai1e1:bi2ee', ['bencode-duplicate-key']],
  ['i1ei2e', 'i1e', ['bencode-trailing']],
  ['de<html>', 'de', ['bencode-trailing']],
  [
    'd1:bi00e1:ai1e1:ai1ee\r\n',
    'd1:ai1e1:bi0ee',
    ['bencode-number', 'bencode-unsorted', 'bencode-duplicate-key', 'bencode-trailing'],
  ],
];
for (const [text, canonical, codes] of lenient) {
  test(`the lenient form reads ${JSON.stringify(text)} as ${canonical}`, () => {
    const result = decode(text, { form: 'lenient' });
    assert.ok(result.ok);
    assert.equal(toByteString(encodeBencode(result.value.value as Encodable)), canonical);
    assert.deepEqual(
      result.value.departures.map((departure) => departure.code),
      codes,
    );
  });
}

test('the lenient form refuses bytes that are not bencode, and keeps the bounds', () => {
  for (const [text, code] of refused) {
    if (lenient.some(([, , codes]) => codes.includes(code))) continue;
    const result = decode(text, { form: 'lenient' });
    assert.equal(result.ok ? 'ok' : result.error.code, code, text.slice(0, 20));
  }
  assert.ok(!decode(`i${'0'.repeat(41)}e`, { form: 'lenient' }).ok);
});

test('the span of a key that stands twice is that of the value that counts', () => {
  const result = decode('d4:infoi1e4:infoi2ee', { form: 'lenient' });
  assert.ok(result.ok);
  assert.deepEqual(result.value.spans.get('info'), [7, 10]);
});

test('the number of values is bounded', () => {
  const result = decode(`l${'le'.repeat(1000)}e`, { maxValues: 500 });
  assert.equal(result.ok ? 'ok' : result.error.code, 'bencode-too-many');
});

test('encoding sorts keys by raw bytes and leaves undefined out', () => {
  const encoded = encodeBencode({ b: 1, a: 'x', ä: 2, Z: [1n, new Uint8Array([255])], gone: undefined });
  assert.equal(toByteString(encoded), 'd1:Zli1e1:\xffe1:a1:x1:bi1e2:\xc3\xa4i2ee');
});

const { tree } = fc.letrec<{ tree: Encodable }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('tree'), { maxLength: 5 }),
    fc
      .dictionary(
        fc.string({ maxLength: 6 }).map((key) => key.replace(/[^\u0000-\u00ff]/g, '')),
        tie('tree'),
        { maxKeys: 5 },
      )
      .map((entries) => new Map(Object.entries(entries)) as unknown as Encodable),
  ),
}));

test('decoding inverts encoding', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const bytes = encodeBencode(value);
      const decoded = decodeBencode(bytes);
      assert.ok(decoded.ok);
      assert.deepEqual(encodeBencode(decoded.value.value as Encodable), bytes);
      const lenient = decodeBencode(bytes, { form: 'lenient' });
      assert.deepEqual(lenient, decoded);
      assert.deepEqual(decoded.value.departures, []);
    }),
  );
});

test('a long run of digits or of lists takes linear time', () => {
  const startedMs = cpuTimeMs();
  decode('1'.repeat(4_000_000));
  decode('l'.repeat(4_000_000));
  decode(`l${'i1e'.repeat(1_000_000)}e`);
  assert.ok(cpuTimeMs() - startedMs < 3000);
});
