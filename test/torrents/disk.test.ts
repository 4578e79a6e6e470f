// Disks that refuse or do not answer: every command ends with the reason, and the daemon goes on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { MACHINE_CANNOT, ROOT } from '../../scripts/steps.ts';
import { Bench } from '../../testkit/bench.ts';
import { Commands } from '../../testkit/commands.ts';
import type { JsonEvent } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';

/** Folders below it are refused with ENOENT, though it exists. */
const NO_FOLDERS = '/proc';
const needsRoot = process.getuid?.() === 0 ? false : 'making a small file system needs root';
const NOBODY = 65_534;
const skip = existsSync('/proc/self') ? false : 'no /proc here';

let bench: Bench;
let commands: Commands;
let data: string;
let torrent: string;
before(async () => {
  bench = await Bench.open();
  commands = new Commands(bench);
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '-o', torrent]).exited;
});
after(() => bench.close());

/** The share at that place of the list, the first by default, is in that phase. */
async function until(state: string, phase: string, at = 0): Promise<JsonEvent> {
  let share: JsonEvent | undefined;
  await waitFor(async () => {
    share = (await commands.drive(state, 'list')).events[at];
    return share?.phase === phase;
  }, `${phase}`);
  return share!;
}

test('get and up refuse a folder that cannot be made at once', { skip }, async () => {
  const got = await commands.run(['get', torrent, '-o', `${NO_FOLDERS}/shoal`, '--port', '0']);
  assert.deepEqual([got.status, got.error.code], [1, 'no-permission']);
  assert.match(String(got.error.message), /\/proc takes no new folders/);
  const at = await commands.run([
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
  let daemon = await commands.up(state, folder);
  assert.equal((await commands.drive(state, 'add', torrent, '-o', folder)).status, 0);
  await until(state, 'seeding');
  for (const round of [1, 2]) {
    const moved = await commands.drive(state, 'move', '1', '-o', `${NO_FOLDERS}/shoal`);
    assert.deepEqual([moved.status, moved.error.code], [1, 'no-permission'], `round ${round}`);
    assert.equal((await commands.drive(state, 'down')).status, 0);
    assert.equal(await daemon.exited, 0);
    daemon = await commands.up(state, folder);
    await until(state, 'seeding');
    assert.equal((await commands.drive(state, 'recheck', '1')).status, 0);
    await until(state, 'seeding');
  }
  await daemon.stop();
});

test('pipes under names of files: shares leave them out, and no command waits for them', async () => {
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
  const got = await commands.run(['get', torrent, '-o', taken, '--port', '0']);
  assert.deepEqual([got.status, got.error.code], [1, 'name-conflict']);
  const verified = await commands.run(['verify', torrent, taken]);
  assert.equal(verified.status, 1);
  const seeded = await commands.run(['share', torrent, '--dir', taken, '--port', '0']);
  assert.equal(seeded.status, 1);

  const pipe = join(folder, 'link.torrent');
  execFileSync('mkfifo', [pipe]);
  for (const command of ['get', 'inspect'])
    assert.notEqual((await commands.run([command, pipe])).status, 0, command);
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
    const refused = await commands.run(['get', torrent, '-o', sealed, '--port', '0']);
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
    assert.equal((await commands.drive(state, 'state', 'list')).status, 0);
    execFileSync('mount', ['-o', 'remount,ro', sealed]);
    for (const args of [
      ['state', 'list'],
      ['get', torrent, '--port', '0'],
      ['up', '--download-dir', bench.dir, '--port', '0'],
    ]) {
      const { status, events, error } = await commands.drive(state, ...args);
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
    const daemon = await commands.up(state, await bench.folder('not-used'));
    const share = (await commands.drive(state, 'add', torrent, '-o', small)).events[0]!;
    const { trouble, troubleCode } = await until(state, 'resting');
    assert.equal(troubleCode, 'no-space');
    assert.match(
      String(trouble),
      /has 1 MiB free, 5 MiB are needed: it goes on by itself when there is room/,
    );
    await daemon.stop();
    const again = await commands.up(state, await bench.folder('not-used'));
    await until(state, 'resting');
    execFileSync('mount', ['-o', 'remount,size=40m', small]);
    await until(state, 'fetching');
    execFileSync('mount', ['-o', 'remount,size=1m', small]);
    assert.equal((await commands.drive(state, 'recheck', `${share.id}`)).status, 0);
    await until(state, 'resting');
    // Nothing of it is here: another folder is all it needs.
    const moved = await commands.drive(state, 'move', '1', '-o', await bench.folder('large'));
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
    let daemon = await commands.up(state, await bench.folder('answers'));
    await commands.drive(state, 'add', torrent, '-o', join(hanging.folder, 'deep'));
    const { trouble, troubleCode } = await until(state, 'failed');
    assert.equal(troubleCode, 'io-error');
    assert.match(String(trouble), /hanging\/deep does not answer/);
    assert.equal((await commands.drive(state, 'add', await bench.makeData('beside'))).status, 0);
    for (const restart of [false, true]) {
      if (restart) daemon = await commands.up(state, await bench.folder('answers'));
      await until(state, 'seeding', 1);
      await until(state, 'failed');
      const down = await commands.drive(state, 'down');
      assert.deepEqual([down.status, down.events], [0, [{ event: 'down', isForced: false }]]);
      await daemon.exited;
    }
    const started = await commands.run([
      'up',
      '--download-dir',
      hanging.folder,
      '--port',
      '0',
      '--api-port',
      '0',
    ]);
    assert.equal(started.error.code, 'io-error', JSON.stringify(started));
    const got = await commands.run(['get', torrent, '-o', join(hanging.folder, 'deep'), '--port', '0']);
    assert.equal(got.error.code, 'io-error', JSON.stringify(got));
    const daemonLater = await commands.up(state, await bench.folder('answers'));
    await until(state, 'failed');
    // It answers, if only that it is gone: the share tries again by itself.
    await hanging.release();
    await waitFor(async () => {
      const [share] = (await commands.drive(state, 'list')).events;
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
