// Systems are switched on and off: what is off is not loaded, answers nothing and says why.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import type { JsonEvent } from '../../testkit/program.ts';

let bench: Bench;
before(async () => {
  bench = await Bench.open();
});
after(() => bench.close());

interface Ran {
  readonly status: number | null;
  readonly events: readonly JsonEvent[];
}

/** Runs a command of `shoal` to its end. */
async function run(state: string, ...args: string[]): Promise<Ran> {
  const program = bench.shoal(args, { state });
  return { status: await program.exited, events: program.events };
}

test('a system that is off is not opened, and its places say so; switched on, it is back', async () => {
  const state = join(bench.dir, 'daemon-switched');
  assert.equal((await run(state, 'systems', 'off', 'torrents')).status, 0);
  const listed = await run(state, 'systems', 'list');
  assert.deepEqual(
    listed.events.map(({ name, isOn }) => [name, isOn]).find(([name]) => name === 'torrents'),
    ['torrents', false],
  );
  const daemon = await Daemon.upWithoutTorrents(bench, 'switched');
  assert.equal(daemon.program.events.find(({ event }) => event === 'ready')!.peerPort, undefined);
  const missing = await daemon.answer('GET', 'shares');
  assert.equal(missing.status, 404);
  assert.match(
    String(missing.answer.message),
    /\/api\/v1\/shares belongs to torrents, which is off; switch it on with: shoal systems on torrents$/,
  );
  // A path that no system owns gets 404.
  assert.match(String((await daemon.answer('GET', 'nothing')).answer.message), /nothing$/);
  const { systems } = await daemon.ask<{
    systems: { name: string; isOn: boolean; isRunning: boolean; needs: string[] }[];
  }>('GET', 'systems');
  const torrents = systems.find(({ name }) => name === 'torrents')!;
  assert.deepEqual([torrents.isOn, torrents.isRunning, torrents.needs], [false, false, []]);
  const switched = await daemon.ask<{ isOn: boolean; isRunning: boolean }>('PATCH', 'systems/torrents', {
    isOn: true,
  });
  assert.deepEqual([switched.isOn, switched.isRunning], [true, false]);
  const shared = await run(state, 'share', bench.dir);
  assert.equal(shared.status, 1);
  assert.match(
    String(shared.events.at(-1)!.message),
    /^torrents is off in the daemon .* systems on torrents/,
  );
  assert.equal((await daemon.answer('PATCH', 'systems/nothing', { isOn: true })).status, 404);
  await daemon.stop();
  const again = await Daemon.up(bench, 'switched');
  assert.deepEqual(await again.shares(), []);
  await again.stop();
});

test('--system switches one on for this start alone; an unknown one is refused at once', async () => {
  const state = join(bench.dir, 'daemon-once');
  await run(state, 'systems', 'off', 'torrents');
  const daemon = await Daemon.up(bench, 'once', '--system', 'torrents');
  assert.deepEqual(await daemon.shares(), []);
  await daemon.stop();
  const { events } = await run(state, 'systems', 'list');
  assert.equal(events.find(({ name }) => name === 'torrents')!.isOn, false);
  const refused = await run(state, 'up', '--system', 'nothing');
  assert.equal(refused.status, 1);
  assert.match(String(refused.events.at(-1)!.message), /no system "nothing"; there are: .*torrents/);
});
