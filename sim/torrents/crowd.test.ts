// How well a crowd is served, and who gets what. `npm run sim -- crowd` has larger ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crowd } from './crowd.ts';
import { equals, mix, reportOf } from './crowd-main.ts';

test('a flash crowd of equals: the last peer has all soon after the fluid bound, and the seed sends one copy', () => {
  for (const [peers, mib, last] of [
    [10, 64, 1.2],
    [60, 64, 1.15],
  ] as const) {
    const crowd = new Crowd({
      seed: 1,
      sizeBytes: mib * 2 ** 20,
      pieceLength: 65_536,
      members: equals(peers),
    });
    const report = reportOf(crowd.run(600_000));
    assert.equal(report.finished, peers);
    assert.ok(report.last <= last, JSON.stringify(report));
    assert.ok(report.seedCopies <= 1.1, JSON.stringify(report));
    assert.ok(report.sentPerNeeded <= 1.05, JSON.stringify(report));
  }
});

test('a mix, one seed for all: peers that give get, free riders wait, and tricks gain nothing', () => {
  const seeds = [2, 3, 4, 5];
  let fairness = 0;
  for (const seed of seeds) {
    const members = mix(80, 500_000, seed);
    const crowd = new Crowd({ seed, sizeBytes: 48 * 2 ** 20, pieceLength: 65_536, members });
    const report = reportOf(crowd.run(3_600_000));
    assert.ok(report.finished >= report.fetching, JSON.stringify(report));
    assert.ok(report.freeRiders >= 2, JSON.stringify(report));
    assert.ok(report.strategists >= 0.9, JSON.stringify(report));
    fairness += report.fairness / seeds.length;
  }
  assert.ok(fairness >= 0.9, `${fairness}`);
});
