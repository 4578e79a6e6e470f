// Hosts into bytes that are used again: the same as `parseHost`, for whatever a socket or anyone writes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHost, parseHost } from './address.ts';
import { MAX_HOST_BYTES, readHost } from './host-bytes.ts';

const out = new Uint8Array(MAX_HOST_BYTES);
const read = (text: string): Uint8Array => out.slice(0, readHost(text, out.fill(0xaa)));

test('addresses of both families, in the forms that systems write', () => {
  for (const [text, expected] of [
    ['1.2.3.4', [1, 2, 3, 4]],
    ['255.0.10.200', [255, 0, 10, 200]],
    ['::ffff:1.2.3.4', [1, 2, 3, 4]],
    ['::ffff:102:304', [1, 2, 3, 4]],
    ['::', [...new Uint8Array(16)]],
    ['::1', [...new Uint8Array(15), 1]],
    ['2001:db8::', [0x20, 1, 0xd, 0xb8, ...new Uint8Array(12)]],
    ['2001:DB8::aB:1', [0x20, 1, 0xd, 0xb8, ...new Uint8Array(9), 0xab, 0, 1]],
    ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
    ['fe80::1%eth0', [0xfe, 0x80, ...new Uint8Array(13), 1]],
  ] as const)
    assert.deepEqual([...read(text)], expected, text);
});

test('what is no address has no bytes', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    ':',
    ':::',
    '1::2::3',
    '1:2',
    '12345::',
    'tracker',
  ])
    assert.equal(read(text).length, 0, text);
});

test('it agrees with parseHost', () => {
  const texts = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map(formatHost),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatHost),
    fc.ipV6(),
    fc.ipV4(),
    fc.stringMatching(/^[0-9a-f:.]{0,20}$/),
    fc
      .array(fc.constantFrom(':', '::', '0', '1', 'ffff', '12', '.'), { maxLength: 18 })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      assert.deepEqual([...read(text)], [...(parseHost(text) ?? [])]);
    }),
  );
});
