// Which share a person means on the command line, and what is said of one that is removed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseShare, describeRemoved } from './drive.ts';

test('a share is named by its number, or by the beginning of its info hash', () => {
  const shares = [
    { id: 1, hash: `aa46d831${'0'.repeat(32)}` },
    { id: 2, hash: `aa51${'1'.repeat(36)}` },
    { id: 12, hash: `1234567${'2'.repeat(33)}` },
    { id: 14, hash: `f${'3'.repeat(39)}` },
  ];
  const chosen = (which: string): number => chooseShare(shares, which).id;
  assert.deepEqual(
    ['1', '12', 'aa46', 'AA5', 'f', '1234567', shares[0]!.hash].map(chosen),
    [1, 12, 1, 2, 14, 12, 1],
  );
  assert.throws(() => chosen('aa'), { code: 'bad-argument', message: /^aa: several shares fit/ });
  // A number that no share has is not taken for the beginning of a hash.
  for (const none of ['123', '3', 'b', '', 'xyz', `${shares[0]!.hash}${'0'.repeat(40)}`])
    assert.throws(() => chosen(none), { code: 'bad-argument', message: /no such share/ }, none);
});

test('what stays of a removed share is said, where there is anything', () => {
  const [link, share] = [
    { fileCount: 0, folder: '/f', follow: null },
    { fileCount: 2, folder: '/f', follow: null },
  ];
  assert.equal(describeRemoved(link, {}), 'removed');
  assert.equal(describeRemoved(link, { isDataRemoved: true }), 'removed');
  assert.equal(describeRemoved(share, {}), 'removed, its data stays in /f');
  assert.equal(
    describeRemoved(share, { isDataRemoved: false }),
    'removed, its data, or some of it, stays in /f',
  );
  assert.equal(describeRemoved(share, { isDataRemoved: true }), 'removed, with its data');
  const followed = { ...share, follow: 3 };
  assert.equal(describeRemoved(followed, {}), 'removed, its data stays in /f; follow 3 has ended');
});
