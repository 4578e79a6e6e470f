// Rules in swarms in virtual time: what is denied moves no byte and is not talked to, and all others go on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RulesReport, RulesSim } from './rules-sim.ts';

const run = (seed: number): Promise<RulesReport> =>
  new RulesSim({ seed, machines: 20, keepers: 6, sizeBytes: 1024 * 1024 }).run();

for (const seed of [21, 22, 23])
  test(`6 of 20 machines deny a share, and others of the 20, in the middle of both (seed ${seed})`, async () => {
    const report = await run(seed);
    assert.equal(report.finished, report.expected, JSON.stringify(report));
    // The control: there was something to stop, and whoever was denied came again and again.
    assert.ok(report.movedBefore > 0, JSON.stringify(report));
    for (const occasion of ['share', 'handshake', 'peer'])
      assert.ok((report.refusals[occasion] ?? 0) > 0, `${occasion}: ${JSON.stringify(report)}`);
  });

test('the same seed gives the same run, another seed another', async () => {
  const { digest } = await run(5);
  assert.equal((await run(5)).digest, digest);
  assert.notEqual((await run(6)).digest, digest);
});
