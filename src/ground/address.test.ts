// Addresses: canonical text, compact forms, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressKey,
  createAddress,
  decodeCompact,
  encodeCompact,
  formatHost,
  isUnusable,
  parseHost,
  parseHostPort,
  parseIpv4,
  parseIpv6,
} from './address.ts';

const canonical: readonly (readonly [string, string | undefined])[] = [
  ['1.2.3.4', '1.2.3.4'],
  ['01.2.3.4', undefined],
  ['1.2.3', undefined],
  ['1.2.3.256', undefined],
  ['::', '::'],
  ['::1', '::1'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['fe80::1%eth0', undefined],
  ['example.org', undefined],
];
for (const [text, expected] of canonical) {
  test(`${text} is ${expected ?? 'refused'}`, () => {
    const bytes = parseHost(text);
    assert.equal(bytes === undefined ? undefined : formatHost(bytes), expected);
  });
}

test('host and port', () => {
  assert.deepEqual(parseHostPort('[::1]:80'), { host: '::1', port: 80 });
  assert.deepEqual(parseHostPort('host.example:6881'), { host: 'host.example', port: 6881 });
  for (const text of ['1.2.3.4', '1.2.3.4:0', '1.2.3.4:65536', '::1:80', '[1.2.3.4:80', 'a b:1']) {
    assert.equal(parseHostPort(text), undefined, text);
  }
  assert.equal(addressKey({ host: '::1', port: 1 }), '[::1]:1');
});

test('compact forms go both ways and drop port 0', () => {
  const v4 = createAddress('10.0.0.1', 6881)!;
  const v6 = createAddress('2001:db8::1', 51413)!;
  assert.deepEqual(decodeCompact(encodeCompact(v4)!, 4), [v4]);
  assert.deepEqual(decodeCompact(encodeCompact(v6)!, 6), [v6]);
  assert.deepEqual(decodeCompact(new Uint8Array(7), 4), []);
  assert.equal(encodeCompact({ host: 'name', port: 1 }), undefined);
});

test('unusable addresses', () => {
  for (const host of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1']) {
    assert.ok(isUnusable({ host, port: 1 }), host);
  }
});

test('families are told apart', () => {
  assert.equal(parseIpv4('::1'), undefined);
  assert.equal(parseIpv6('1.2.3.4'), undefined);
});
