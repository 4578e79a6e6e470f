// What the disk refuses, or does not answer: every command ends, says why, and the daemon goes on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once, EventEmitter } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { chmod, chown, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { MACHINE_CANNOT, ROOT } from '../../scripts/steps.ts';
import { StateDb } from '../../src/systems/torrents/state/state-db.ts';
import { Bench } from '../../testkit/bench.ts';
import type { JsonEvent, Program } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';

/** Folders below it are refused with ENOENT, though it exists. */
const NO_FOLDERS = '/proc';
const needsRoot = process.getuid?.() === 0 ? false : 'making a small file system needs root';
const NOBODY = 65_534;
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

/** A command that knows no network options, or must not be told to do without the daemon. */
function start(state: string, args: readonly string[]): Program {
  const main = join(ROOT, 'src/app/main.ts');
  return bench.run(args[0]!, process.execPath, [main, ...args, '--state', state, '--json']);
}

/** One that drives the daemon, to its end. */
async function drive(state: string, ...args: string[]): ReturnType<typeof run> {
  const program = start(state, args);
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

/** The share at that place of the list, the first by default, is in that phase. */
async function until(state: string, phase: string, at = 0): Promise<JsonEvent> {
  let share: JsonEvent | undefined;
  await waitFor(async () => {
    share = (await drive(state, 'list')).events[at];
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

test('a program for --on-done that is not there is an error at the start', async () => {
  const folder = await bench.folder('on-done');
  const program = join(folder, 'nothing');
  const args = ['--download-dir', folder, '--api-port', '0', '--port', '0'];
  const refused = await run(['up', '--on-done', program, ...args]);
  assert.equal(refused.status, 1);
  assert.match(String(refused.error.message), /--on-done: there is no program/);
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

test('a command that waits for a daemon that does not answer ends at Ctrl-C', async (context) => {
  const state = await bench.folder('state-mute');
  const asked = new EventEmitter();
  const mute = createServer(() => asked.emit('asked'));
  await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
  // Only where somebody holds the state folder is a daemon asked.
  const claim = StateDb.claim(state);
  context.after(() => {
    claim.close();
    mute.close();
    mute.closeAllConnections();
  });
  const { port } = mute.address() as { port: number };
  await bench.writeFile(
    'state-mute/api.json',
    JSON.stringify({ url: `http://127.0.0.1:${port}/`, token: 'any' }),
  );
  for (const args of [
    ['recheck', '1'],
    ['move', '1', '-o', state],
    ['remove', '1'],
    ['add', torrent],
    ['list'],
    ['down'],
    ['get', torrent],
  ]) {
    const isAsked = once(asked, 'asked', { signal: AbortSignal.timeout(60_000) });
    const command = start(state, args);
    await isAsked;
    command.child.kill('SIGINT');
    assert.equal(await command.exited, 130, `${args[0]}: ${command.output}`);
  }
});

test('down ends a daemon that does not answer, and says so', { skip }, async () => {
  const [state, folder] = [join(bench.dir, 'state-stuck'), await bench.folder('stuck')];
  const daemon = await up(state, folder);
  daemon.child.kill('SIGSTOP');
  const down = await drive(state, 'down');
  assert.deepEqual([down.status, down.events], [0, [{ event: 'down', isForced: true }]]);
  await daemon.exited;
  assert.equal(daemon.child.signalCode, 'SIGKILL');
  const nobody = await drive(state, 'down');
  assert.deepEqual([nobody.status, nobody.error.code], [1, 'not-found']);
});

test('down says that the daemon is down when its process has ended', async () => {
  const [state, folder] = [join(bench.dir, 'state-down'), await bench.folder('down')];
  const daemon = await up(state, folder);
  const { pid } = daemon.child;
  const { status, events } = await drive(state, 'down');
  assert.deepEqual([status, events], [0, [{ event: 'down', isForced: false }]]);
  // Nothing of it runs. Its number is given back when this process, its parent, has looked.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
  assert.match(stat, /^gone$|^\d+ \(.*\) Z/s);
  assert.equal(await daemon.exited, 0);
});

test('down of a daemon in another container looks at the state folder, not at who has its number here', {
  skip: process.platform !== 'linux',
}, async () => {
  const [state, folder] = [join(bench.dir, 'state-container'), await bench.folder('container')];
  const daemon = await up(state, folder);
  const address = JSON.parse(await readFile(join(state, 'api.json'), 'utf8')) as object;
  // This process has the number, and goes on.
  await writeFile(join(state, 'api.json'), JSON.stringify({ ...address, pid: process.pid }), { mode: 0o600 });
  const { status, events } = await drive(state, 'down');
  assert.deepEqual([status, events], [0, [{ event: 'down', isForced: false }]]);
  assert.equal(await daemon.exited, 0);
});

test('a file that never ends keeps no signal from ending up, and up from waiting for ever', async () => {
  const pipe = join(bench.dir, 'list.pipe');
  execFileSync('mkfifo', [pipe]);
  const args = ['up', '--ip-filter', pipe, '--download-dir', bench.dir, '--api-port', '0', '--port', '0'];
  for (const signal of ['SIGINT', 'SIGTERM', undefined] as const) {
    const program = bench.shoal(args, { state: join(bench.dir, `state-pipe-${signal}`) });
    const writer = await openForReader(pipe);
    if (signal === undefined) {
      const { message } = await program.event('error');
      assert.match(String(message), /list\.pipe does not answer/);
      closeSync(writer);
      assert.equal(await program.exited, 1);
      continue;
    }
    program.child.kill(signal);
    await program.exited;
    // A thread of it still reads: only a signal ends the process.
    assert.equal(program.child.signalCode, signal, program.output);
    closeSync(writer);
  }
});

/** Opens a pipe for writing once somebody reads it, who then waits until it is closed. */
async function openForReader(pipe: string): Promise<number> {
  let writer: number | undefined;
  await waitFor(() => {
    try {
      writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENXIO');
    }
    return writer !== undefined;
  }, `somebody reads ${pipe}`);
  return writer!;
}

test('pipes under names of files: what is shared leaves them out, and nobody waits for them', async () => {
  const folder = await bench.folder('pipes');
  const mine = join(folder, 'mine');
  await cp(data, mine, { recursive: true });
  execFileSync('mkfifo', [join(mine, 'pipe')]);
  const shared = bench.shoal(['share', mine, '--port', '0']);
  await shared.event('ready');
  assert.equal(await shared.stop(), 130);

  const taken = join(folder, 'taken');
  await cp(data, join(taken, 'data'), { recursive: true });
  await rm(join(taken, 'data', 'z.bin'));
  execFileSync('mkfifo', [join(taken, 'data', 'z.bin')]);
  const got = await run(['get', torrent, '-o', taken, '--port', '0']);
  assert.deepEqual([got.status, got.error.code], [1, 'name-conflict']);
  const verified = await run(['verify', torrent, taken]);
  assert.equal(verified.status, 1);
  const seeded = await run(['share', torrent, '--dir', taken, '--port', '0']);
  assert.equal(seeded.status, 1);

  const pipe = join(folder, 'link.torrent');
  execFileSync('mkfifo', [pipe]);
  for (const command of ['get', 'inspect']) assert.notEqual((await run([command, pipe])).status, 0, command);
});

test('get says at once that a folder cannot be written', { skip: needsRoot }, async (context) => {
  const locked = await bench.folder('locked');
  await chmod(locked, 0o555);
  await chmod(bench.dir, 0o755);
  const state = await bench.folder('state-nobody');
  await chown(state, NOBODY, NOBODY);
  // It may read everything, also a checkout below /root, and write only what its account may.
  const mayRead = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  const command = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', ...mayRead];
  const got = bench.shoal(['get', torrent, '-o', locked, '--port', '0'], { state, command });
  assert.equal(await got.exited, 1, got.output);
  const { code, message } = await got.events.at(-1)!;
  assert.deepEqual([code, message], ['no-permission', `cannot write to ${locked}: permission denied`]);
  const daemon = bench.shoal(['up', '--download-dir', locked, '--port', '0', '--api-port', '0'], {
    state,
    command,
  });
  assert.equal(await daemon.exited, 1, daemon.output);
  assert.equal(daemon.events.at(-1)!.code, 'no-permission');

  const sealed = await mountSmall('sealed', context);
  if (sealed === undefined) return;
  try {
    execFileSync('mount', ['-o', 'remount,ro', sealed]);
    const refused = await run(['get', torrent, '-o', sealed, '--port', '0']);
    assert.deepEqual([refused.status, refused.error.code], [1, 'no-permission']);
    assert.match(String(refused.error.message), /the file system is read-only/);
  } finally {
    execFileSync('umount', [sealed]);
  }
});

test('a current folder that was removed, and a state folder that is read-only, are said in one line', async (context) => {
  const main = join(ROOT, 'src/app/main.ts');
  const gone = await bench.folder('gone');
  const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
  const command = [process.execPath, main, 'list', '--json'];
  const listed = bench.run('list in a removed folder', 'sh', ['-c', script, 'sh', gone, ...command]);
  assert.equal(await listed.exited, 1, listed.output);
  assert.match(listed.output, /"the current folder was removed: change to another one with cd"/);

  if (needsRoot !== false) return;
  const sealed = await mountSmall('sealed-state', context);
  if (sealed === undefined) return;
  try {
    const state = join(sealed, 'state');
    assert.equal((await drive(state, 'state', 'list')).status, 0);
    execFileSync('mount', ['-o', 'remount,ro', sealed]);
    for (const args of [
      ['state', 'list'],
      ['get', torrent, '--port', '0'],
      ['up', '--download-dir', bench.dir, '--port', '0'],
    ]) {
      const { status, events, error } = await drive(state, ...args);
      assert.deepEqual([status, events.length, error.code], [1, 1, 'no-permission'], args.join(' '));
      assert.match(String(error.message), /the file system is read-only/);
    }
  } finally {
    execFileSync('umount', [sealed]);
  }
});

test('a share whose disk is too small rests, and goes on when there is room', {
  skip: needsRoot,
}, async (context) => {
  const small = await mountSmall('too-small', context);
  if (small === undefined) return;
  try {
    const state = join(bench.dir, 'state-small');
    const daemon = await up(state, await bench.folder('not-used'));
    const share = (await drive(state, 'add', torrent, '-o', small)).events[0]!;
    const { trouble, troubleCode } = await until(state, 'resting');
    assert.equal(troubleCode, 'no-space');
    assert.match(
      String(trouble),
      /has 1 MiB free, 5 MiB are needed: it goes on by itself when there is room/,
    );
    await daemon.stop();
    const again = await up(state, await bench.folder('not-used'));
    await until(state, 'resting');
    execFileSync('mount', ['-o', 'remount,size=40m', small]);
    await until(state, 'fetching');
    execFileSync('mount', ['-o', 'remount,size=1m', small]);
    assert.equal((await drive(state, 'recheck', `${share.id}`)).status, 0);
    await until(state, 'resting');
    // Nothing of it is here: another folder is all it needs.
    const moved = await drive(state, 'move', '1', '-o', await bench.folder('large'));
    assert.equal(moved.status, 0);
    await until(state, 'fetching');
    await again.stop();
  } finally {
    execFileSync('umount', ['-l', small]);
  }
});

test('a disk that never answers holds up neither start nor stop nor the other shares', {
  skip: needsRoot,
}, async (context) => {
  const hanging = await mountHanging('hanging', context);
  if (hanging === undefined) return;
  try {
    const state = join(bench.dir, 'state-hanging');
    let daemon = await up(state, await bench.folder('answers'));
    await drive(state, 'add', torrent, '-o', join(hanging.folder, 'deep'));
    const { trouble, troubleCode } = await until(state, 'failed');
    assert.equal(troubleCode, 'io-error');
    assert.match(String(trouble), /hanging\/deep does not answer/);
    assert.equal((await drive(state, 'add', await bench.makeData('beside'))).status, 0);
    for (const restart of [false, true]) {
      if (restart) daemon = await up(state, await bench.folder('answers'));
      await until(state, 'seeding', 1);
      await until(state, 'failed');
      const down = await drive(state, 'down');
      assert.deepEqual([down.status, down.events], [0, [{ event: 'down', isForced: false }]]);
      await daemon.exited;
    }
    const started = await run(['up', '--download-dir', hanging.folder, '--port', '0', '--api-port', '0']);
    assert.equal(started.error.code, 'io-error', JSON.stringify(started));
    const got = await run(['get', torrent, '-o', join(hanging.folder, 'deep'), '--port', '0']);
    assert.equal(got.error.code, 'io-error', JSON.stringify(got));
    const daemonLater = await up(state, await bench.folder('answers'));
    await until(state, 'failed');
    // It answers, if only that it is gone: the share tries again by itself.
    await hanging.release();
    await waitFor(async () => {
      const [share] = (await drive(state, 'list')).events;
      return !String(share!.trouble).includes('does not answer');
    }, 'the share tries again');
    await daemonLater.stop();
  } finally {
    await hanging.release();
  }
});

/** A file system (FUSE) whose server never answers: all calls in it hang. */
async function mountHanging(
  name: string,
  context: TestContext,
): Promise<{ readonly folder: string; readonly release: () => Promise<void> } | undefined> {
  const folder = await bench.folder(name);
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other';
  const script = `exec 3<>/dev/fuse && mount -i -t fuse -o ${options} shoal-test "$0" && echo mounted && exec sleep 100000`;
  const server = bench.run('a server that never answers', 'sh', ['-c', script, folder]);
  let isOver = false;
  const release = async (): Promise<void> => {
    if (isOver) return;
    isOver = true;
    server.child.kill('SIGKILL');
    await server.exited;
    execFileSync('umount', ['-l', folder]);
  };
  try {
    await server.until(() => server.output.includes('mounted') || undefined, 'a mounted file system');
    return { folder, release };
  } catch {
    context.skip(`${MACHINE_CANNOT} mount a FUSE file system`);
    return undefined;
  }
}

/** A file system of 1 MB; undefined, and the test skipped, where none can be mounted. */
async function mountSmall(name: string, context: TestContext): Promise<string | undefined> {
  const folder = await bench.folder(name);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    context.skip(`${MACHINE_CANNOT} mount a tmpfs`);
    return undefined;
  }
}
