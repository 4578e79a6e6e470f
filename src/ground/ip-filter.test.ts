// Block lists in the forms in which people have them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpFilter } from './ip-filter.ts';

test('each form blocks the addresses that it names, and no more', () => {
  const { filter, skipped } = IpFilter.parse(
    [
      '# a list',
      'Some Company: Ltd:1.2.3.4-1.2.3.9',
      '005.006.007.008 - 005.006.007.010 , 000 , Bad Ones',
      '9.0.0.0 - 9.0.0.9 , 200 , Good Ones',
      '10.0.0.0/8',
      '192.0.2.7',
      '2001:db8::/32',
      'nonsense',
      '1.2.3.9-1.2.3.4',
      '10.0.0.0/33',
    ].join('\r\n'),
  );
  assert.equal(skipped, 3);
  const cases: readonly (readonly [string, boolean])[] = [
    ['1.2.3.3', false],
    ['1.2.3.4', true],
    ['1.2.3.9', true],
    ['1.2.3.10', false],
    ['5.6.7.10', true],
    ['9.0.0.5', false],
    ['10.255.255.255', true],
    ['11.0.0.0', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['2001:db8:ffff::1', true],
    ['2001:db9::1', false],
    ['no address', false],
  ];
  for (const [host, isBlocked] of cases) assert.equal(filter.blocks(host), isBlocked, host);
});

test('ranges that overlap are one; an empty list blocks no address', () => {
  assert.equal(IpFilter.parse('1.0.0.0-1.0.0.9\n1.0.0.5-1.0.0.20\n1.0.0.2').filter.size, 1);
  assert.equal(IpFilter.EMPTY.blocks('1.2.3.4'), false);
});
