// A daemon from its start to its end: what its options refuse, what it logs, who it keeps waiting, and how it goes down.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once, EventEmitter } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { StateDb } from '../../src/systems/torrents/state/state-db.ts';
import { Bench } from '../../testkit/bench.ts';
import { Commands } from '../../testkit/commands.ts';
import type { JsonEvent } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';

const skip = existsSync('/proc/self') ? false : 'no /proc here';

let bench: Bench;
let commands: Commands;
let torrent: string;
before(async () => {
  bench = await Bench.open();
  commands = new Commands(bench);
  const data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '-o', torrent]).exited;
});
after(() => bench.close());

test('a program for --on-done that is not there is an error at the start', async () => {
  const folder = await bench.folder('on-done');
  const program = join(folder, 'nothing');
  const args = ['--download-dir', folder, '--api-port', '0', '--port', '0'];
  const refused = await commands.run(['up', '--on-done', program, ...args]);
  assert.equal(refused.status, 1);
  assert.match(String(refused.error.message), /--on-done: there is no program/);
});

test('the log file has the life of the daemon, and a bad path is an error', async () => {
  const [state, folder] = [join(bench.dir, 'state-log'), await bench.folder('log')];
  const file = join(bench.dir, 'logs', 'deep', 'shoal.log');
  const daemon = await commands.up(state, folder, '--log-file', file);
  await daemon.stop();
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const events = lines.map((line) => (JSON.parse(line) as JsonEvent).event);
  assert.deepEqual(events, ['up', 'down']);
  for (const bad of [folder, join(file, 'below')]) {
    const refused = await commands.run([
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
    const command = commands.start(state, args);
    await isAsked;
    command.child.kill('SIGINT');
    assert.equal(await command.exited, 130, `${args[0]}: ${command.output}`);
  }
});

test('down ends a daemon that does not answer, and says so', { skip }, async () => {
  const [state, folder] = [join(bench.dir, 'state-stuck'), await bench.folder('stuck')];
  const daemon = await commands.up(state, folder);
  daemon.child.kill('SIGSTOP');
  const down = await commands.drive(state, 'down');
  assert.deepEqual([down.status, down.events], [0, [{ event: 'down', isForced: true }]]);
  await daemon.exited;
  assert.equal(daemon.child.signalCode, 'SIGKILL');
  const nobody = await commands.drive(state, 'down');
  assert.deepEqual([nobody.status, nobody.error.code], [1, 'not-found']);
});

test('down says that the daemon is down when its process has ended', async () => {
  const [state, folder] = [join(bench.dir, 'state-down'), await bench.folder('down')];
  const daemon = await commands.up(state, folder);
  const { pid } = daemon.child;
  const { status, events } = await commands.drive(state, 'down');
  assert.deepEqual([status, events], [0, [{ event: 'down', isForced: false }]]);
  // Nothing of it runs. Its number is given back when this process, its parent, has looked.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
  assert.match(stat, /^gone$|^\d+ \(.*\) Z/s);
  assert.equal(await daemon.exited, 0);
});

test('down of a daemon in another container looks at the state folder, not at the process with its number here', {
  skip: process.platform !== 'linux',
}, async () => {
  const [state, folder] = [join(bench.dir, 'state-container'), await bench.folder('container')];
  const daemon = await commands.up(state, folder);
  const address = JSON.parse(await readFile(join(state, 'api.json'), 'utf8')) as object;
  // This process has the number, and goes on.
  await writeFile(join(state, 'api.json'), JSON.stringify({ ...address, pid: process.pid }), { mode: 0o600 });
  const { status, events } = await commands.drive(state, 'down');
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
