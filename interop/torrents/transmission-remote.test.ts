// Our daemon, driven by Transmission's own client: 3.00 (Debian 12) and 4.1 (Debian 13), whose wording differs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Bench } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { Program } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';

const run = promisify(execFile);
let bench: Bench;
let data: string;
let torrent: string;
let magnet: string;

before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '--hybrid', '-o', torrent, '--piece-length', '64K']).event('created');
  const seed = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  const ready = await seed.event('ready');
  magnet = ready.magnet as string;
});
after(() => bench.close());

interface Up {
  readonly program: Program;
  readonly folder: string;
  readonly port: string;
  /** For requests that Transmission's own client does not make. */
  readonly bearer: Readonly<Record<string, string>>;
  /** Runs transmission-remote and returns what it prints. */
  readonly ask: (...args: string[]) => Promise<string>;
}

async function up(name: string, state: string): Promise<Up> {
  const folder = await bench.folder(name);
  const where = ['--download-dir', folder, '--api-port', '0', '--port', '0'];
  const program = bench.shoal(['up', ...where], { state });
  const ready = await program.event('ready');
  const port = `${ready.port}`;
  const bearer = { authorization: `Bearer ${String(ready.token)}` };
  const ask = async (...args: string[]): Promise<string> =>
    (await run('transmission-remote', [`127.0.0.1:${port}`, ...args])).stdout;
  return { program, folder, port, bearer, ask };
}

const until = (what: string, ask: () => Promise<boolean>): Promise<void> => waitFor(ask, what);

