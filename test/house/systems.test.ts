// Systems are switched on and off: what is off is not loaded, answers nothing and says why. And a new system touches its
// own folder and two lines of the catalog.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, tool } from '../../scripts/steps.ts';
import { checkFile } from '../../scripts/tidy.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { Program, type JsonEvent } from '../../testkit/program.ts';

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
  const daemon = await Daemon.up(bench, 'switched');
  assert.equal(daemon.program.events.find(({ event }) => event === 'ready')!.peerPort, undefined);
  const missing = await daemon.answer('GET', 'shares');
  assert.equal(missing.status, 404);
  assert.match(
    String(missing.answer.message),
    /\/api\/v1\/shares belongs to torrents, which is off; switch it on with: shoal systems on torrents$/,
  );
  // What no system owns is simply not there.
  assert.match(String((await daemon.answer('GET', 'nothing')).answer.message), /nothing$/);
  const { systems } = await daemon.ask<{ systems: { name: string; isOn: boolean; isRunning: boolean }[] }>(
    'GET',
    'systems',
  );
  const torrents = systems.find(({ name }) => name === 'torrents')!;
  assert.deepEqual([torrents.isOn, torrents.isRunning], [false, false]);
  const switched = await daemon.ask<{ isOn: boolean; isRunning: boolean }>('PATCH', 'systems/torrents', {
    isOn: true,
  });
  assert.deepEqual([switched.isOn, switched.isRunning], [true, false]);
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

const EMPTY = `/** A system that holds nothing. */
import type { SystemDeclaration } from '../../host/system.ts';
import type { Mount } from '../../http/mount.ts';

export const empty: SystemDeclaration<Mount> = {
  name: 'empty',
  summary: 'holds nothing',
  isOnByDefault: false,
  needs: [],
  load: () => import('./open.ts'),
};
`;
const OPEN = `/** Opens the empty system. */
import type { OpenSystem } from '../../host/system.ts';
import type { Mount } from '../../http/mount.ts';

export async function open(): Promise<OpenSystem<Mount>> {
  return {
    surface: { addRoutes: (server) => void server.get('/api/v1/empty', () => ({ holds: 'nothing' })) },
    close: async () => {},
  };
}
`;

test('a new system: a folder of its own and two lines of the catalog', async () => {
  const copy = join(bench.dir, 'copy');
  mkdirSync(copy);
  for (const name of ['src', 'package.json', 'tsconfig.json', 'tsconfig.base.json'])
    cpSync(join(ROOT, name), join(copy, name), {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts'),
    });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, 'src', 'systems', 'empty'));
  const added = { 'src/systems/empty/system.ts': EMPTY, 'src/systems/empty/open.ts': OPEN };
  for (const [path, text] of Object.entries(added)) {
    writeFileSync(join(copy, path), text);
    assert.deepEqual(checkFile(path, text), []);
  }
  const catalog = join(copy, 'src', 'app', 'catalog.ts');
  const before = readFileSync(catalog, 'utf8');
  const after = before
    .replace(/(import \{ torrents \})/, "import { empty } from '../systems/empty/system.ts';\n$1")
    .replace('[torrents', '[empty, torrents');
  writeFileSync(catalog, after);
  assert.equal(after.split('\n').filter((line) => !before.includes(line)).length, 2);
  execFileSync(tool('tsc'), ['-p', copy]);

  const main = join(copy, 'src', 'app', 'main.ts');
  const shoal = (...args: string[]): Program => {
    const where = ['--state', join(bench.dir, 'state-copy'), '--json'];
    const program = new Program(`shoal ${args[0]}`, process.execPath, [main, ...args, ...where], {}, copy);
    bench.programs.push(program);
    return program;
  };
  const listed = shoal('systems', 'list');
  assert.equal(await listed.exited, 0, listed.output);
  assert.equal(listed.events.find(({ name }) => name === 'empty')!.isOn, false);
  const daemon = shoal(
    ...['up', '--system', 'empty', '--download-dir', join(bench.dir, 'files-copy')],
    ...['--port', '0', '--api-port', '0', '--no-dht', '--no-lsd'],
  );
  const { url, token } = (await daemon.event('ready')) as unknown as { url: string; token: string };
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(new URL('/api/v1/empty', url), { headers });
  assert.deepEqual(await answer.json(), { holds: 'nothing' });
  assert.equal(await daemon.stop(), 0);
});
