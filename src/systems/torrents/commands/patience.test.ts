// When a fetch is given up, and why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShareReport } from '../share/report.ts';
import { Patience } from './patience.ts';

const report = (given: Partial<ShareReport> = {}): ShareReport =>
  ({
    phase: 'metadata',
    downloadedBytes: 0,
    doneBytes: 0,
    known: 0,
    trackers: [],
    webSeeds: [],
    ...given,
  }) as unknown as ShareReport;

const messageOf = (patience: Patience, given: Partial<ShareReport>, nowMs: number): string => {
  try {
    patience.handleReport(report(given), nowMs);
    return 'goes on';
  } catch (error) {
    return (error as Error).message;
  }
};

test('only what is new counts: bytes, and the metadata', () => {
  const patience = new Patience(2);
  assert.equal(messageOf(patience, {}, 0), 'goes on');
  assert.equal(messageOf(patience, {}, 1999), 'goes on');
  assert.equal(messageOf(patience, { phase: 'fetching' }, 2500), 'goes on');
  assert.equal(messageOf(patience, { phase: 'fetching', doneBytes: 1 }, 4400), 'goes on');
  assert.match(messageOf(patience, { phase: 'fetching', doneBytes: 1 }, 6400), /within 2 s/);
});

for (const phase of ['resting', 'paused', 'waiting'] as const)
  test(`a share that is ${phase} is not searched for in vain`, () => {
    const patience = new Patience(1);
    assert.equal(messageOf(patience, { phase }, 0), 'goes on');
    assert.equal(messageOf(patience, { phase }, 5000), 'goes on');
    assert.match(messageOf(patience, {}, 6000), /no peer was found within 1 s/);
  });

test('without a limit it waits for ever', () => {
  const patience = new Patience();
  assert.equal(messageOf(patience, {}, 0), 'goes on');
  assert.equal(messageOf(patience, {}, 1e12), 'goes on');
});

test('it says how many are known, and what went wrong', () => {
  const said = (given: Partial<ShareReport>): string => messageOf(new Patience(0), given, 0);
  assert.equal(said({ known: 0 }), 'no peer was found within 0 s');
  assert.equal(said({ known: 1 }), 'the one known peer sent nothing within 0 s');
  assert.equal(said({ known: 3 }), 'none of 3 known peers sent anything within 0 s');
  const trackers = [
    { url: 'http://t/', tier: 0, state: 'failed', message: 'refused', nextAt: 0, peerCount: 0 },
  ] as const;
  const dht = { isReady: false, rounds: 0, stored: 0, found: 0 };
  assert.equal(
    said({ known: 1, trackers, dht, lastGone: '192.0.2.1:1 is gone: closed (closed)' }),
    'the one known peer sent nothing within 0 s (refused; 192.0.2.1:1 is gone: closed (closed); no DHT node answered, see: shoal dht status)',
  );
});
