// The line that says how a share is doing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeShare } from '../fake-share.ts';
import type { ShareSummary } from '../api.ts';
import { getText } from '../texts/index.ts';
import { describe, shorten, toneOf } from './phase.ts';

const lines: readonly (readonly [string, Partial<ShareSummary>, string, string])[] = [
  ['fetching', { peers: 12, secondsLeft: 180 }, '250 B of 1,000 B · 3 min left · from 12 peers', 'busy'],
  ['fetching from nobody', {}, '250 B of 1,000 B · no peers', 'busy'],
  [
    'fetching, and the trackers refuse',
    { searchTrouble: 'tracker x: no' },
    '250 B of 1,000 B · tracker x: no',
    'busy',
  ],
  ['seeding', { phase: 'seeding', doneBytes: 1000, peers: 1 }, '1,000 B · with 1 peer', 'good'],
  ['paused', { phase: 'paused' }, 'Paused · 250 B of 1,000 B', 'idle'],
  ['checking', { phase: 'checking' }, 'Checking the data · 250 B of 1,000 B · 25%', 'busy'],
  [
    'without metadata',
    { phase: 'metadata', totalBytes: 0, doneBytes: 0 },
    'Asking for the file list · no peers',
    'busy',
  ],
  ['in trouble', { phase: 'resting', trouble: 'the disk is full' }, 'the disk is full', 'bad'],
];
for (const [what, given, line, tone] of lines)
  test(`a share that is ${what}`, () => {
    assert.equal(describe(fakeShare(given), getText()), line);
    assert.equal(toneOf(fakeShare(given)), tone);
  });

test('of an address the host is enough, so that the reason behind it is seen', () => {
  assert.equal(
    shorten('tracker http://t.example:80/announce?x=1: not registered'),
    'tracker t.example: not registered',
  );
  assert.equal(shorten('tracker udp://[::1]:6969: no answer'), 'tracker [::1]: no answer');
  assert.equal(shorten('12 of 20 MiB'), '12 of 20 MiB');
});
