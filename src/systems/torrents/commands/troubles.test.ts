// What is said about a share that does not move: once, and not while it is just being started.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Output } from '../../../cli/output.ts';
import type { ShareReport } from '../share/report.ts';
import { StandstillReporter, TroubleReporter } from './troubles.ts';

function listen(): { readonly output: Output; readonly lines: string[] } {
  const lines: string[] = [];
  const output = {
    isLive: false,
    info: (line: string) => void lines.push(line),
    event: (name: string) => void lines.push(`event ${name}`),
  };
  return { output: output as unknown as Output, lines };
}

const report = (given: Partial<ShareReport>): ShareReport =>
  ({ phase: 'fetching', peers: 1, troubles: [], trackers: [], webSeeds: [], ...given }) as ShareReport;

test('a share that waits or is paused is said to, once, after a moment', () => {
  const { output, lines } = listen();
  const standstill = new StandstillReporter(output, 3);
  standstill.report(report({ phase: 'waiting' }), 0);
  standstill.report(report({}), 500);
  assert.deepEqual(lines, [], 'it was just being started');
  for (const nowMs of [1000, 1900, 5000]) standstill.report(report({ phase: 'waiting' }), nowMs);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /share 3 waits for its turn/);
  for (const nowMs of [6000, 7000]) standstill.report(report({ phase: 'paused' }), nowMs);
  assert.match(lines[1]!, /share 3 is paused; let it go on with: .* resume 3/);
});

test('a trouble is told when it comes and when it is over; why no peer is found, once', () => {
  const { output, lines } = listen();
  const troubles = new TroubleReporter(output);
  const full = { code: 'no-space', message: 'the disk is full' } as const;
  troubles.report(report({ troubles: [full] }));
  troubles.report(report({ troubles: [full] }));
  troubles.report(report({}));
  assert.deepEqual(lines.splice(0), [
    'event trouble',
    'the disk is full; the share goes on by itself when that is over',
    'event recovered',
    'over: the disk is full',
  ]);
  const trackers = [
    { url: 'http://t/', tier: 0, state: 'failed', message: 'refused', nextAt: 0, peerCount: 0 },
  ] as const;
  for (let i = 0; i < 2; i++) troubles.report(report({ peers: 0, trackers }));
  assert.deepEqual(lines, ['no peer is found: tracker http://t/: refused']);
});
