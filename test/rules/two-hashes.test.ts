// A rule names one info hash; a share may have two.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Commands } from '../../testkit/commands.ts';
import { Daemon } from '../../testkit/daemon.ts';

const REASON = 'not in this house';
const DENIED = `the rules deny this share: ${REASON} (list "own rules")`;

test('a share of two info hashes is denied by either, also where a link names the other one', async (t) => {
  const bench = await Bench.open();
  t.after(() => bench.close());
  const commands = new Commands(bench);
  const data = await bench.makeData();
  const daemon = await Daemon.up(bench, 'hybrid');
  await daemon.ask('POST', 'shares', { path: data });
  await daemon.untilShares('it is offered', ([one]) => one?.phase === 'seeding');
  const { magnet } = await daemon.ask<{ magnet: string }>('GET', 'shares/1');
  const [, v1] = /btih:([0-9a-f]{40})/.exec(magnet)!;
  const [, v2] = /btmh:1220([0-9a-f]{64})/.exec(magnet)!;
  await daemon.ask<object>('POST', 'rules', { what: v2, reason: REASON });
  await daemon.untilShares('it has stopped', (shares) => shares[0]!.phase === 'failed');
  for (const args of [
    ['add', `magnet:?xt=urn:btih:${v1}`],
    ['add', data],
    ['get', v1!],
    ['share', data],
    ['resume', '1'],
    ['resume', v1!.slice(0, 12)],
  ]) {
    const { status, error } = await commands.run(args, daemon.state);
    assert.deepEqual([status, error.message], [1, DENIED], args.join(' '));
  }
  await daemon.stop();
});