test('transmission-remote adds, lists, pauses, moves, removes; all is there after a restart', async () => {
  const state = await bench.folder('state-remote');
  let peer = await up('downloads', state);
  assert.match(await peer.ask('--session-info'), /VERSION\s+Daemon version: 4\.\d+\.\d+ \(Shoal/);
  assert.match(await peer.ask('--start-paused', '--add', torrent), /success/);
  assert.match(await peer.ask('--list'), /1\s+0(\.00)?%.*Stopped\s+data/);
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
  // The seed shares another copy of the same data, which must stay.
  assert.equal(await firstDifference(data, await bench.makeData('untouched')), undefined);
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
  const chosen = /\bYes\b.*data\/(\S+)$/m.exec(files)![1]!;
  assert.match(await peer.ask('--downlimit', '2000', '--no-uplimit'), /success/);
  assert.match(await peer.ask('--session-info'), /Download speed limit: 2(\.00)? MB\/s/);
  assert.match(await peer.ask('--session-stats'), /CURRENT SESSION/);
  assert.match(await peer.ask('--torrent', '1', '--start'), /success/);
  assert.match(await peer.ask('--torrent', '1', '--reannounce'), /success/);
  // The magnet link of the same share brings a peer that has all; what was not chosen does not come.
  await peer.ask('--add', magnet);
  await until('the chosen file is whole', async () => /100(\.\d+)?%/.test(await peer.ask('--list')));
  const folder = join(peer.folder, 'data');
  assert.deepEqual(await readdir(folder), [chosen]);
  assert.deepEqual(await readFile(join(folder, chosen)), await readFile(join(data, chosen)));
  assert.equal(await peer.program.stop(), 0);
});

/** Every verb of its manual that changes something, and what is true afterwards. */
const SESSION_VERBS: readonly (readonly [readonly string[], string, unknown])[] = [
  [['--alt-speed'], 'alt-speed-enabled', true],
  [['--no-alt-speed'], 'alt-speed-enabled', false],
  [['--alt-speed-downlimit', '70'], 'alt-speed-down', 70],
  [['--alt-speed-uplimit', '30'], 'alt-speed-up', 30],
  [['--alt-speed-scheduler'], 'alt-speed-time-enabled', true],
  [['--alt-speed-time-begin', '2230'], 'alt-speed-time-begin', 22 * 60 + 30],
  [['--alt-speed-time-end', '0615'], 'alt-speed-time-end', 6 * 60 + 15],
  [['--alt-speed-days', '2-6'], 'alt-speed-time-day', 0b1111100],
  [['--no-alt-speed-scheduler'], 'alt-speed-time-enabled', false],
  [['--no-incomplete-dir'], 'incomplete-dir-enabled', false],
  [['--downlimit', '900'], 'speed-limit-down', 900],
  [['--no-downlimit'], 'speed-limit-down-enabled', false],
  [['--uplimit', '300'], 'speed-limit-up', 300],
  [['--no-uplimit'], 'speed-limit-up-enabled', false],
  [['--cache', '16'], 'cache-size-mb', 16],
  [['--encryption-required'], 'encryption', 'required'],
  [['--encryption-preferred'], 'encryption', 'preferred'],
  [['--encryption-tolerated'], 'encryption', 'tolerated'],
  [['--no-portmap'], 'port-forwarding-enabled', false],
  // The daemon was started with --no-dht and --no-lsd: that is what is told.
  [['--no-dht'], 'dht-enabled', false],
  [['--peers', '150'], 'peer-limit-global', 150],
  [['--no-torrent-done-script'], 'script-torrent-done-enabled', false],
  [['--global-seedratio', '1.5'], 'seedRatioLimit', 1.5],
  [['--no-global-seedratio'], 'seedRatioLimited', false],
  [['--start-paused'], 'start-added-torrents', false],
  [['--no-start-paused'], 'start-added-torrents', true],
  [['--trash-torrent'], 'trash-original-torrent-files', true],
  [['--no-trash-torrent'], 'trash-original-torrent-files', false],
  [['--no-utp'], 'utp-enabled', false],
  [['--utp'], 'utp-enabled', true],
  [['--no-pex'], 'pex-enabled', false],
  [['--pex'], 'pex-enabled', true],
  [['--no-lpd'], 'lpd-enabled', false],
];
/** Answers that would be untrue. */
const REFUSED_VERBS: readonly (readonly [readonly string[], RegExp])[] = [
  [['--portmap'], /not forwarded yet/],
  [['--dht'], /switched off with --no-dht/],
  [['--lpd'], /switched off with --no-lsd/],
  [['--port', '50123'], /chosen with --port/],
  [['--random-port'], /chosen with --port/],
  // Only this machine has connected.
  [['--port-test'], /unknown whether port \d+ is open/],
  [['--torrent-done-script', '/bin/true'], /shoal up --on-done/],
  [['--blocklist-update'], /block list/],
];
const TORRENT_VERBS: readonly (readonly [readonly string[], string, unknown])[] = [
  [['--labels', 'films,new'], 'labels', ['films', 'new']],
  [['--no-get', '0'], 'wanted', [0, 1, 1, 1, 1, 1]],
  [['--get', 'all'], 'wanted', [1, 1, 1, 1, 1, 1]],
  [['--priority-high', '2'], 'priorities', [0, 0, 1, 0, 0, 0]],
  [['--priority-low', '1'], 'priorities', [0, -1, 1, 0, 0, 0]],
  [['--priority-normal', 'all'], 'priorities', [0, 0, 0, 0, 0, 0]],
  [['--bandwidth-high'], 'bandwidthPriority', 1],
  [['--bandwidth-low'], 'bandwidthPriority', -1],
  [['--bandwidth-normal'], 'bandwidthPriority', 0],
  [['--downlimit', '80'], 'downloadLimit', 80],
  [['--no-downlimit'], 'downloadLimited', false],
  [['--uplimit', '40'], 'uploadLimit', 40],
  [['--no-uplimit'], 'uploadLimited', false],
  [['--peers', '33'], 'peer-limit', 33],
  [['--seedratio', '3.5'], 'seedRatioLimit', 3.5],
  [['--no-seedratio'], 'seedRatioMode', 2],
  [['--seedratio-default'], 'seedRatioMode', 0],
  [['--no-honor-session'], 'honorsSessionLimits', false],
  [['--honor-session'], 'honorsSessionLimits', true],
  [['--tracker-add', 'http://127.0.0.1:9/announce'], 'trackerList', 'http://127.0.0.1:9/announce'],
  [['--tracker-remove', '0'], 'trackerList', ''],
];

test('every other verb does what it says, or says why not', async () => {
  const state = await bench.folder('state-verbs');
  let peer = await up('verbs', state);
  let sessionId = '';
  const rpc = async (method: string, args: object): Promise<Record<string, unknown>> => {
    const url = `http://127.0.0.1:${peer.port}/transmission/rpc`;
    const body = JSON.stringify({ method, arguments: args });
    for (;;) {
      const headers = { ...peer.bearer, 'x-transmission-session-id': sessionId };
      const answer = await fetch(url, { method: 'POST', body, headers });
      sessionId = answer.headers.get('x-transmission-session-id') ?? '';
      if (answer.status === 409) continue;
      const { result, arguments: values } = (await answer.json()) as {
        result: string;
        arguments: Record<string, unknown>;
      };
      return { ...values, result };
    }
  };
  const incomplete = await bench.folder('incomplete');
  const checkSession = async (): Promise<void> => {
    for (const [verb, name, value] of SESSION_VERBS) {
      assert.match(await peer.ask(...verb), /success/, verb.join(' '));
      assert.deepEqual((await rpc('session-get', {}))[name], value, verb.join(' '));
    }
  };
  await checkSession();
  for (const [verb, why] of REFUSED_VERBS) {
    const failure = await peer.ask(...verb).then(
      () => ({ stdout: 'it was not refused' }),
      (error: { stdout: string }) => error,
    );
    assert.match(failure.stdout, why, verb.join(' '));
  }
  assert.match(await peer.ask('--incomplete-dir', incomplete), /success/);

  await peer.ask('--start-paused');
  await peer.ask('--add', torrent);
  const field = async (name: string): Promise<unknown> => {
    const { torrents } = await rpc('torrent-get', { ids: [1], fields: [name] });
    return (torrents as Record<string, unknown>[])[0]![name];
  };
  for (const [verb, name, value] of TORRENT_VERBS) {
    assert.match(await peer.ask('--torrent', '1', ...verb), /success/, verb.join(' '));
    assert.deepEqual(await field(name), value, verb.join(' '));
  }
  for (const shown of [
    '--info',
    '--info-files',
    '--info-peers',
    '--info-pieces',
    '--info-trackers',
    '--peer-info',
  ])
    await peer.ask('--torrent', '1', shown);

  // Fetched in one folder, and moved to the other when it is whole.
  await peer.ask('--torrent', '1', '--start');
  await rpc('torrent-set', { ids: [1], labels: [] });
  await peer.ask('--add', magnet);
  await until('it is whole, and moved', async () => existsSync(join(peer.folder, 'data', 'z.bin')));
  assert.equal(await firstDifference(data, join(peer.folder, 'data')), undefined);
  assert.equal(existsSync(join(incomplete, 'data', 'z.bin')), false);

  const renamed = await rpc('torrent-rename-path', { ids: [1], path: 'data/sub/deeper', name: 'nested' });
  assert.equal(renamed.result, 'success');
  assert.match(await peer.ask('--torrent', '1', '--files'), /data\/sub\/nested\//);
  assert.ok(existsSync(join(peer.folder, 'data', 'sub', 'nested')));
  await rpc('queue-move-bottom', { ids: [1] });
  assert.equal(
    (await rpc('group-set', { name: 'slow', 'speed-limit-down': 50, 'speed-limit-down-enabled': true }))
      .result,
    'success',
  );
  const { group } = await rpc('group-get', {});
  assert.equal((group as { 'speed-limit-down': number }[])[0]!['speed-limit-down'], 50);

  // Settings hold after a restart.
  await peer.program.stop();
  peer = await up('verbs', state);
  sessionId = '';
  const after = await rpc('session-get', {});
  for (const [name, value] of [
    ['peer-limit-global', 150],
    ['alt-speed-down', 70],
    ['cache-size-mb', 16],
    ['incomplete-dir', incomplete],
  ] as const)
    assert.equal(after[name], value, name);
  await peer.program.stop();
});

test('pages of other sites get nothing, nor do requests without the session id', async () => {
  const peer = await up('guarded', await bench.folder('state-guarded'));
  const url = `http://127.0.0.1:${peer.port}/transmission/rpc`;
  const body = '{"method":"session-get"}';
  const first = await fetch(url, { method: 'POST', body, headers: peer.bearer });
  assert.equal(first.status, 409);
  const id = first.headers.get('x-transmission-session-id')!;
  const withId = { ...peer.bearer, 'x-transmission-session-id': id };
  assert.equal((await fetch(url, { method: 'POST', body, headers: withId })).status, 200);
  const foreign = { ...withId, origin: 'https://evil.example' };
  assert.equal((await fetch(url, { method: 'POST', body, headers: foreign })).status, 403);
  // fetch() does not let a program choose this header, as a browser does whose page was rebound to this address.
  const rebound = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request(url, { headers: { host: 'evil.example' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject).end();
  });
  assert.equal(rebound, 401);
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
