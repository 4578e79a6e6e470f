// What the disk refuses, or does not answer: every command ends, says why, and the daemon goes on.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../testkit/bench.ts';
import type { JsonEvent, Program } from '../testkit/program.ts';
import { waitFor } from '../testkit/wait.ts';

/** Folders below it are refused with ENOENT, though it exists. */
const NO_FOLDERS = '/proc';
const skip = existsSync('/proc/self') ? false : 'no /proc here';

let bench: Bench;
let data: string;
let torrent: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '-o', torrent]).exited;
});
after(() => bench.close());

/** Runs a command to its end. */
async function run(
  args: readonly string[],
  state?: string,
): Promise<{ readonly status: number | null; readonly events: JsonEvent[]; readonly error: JsonEvent }> {
  const program = bench.shoal(args, state === undefined ? {} : { state });
  const status = await program.exited;
  return {
    status,
    events: program.events,
    error: program.events.findLast(({ event }) => event === 'error')!,
  };
}

/** One that drives the daemon. */
async function drive(state: string, ...args: string[]): ReturnType<typeof run> {
  const main = join(import.meta.dirname, '..', 'src/cli/main.ts');
  const program = bench.run(args[0]!, process.execPath, [main, ...args, '--state', state, '--json']);
  const status = await program.exited;
  return {
    status,
    events: program.events,
    error: program.events.findLast(({ event }) => event === 'error')!,
  };
}

async function up(state: string, folder: string, ...more: string[]): Promise<Program> {
  const where = ['--download-dir', folder, '--api-port', '0', '--port', '0'];
  const program = bench.shoal(['up', ...where, ...more], { state });
  await program.event('ready');
  return program;
}

/** The first share is in that phase. */
async function until(state: string, phase: string): Promise<JsonEvent> {
  let share: JsonEvent | undefined;
  await waitFor(async () => {
    share = (await drive(state, 'list')).events[0];
    return share?.phase === phase;
  }, `${phase}`);
  return share!;
}

test('get and up refuse a folder that cannot be made at once', { skip }, async () => {
  const got = await run(['get', torrent, '-o', `${NO_FOLDERS}/shoal`, '--port', '0']);
  assert.deepEqual([got.status, got.error.code], [1, 'no-permission']);
  assert.match(String(got.error.message), /\/proc takes no new folders/);
  const at = await run([
    'up',
    '--download-dir',
    `${NO_FOLDERS}/shoal/deep`,
    '--port',
    '0',
    '--api-port',
    '0',
  ]);
  assert.deepEqual([at.status, at.error.code], [1, 'no-permission']);
});

test('a move that is refused leaves the share where it was, also over restarts', { skip }, async () => {
  const [state, folder] = [join(bench.dir, 'state-refused'), await bench.folder('refused')];
  await cp(data, join(folder, 'data'), { recursive: true });
  let daemon = await up(state, folder);
  assert.equal((await drive(state, 'add', torrent, '-o', folder)).status, 0);
  await until(state, 'seeding');
  for (const round of [1, 2]) {
    const moved = await drive(state, 'move', '1', '-o', `${NO_FOLDERS}/shoal`);
    assert.deepEqual([moved.status, moved.error.code], [1, 'no-permission'], `round ${round}`);
    assert.equal((await drive(state, 'down')).status, 0);
    assert.equal(await daemon.exited, 0);
    daemon = await up(state, folder);
    await until(state, 'seeding');
    assert.equal((await drive(state, 'recheck', '1')).status, 0);
    await until(state, 'seeding');
  }
  await daemon.stop();
});

test('a log file alone gets what an administrator wants to know, and a bad one is an error', async () => {
  const [state, folder] = [join(bench.dir, 'state-log'), await bench.folder('log')];
  const file = join(bench.dir, 'logs', 'deep', 'shoal.log');
  const daemon = await up(state, folder, '--log-file', file);
  await daemon.stop();
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const events = lines.map((line) => (JSON.parse(line) as JsonEvent).event);
  assert.deepEqual(events, ['up', 'down']);
  for (const bad of [folder, join(file, 'below')]) {
    const refused = await run([
      'up',
      '--log-file',
      bad,
      '--download-dir',
      folder,
      '--api-port',
      '0',
      '--port',
      '0',
    ]);
    assert.equal(refused.status, 1, bad);
    assert.match(String(refused.error.message), /cannot write the log file/);
  }
});
