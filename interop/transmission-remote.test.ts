// Our always-on peer, driven by Transmission's own client.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Bench, firstDifference, type Program } from './harness.ts';

const run = promisify(execFile);
let bench: Bench;
let data: string;
let torrent: string;
let seedPort: string;
let magnet: string;

before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '--hybrid', '-o', torrent, '--piece-length', '64K']).event('created');
  const seed = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  const ready = await seed.event('ready');
  seedPort = `${ready.port}`;
  magnet = ready.magnet as string;
});
after(() => bench.close());

interface Up {
  readonly program: Program;
  readonly folder: string;
  readonly port: string;
  /** Runs transmission-remote and returns what it prints. */
  readonly ask: (...args: string[]) => Promise<string>;
}

async function up(name: string, state: string): Promise<Up> {
  const folder = await bench.folder(name);
  const where = ['--download-dir', folder, '--api-port', '0', '--port', '0'];
  const program = bench.shoal(['up', ...where], { state });
  const port = `${(await program.event('ready')).port}`;
  const ask = async (...args: string[]): Promise<string> =>
    (await run('transmission-remote', [`127.0.0.1:${port}`, ...args])).stdout;
  return { program, folder, port, ask };
}

async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await ask())) {
    assert.ok(performance.now() < deadline, `not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('transmission-remote adds, lists, pauses, moves, removes; all is there after a restart', async () => {
  const state = await bench.folder('state-remote');
  let peer = await up('downloads', state);
  assert.match(await peer.ask('--session-info'), /VERSION\s+Daemon version: .*Shoal/);
  assert.match(await peer.ask('--start-paused', '--add', torrent), /success/);
  assert.match(await peer.ask('--list'), /1\s+0%.*Stopped\s+data/);
  assert.match(await peer.ask('--torrent', '1', '--info'), /Name: data[\s\S]*Piece Count: 8\d/);
  assert.match(await peer.ask('--torrent', '1', '--files'), /data\/a\.bin/);
  // The same again is no second share.
  assert.match(await peer.ask('--add', torrent), /success/);
  assert.doesNotMatch(await peer.ask('--list'), /^\s*2\s/m);

  assert.match(await peer.ask('--torrent', '1', '--remove'), /success/);
  assert.match(await peer.ask('--no-start-paused', '--add', magnet), /success/);
  await until('the magnet link is fetched', async () => /100%/.test(await peer.ask('--list')));
  assert.equal(await firstDifference(data, join(peer.folder, 'data')), undefined);
  const id = /^\s*(\d+)\s.*data/m.exec(await peer.ask('--list'))![1]!;
  assert.notEqual(id, '1', 'ids are never used again');
  assert.match(await peer.ask('--torrent', id, '--info-peers'), /Address/);
  assert.match(await peer.ask('--torrent', id, '--downlimit', '500', '--uplimit', '100'), /success/);
  assert.match(await peer.ask('--torrent', id, '--info'), /Download Limit: 500/);

  const moved = join(bench.dir, 'moved');
  assert.match(await peer.ask('--torrent', id, '--move', moved), /success/);
  assert.equal(await firstDifference(data, join(moved, 'data')), undefined);
  assert.match(await peer.ask('--torrent', id, '--verify'), /success/);
  await until('it is verified', async () => /100%.*(Idle|Seeding)/.test(await peer.ask('--list')));
  assert.match(await peer.ask('--torrent', id, '--stop'), /success/);
  assert.match(await peer.ask('--list'), /100%.*Stopped/);

  // As if the machine had lost power: nothing was said before.
  peer.program.child.kill('SIGKILL');
  await peer.program.exited;
  peer = await up('downloads', state);
  assert.match(await peer.ask('--list'), /100%.*Stopped\s+data/);
  assert.match(await peer.ask('--torrent', id, '--info'), /Download Limit: 500/);
  assert.match(await peer.ask('--torrent', id, '--start'), /success/);
  await until('it seeds again', async () => /100%.*(Idle|Seeding)/.test(await peer.ask('--list')));
  assert.match(await peer.ask('--torrent', id, '--remove-and-delete'), /success/);
  assert.equal(existsSync(join(moved, 'data')), false);
  assert.ok((await readFile(join(data, 'a.bin'))).length > 0, basename(data));
  assert.match(await peer.ask('--exit'), /success/);
  assert.equal(await peer.program.exited, 0);
});

test('files are chosen, limits of all are set, statistics and free space are told', async () => {
  const peer = await up('chosen', await bench.folder('state-chosen'));
  await peer.ask('--start-paused', '--add', torrent);
  assert.match(await peer.ask('--torrent', '1', '--no-get', 'all'), /success/);
  assert.match(await peer.ask('--torrent', '1', '--get', '0'), /success/);
  const files = await peer.ask('--torrent', '1', '--files');
  assert.equal([...files.matchAll(/\bYes\b/g)].length, 1, files);
  assert.match(await peer.ask('--downlimit', '2000', '--no-uplimit'), /success/);
  assert.match(await peer.ask('--session-info'), /Download speed limit: 2\.00 MB\/s/);
  assert.match(await peer.ask('--session-stats'), /CURRENT SESSION/);
  await peer.ask('--torrent', '1', '--start');
  await peer.ask('--torrent', '1', '--reannounce');
  assert.equal(typeof seedPort, 'string');
  assert.equal(await peer.program.stop(), 130);
});

test('pages of others get nothing, nor does who does not know the session id', async () => {
  const peer = await up('guarded', await bench.folder('state-guarded'));
  const url = `http://127.0.0.1:${peer.port}/transmission/rpc`;
  const body = '{"method":"session-get"}';
  const first = await fetch(url, { method: 'POST', body });
  assert.equal(first.status, 409);
  const id = first.headers.get('x-transmission-session-id')!;
  const withId = { 'x-transmission-session-id': id };
  assert.equal((await fetch(url, { method: 'POST', body, headers: withId })).status, 200);
  const foreign = { ...withId, origin: 'https://evil.example' };
  assert.equal((await fetch(url, { method: 'POST', body, headers: foreign })).status, 403);
  const { stdout } = await run('curl', [
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '-H',
    'Host: evil.example',
    url,
  ]);
  assert.equal(stdout, '403');
  for (const broken of [
    '',
    '[]',
    '{',
    '{"method":7}',
    '{"method":"torrent-add","arguments":{"metainfo":"AAAA"}}',
  ]) {
    const answer = await fetch(url, { method: 'POST', body: broken, headers: withId });
    assert.equal(answer.status, 200, broken);
    assert.notEqual(((await answer.json()) as { result: string }).result, 'success', broken);
  }
  await peer.program.stop();
});
