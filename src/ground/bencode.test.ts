// Bencode: canonical forms, refusals by code, bounds, and the property that encoding inverts decoding.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BencodeValue, decodeBencode, encodeBencode, type Encodable } from './bencode.ts';
import { fromByteString, toByteString } from './bytes.ts';

const decode = (text: string, options = {}) => decodeBencode(fromByteString(text), options);

const refused: readonly (readonly [string, string])[] = [
  ['', 'bencode-truncated'],
  ['i', 'bencode-truncated'],
  ['ie', 'bencode-integer'],
  ['i-e', 'bencode-integer'],
  ['i-0e', 'bencode-integer'],
  ['i01e', 'bencode-integer'],
  ['i1x', 'bencode-integer'],
  [`i${'9'.repeat(41)}e`, 'bencode-integer'],
  ['03:abc', 'bencode-integer'],
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

test('unsorted keys pass where the caller allows them, double ones never', () => {
  assert.ok(decode('d1:bi1e1:ai2ee', { sortedKeys: false }).ok);
  assert.ok(!decode('d1:ai1e1:ai2ee', { sortedKeys: false }).ok);
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

test('decoding what was encoded gives the same bytes again', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const bytes = encodeBencode(value);
      const decoded = decodeBencode(bytes);
      assert.ok(decoded.ok);
      assert.deepEqual(encodeBencode(decoded.value.value as Encodable), bytes);
    }),
  );
});

test('a long run of digits or of lists takes linear time', () => {
  const started = performance.now();
  decode('1'.repeat(4_000_000));
  decode('l'.repeat(4_000_000));
  decode(`l${'i1e'.repeat(1_000_000)}e`);
  assert.ok(performance.now() - started < 3000);
});
