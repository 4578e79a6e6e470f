// The log of what was refused, exceptions, and when sources are read again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHost } from '../../../ground/address.ts';
import { fromHex } from '../../../ground/bytes.ts';
import { createMatcher } from '../../../../testkit/rule-lists.ts';
import { nextRefreshAt } from './refresh.ts';
import { MAX_REFUSALS, RefusalLog } from './refusal-log.ts';

const V1 = '00112233445566778899aabbccddeeff00112233';

test('one entry for each thing, occasion and list; the latest first', () => {
  const log = new RefusalLog();
  const denial = { list: 'spam', reason: 'spam' };
  log.add(1, 'a', 'add', denial);
  log.add(2, 'b', 'peer', denial);
  log.add(3, 'a', 'add', { ...denial, reason: 'worse' });
  log.add(4, 'a', 'dht', denial);
  assert.deepEqual(
    log.latest(2).map(({ subject, occasion }) => [subject, occasion]),
    [
      ['a', 'dht'],
      ['a', 'add'],
    ],
  );
  const [, twice] = log.latest(9);
  assert.deepEqual([twice!.count, twice!.firstAt, twice!.lastAt, twice!.reason], [2, 1, 3, 'worse']);
  assert.equal(log.takeUnsaved().length, 3);
  assert.deepEqual([log.hasUnsaved, log.takeUnsaved()], [false, []]);
  assert.deepEqual(new RefusalLog(log.latest(9).reverse()).latest(9), log.latest(9));
});

test('the log is bounded: the oldest goes', () => {
  const log = new RefusalLog();
  for (let i = 0; i <= MAX_REFUSALS; i++) log.add(i, `host ${i}`, 'peer', { list: '', reason: '' });
  assert.equal(log.size, MAX_REFUSALS);
  assert.equal(log.latest(MAX_REFUSALS).at(-1)!.subject, 'host 1');
  assert.equal(log.takeUnsaved().length, MAX_REFUSALS);
});

test('an exception goes before every list, one list that denies is enough, and a ! rule is of its list only', () => {
  const lists = { first: `${V1} # spam`, second: `${V1} # malware\n${'22'.repeat(20)}`, third: '10.0.0.0/8' };
  const hash = fromHex(V1)!;
  assert.deepEqual(createMatcher(lists).denyHash(hash), { list: 'first', reason: 'spam', line: 1 });
  assert.equal(createMatcher(lists, V1).denyHash(hash), undefined);
  assert.equal(createMatcher(lists, V1).denyHash(fromHex('22'.repeat(20))!)?.list, 'second');
  const undoing = `---\n/ipfs/f017b1114${V1}\n!/ipfs/f017b1114${V1}`;
  assert.equal(createMatcher({ undoing }).denyHash(hash), undefined);
  assert.equal(createMatcher({ undoing, ...lists }).denyHash(hash)?.list, 'first');
  const host = parseHost('10.1.2.3')!;
  assert.equal(createMatcher(lists).denyHost(host)?.list, 'third');
  assert.equal(createMatcher(lists, '10.1.2.0/24').denyHost(host), undefined);
});

test('what no list has is not asked', () => {
  const hashes = createMatcher({ hashes: V1 });
  assert.deepEqual([hashes.allowsAllHosts, hashes.allowsAllHashes], [true, false]);
  const hosts = createMatcher({ hosts: '1.2.3.4' });
  assert.deepEqual([hosts.allowsAllHosts, hosts.allowsAllHashes], [false, true]);
});

const HOUR = 3_600_000;
const NOW = 1000 * HOUR;
for (const [what, state, at] of [
  ['at once when it was never read', { triedAt: undefined, failures: 0 }, NOW],
  ['after its interval', { triedAt: NOW - HOUR, failures: 0 }, NOW + 23 * HOUR],
  ['ten minutes after a failure', { triedAt: NOW, failures: 1 }, NOW + HOUR / 6],
  ['later after more of them', { triedAt: NOW, failures: 3 }, NOW + (4 * HOUR) / 6],
  ['no later than its interval', { triedAt: NOW, failures: 1000 }, NOW + 24 * HOUR],
  ['in time when the clock was set back', { triedAt: NOW + 9999 * HOUR, failures: 0 }, NOW + 24 * HOUR],
] as const)
  test(`a source is read again ${what}`, () => assert.equal(nextRefreshAt(state, 24 * HOUR, NOW), at));
