// Plain lists of info hashes and lists of addresses: each form, and the message of each broken line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHost } from '../../../ground/address.ts';
import { fromHex } from '../../../ground/bytes.ts';
import { createMatcher, readListAtOnce } from '../../../../testkit/rule-lists.ts';
import { parseAddressOrBlock } from './address-list.ts';

const V1 = '00112233445566778899aabbccddeeff00112233';
const V2 = 'aa112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';

test('each form of a hash, with its reason', () => {
  const text = [
    '# a list',
    '; another comment',
    `${V1.toUpperCase()}  # somebody's diary`,
    `${V2}#no spaces`,
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
    `1220${'cc'.repeat(32)} # a multihash`,
    `1114${'dd'.repeat(20)}`,
    `ee${V1.slice(2)}  `,
    '',
  ].join('\r\n');
  const { kind, list, problemCount } = readListAtOnce(text);
  assert.deepEqual([kind, list.size, problemCount], ['hashes', 6, 0]);
  const matcher = createMatcher({ list: text });
  const reasons = [V1, V2, V2.slice(0, 40), 'cc'.repeat(32), 'dd'.repeat(20), `ee${V1.slice(2)}`].map(
    (hash) => matcher.denyHash(fromHex(hash)!)?.reason,
  );
  assert.deepEqual(reasons, ["somebody's diary", 'no spaces', 'no spaces', 'a multihash', '', '']);
  assert.equal(matcher.denyHash(fromHex(`ff${V1.slice(2)}`)!), undefined);
  assert.equal(matcher.denyHash(fromHex(V1)!)?.line, 3);
});

const brokenHashes: readonly (readonly [string, RegExp])[] = [
  [V1.slice(1), /an info hash is 40 or 64 digits of hexadecimal, or 32 characters of base32/],
  [V1.slice(2), /an info hash has 40 or 64 digits of hexadecimal, this has 38/],
  [`1220${V1}`, /this has 44/],
  ['1'.repeat(32), /32 characters of base32 are the letters A to Z and the digits 2 to 7/],
  ['hello', /"hello": an info hash is/],
  ['x'.repeat(2000), /a line has at most 1000 characters/],
];
test('the line and the reason of each hash that cannot be read', () => {
  const { problems, list } = readListAtOnce(`${V1}\n${brokenHashes.map(([line]) => line).join('\n')}`);
  assert.equal(list.size, 1);
  for (const [i, [line, message]] of brokenHashes.entries()) {
    assert.equal(problems[i]!.line, 2 + i, line);
    assert.match(problems[i]!.message, message);
  }
});

const ADDRESSES = [
  '# a list',
  '// another comment',
  'Some Company: Ltd:1.2.3.4-1.2.3.9',
  '005.006.007.008 - 005.006.007.010 , 000 , Bad Ones',
  '9.0.0.0 - 9.0.0.9 , 200 , Good Ones',
  '10.0.0.0/8',
  '192.0.2.7',
  '2001:db8::/32',
  '2001:dead::1 - 2001:dead::9',
  'nonsense',
  '1.2.3.9-1.2.3.4',
  '10.0.0.0/33',
].join('\r\n');

test('each form of an address denies what it names, and no more', () => {
  const { kind, problems, problemCount } = readListAtOnce(ADDRESSES);
  assert.deepEqual([kind, problemCount, problems.map(({ line }) => line)], ['addresses', 3, [10, 11, 12]]);
  assert.equal(problems[0]!.message, '"nonsense" is no P2P, DAT or CIDR line');
  const matcher = createMatcher({ list: ADDRESSES });
  const expected: readonly (readonly [string, string | undefined])[] = [
    ['1.2.3.3', undefined],
    ['1.2.3.4', 'Some Company: Ltd'],
    ['1.2.3.9', 'Some Company: Ltd'],
    ['1.2.3.10', undefined],
    ['5.6.7.10', 'Bad Ones'],
    ['9.0.0.5', undefined],
    ['10.255.255.255', ''],
    ['11.0.0.0', undefined],
    ['192.0.2.7', ''],
    ['::ffff:192.0.2.7', ''],
    ['192.0.2.8', undefined],
    ['2001:db8:ffff::1', ''],
    ['2001:db9::1', undefined],
    ['2001:dead::5', ''],
    ['2001:dead::a', undefined],
  ];
  for (const [host, reason] of expected)
    assert.equal(matcher.denyHost(parseHost(host)!)?.reason, reason, host);
});

test('the names of an old list in Latin-1 are read', () => {
  const list = Buffer.from('Müller:1.2.3.4-1.2.3.9\n', 'latin1');
  assert.equal(readListAtOnce(list).list.findHost(parseHost('1.2.3.4')!)?.reason, 'Müller');
});

test('a person names an address or a block, and nothing else', () => {
  for (const text of ['1.2.3.4', '1.2.3.0/24', '::1', '2001:db8::/32'])
    assert.ok(parseAddressOrBlock(text), text);
  for (const text of ['', '1.2.3', '1.2.3.4/33', 'host.example', '1.2.3.4-1.2.3.5'])
    assert.equal(parseAddressOrBlock(text), undefined, text);
});
