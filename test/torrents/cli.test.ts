// The command line as scripts rely on it: JSON events, exit statuses, interruption and resume, hostile and wrong input.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encodeBencode } from '../../src/ground/bencode.ts';
import { Bench } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { JsonEvent, Program } from '../../testkit/program.ts';
import { MACHINE_CANNOT, ROOT } from '../../scripts/steps.ts';

let bench: Bench;
let data: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
});
after(() => bench.close());

/** Runs to its end; the last event and the exit status. */
async function finish(args: readonly string[]): Promise<{
  readonly last: JsonEvent | undefined;
  readonly status: number | null;
  readonly program: Program;
}> {
  const program = bench.shoal(args);
  const status = await program.exited;
  return { last: program.events.at(-1), status, program };
}

test('create, inspect, verify: the fields that scripts read', async () => {
  const torrent = join(bench.dir, 'x.torrent');
  const created = await finish([
    'create',
    data,
    '-o',
    torrent,
    '--tracker',
    'http://a.example/announce,udp://b.example:1',
    '--tracker',
    'http://c.example/announce',
    '--web-seed',
    'http://w.example/',
    '--private',
    '--comment',
    'c',
    '--source',
    's',
    '--piece-length',
    '32K',
  ]);
  assert.equal(created.status, 0);
  const { event, name, size, files, pieceLength, magnet, infoHashV1, infoHashV2 } = created.last!;
  assert.deepEqual(
    { event, name, size, files, pieceLength },
    { event: 'created', name: 'data', size: 5_171_074, files: 6, pieceLength: 32768 },
  );
  assert.match(magnet as string, new RegExp(`btih:${infoHashV1}&xt=urn:btmh:1220${infoHashV2}`));
  const inspected = bench.shoal(['inspect', torrent]);
  assert.equal(await inspected.exited, 0);
  const shown = JSON.parse(inspected.output);
  assert.deepEqual(shown.trackers, [
    ['http://a.example/announce', 'udp://b.example:1'],
    ['http://c.example/announce'],
  ]);
  assert.deepEqual(
    [shown.private, shown.source, shown.comment, shown.webSeeds, shown.files.length],
    [true, 's', 'c', ['http://w.example/'], 6],
  );
  const good = await finish(['verify', torrent, join(bench.dir, 'origin')]);
  assert.deepEqual([good.status, good.last!.ok, good.last!.badPieces], [0, true, 0]);
});

test('verify finds one flipped bit, a short file and a file too long', async () => {
  const torrent = join(bench.dir, 'verify.torrent');
  await finish(['create', data, '-o', torrent, '--piece-length', '64K']);
  for (const [damage, bad] of [
    ['flip', 1],
    ['short', 1],
    ['long', 0],
  ] as const) {
    const copy = await bench.folder(`verify-${damage}`);
    execFileSync('cp', ['-r', data, copy]);
    const path = join(copy, 'data', 'z.bin');
    const bytes = readFileSync(path);
    if (damage === 'flip') bytes[70_000]! ^= 4;
    writeFileSync(path, damage === 'long' ? Buffer.concat([bytes, Buffer.from('x')]) : bytes);
    if (damage === 'short') truncateSync(path, bytes.length - 1);
    const { status, last } = await finish(['verify', torrent, copy]);
    assert.deepEqual([status, last!.ok, last!.badPieces], [1, false, bad], damage);
  }
});

const wrong: readonly (readonly [string, readonly string[], number, string])[] = [
  ['an unknown option', ['get', 'x', '--nonsense'], 2, 'bad-argument'],
  ['a missing argument', ['create'], 2, 'bad-argument'],
  ['a port out of range', ['tracker', '--port', '70000'], 2, 'bad-argument'],
  ['a link that is none', ['get', 'what is this'], 2, 'bad-link'],
  ['two versions at once', ['create', '.', '--v1', '--v2'], 2, 'bad-argument'],
  ['a path that does not exist', ['share', '/nonexistent/path'], 1, 'not-found'],
  ['a torrent that does not exist', ['verify', '/nonexistent.torrent', '.'], 1, 'not-found'],
  [
    'nobody to fetch from',
    ['get', '0123456789abcdef0123456789abcdef01234567', '--timeout', '0.5', '--port', '0'],
    3,
    'nothing-found',
  ],
  [
    'an address with nobody behind it',
    ['get', 'http://127.0.0.1:1/x.torrent', '--port', '0'],
    1,
    'fetch-failed',
  ],
];
for (const [name, args, status, code] of wrong) {
  test(`exit status ${status} for ${name}`, async () => {
    const outcome = await finish(args);
    assert.deepEqual(
      [outcome.status, outcome.last?.event, outcome.last?.code],
      [status, 'error', code],
      outcome.program.output,
    );
  });
}

test('malformed torrents are refused with a reason', async () => {
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['garbage', Uint8Array.of(1, 2, 3), 'bad-torrent'],
    [
      'pieces-that-do-not-fit',
      encodeBencode({ info: { name: 'n', 'piece length': 16384, pieces: new Uint8Array(19), length: 5 } }),
      'bad-torrent',
    ],
  ];
  for (const [name, bytes, code] of cases) {
    const path = join(bench.dir, `${name}.torrent`);
    writeFileSync(path, bytes);
    const { status, last } = await finish(['get', path, '-o', join(bench.dir, 'hostile'), '--port', '0']);
    assert.deepEqual([status, last!.code], [1, code], name);
  }
  assert.ok(!existsSync(join(bench.dir, 'hostile')));
});

test('interrupted, then run again: goes on without hashing or fetching anew; a file in the way is left alone', async () => {
  const torrent = join(bench.dir, 'resume.torrent');
  await finish(['create', data, '-o', torrent, '--v1', '--piece-length', '16K']);
  const share = bench.shoal([
    'share',
    torrent,
    '--dir',
    join(bench.dir, 'origin'),
    '--port',
    '0',
    '--limit-up',
    '2M',
  ]);
  const { port } = await share.event('ready');
  const out = await bench.folder('resume');
  const state = join(bench.dir, 'resume-state');
  const args = [
    'get',
    torrent,
    '-o',
    out,
    '--peer',
    `127.0.0.1:${port}`,
    '--port',
    '0',
    '--json',
    '--state',
    state,
  ];
  const launch = (): Program =>
    bench.run('shoal get', process.execPath, [join(ROOT, 'src/app/main.ts'), ...args]);
  const first = launch();
  await first.until(
    () => first.events.find((event) => event.event === 'progress' && (event.doneBytes as number) > 500_000),
    'half a MiB',
  );
  first.child.kill('SIGINT');
  assert.equal(await first.exited, 130);
  const doneBefore = first.events.filter((event) => event.event === 'progress').at(-1)!.doneBytes as number;
  const names = (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
  assert.ok(
    names.some((name) => name.endsWith('.part')),
    names.join(),
  );
  const second = launch();
  const done = await second.event('done');
  assert.ok(
    (done.downloadBytes as number) <= 5_171_074 - doneBefore,
    `${done.downloadBytes} after ${doneBefore}`,
  );
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  const third = await launch().event('done');
  assert.equal(third.downloadBytes, 0);

  // A v1 piece spans files: with one of them gone its neighbours can't be proved, yet they are ours and are mended.
  rmSync(join(out, 'data', 'one'));
  const mended = await launch().event('done');
  assert.ok((mended.downloadBytes as number) > 0 && (mended.downloadBytes as number) < 100_000);
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);

  const other = await bench.folder('taken');
  mkdirSync(join(other, 'data'));
  writeFileSync(join(other, 'data', 'one'), 'not this');
  const taken = await finish(['get', torrent, '-o', other, '--peer', `127.0.0.1:${port}`, '--port', '0']);
  assert.deepEqual([taken.status, taken.last!.code], [1, 'name-conflict']);
  assert.equal(readFileSync(join(other, 'data', 'one'), 'utf8'), 'not this');
  assert.equal(await share.stop(), 130, share.output);
});

test("somebody's file of the same name and size is never overwritten, however often it is tried", async () => {
  const out = await bench.folder('theirs');
  const { share, launch } = await slowSeed('theirs', out);
  mkdirSync(join(out, 'data', 'sub'), { recursive: true });
  const theirs = join(out, 'data', 'sub', 'exact');
  writeFileSync(theirs, Buffer.alloc(131_072, 'their words '));
  for (let attempt = 0; attempt < 3; attempt++) {
    const get = launch();
    assert.equal(await get.exited, 1);
    assert.equal(get.events.at(-1)!.code, 'name-conflict', `attempt ${attempt}`);
    assert.deepEqual(readFileSync(theirs), Buffer.alloc(131_072, 'their words '));
  }
  await share.stop();
});

/** A seed that takes about three seconds for the data, and the arguments of a `get` from it. */
async function slowSeed(
  name: string,
  out: string,
): Promise<{ readonly share: Program; readonly launch: () => Program }> {
  const torrent = join(bench.dir, `${name}.torrent`);
  await finish(['create', data, '-o', torrent, '--source', name, '--piece-length', '16K']);
  const where = ['--dir', join(bench.dir, 'origin'), '--port', '0', '--limit-up', '1.6M'];
  const share = bench.shoal(['share', torrent, ...where]);
  const { port } = await share.event('ready');
  const args = ['get', torrent, '-o', out, '--peer', `127.0.0.1:${port}`, '--port', '0', '--json'];
  const state = ['--state', join(bench.dir, `${name}-state`)];
  const launch = (): Program =>
    bench.run(name, process.execPath, [join(ROOT, 'src/app/main.ts'), ...args, ...state]);
  return { share, launch };
}

async function untilDone(program: Program, bytes: number): Promise<void> {
  const isFar = (event: JsonEvent): boolean =>
    event.event === 'progress' && (event.doneBytes as number) > bytes;
  await program.until(() => program.events.find(isFar), `${bytes} bytes`);
}

test('killed with -9: what was proved is found again, the rest is fetched', async () => {
  const out = await bench.folder('killed');
  const { share, launch } = await slowSeed('killed', out);
  const first = launch();
  await untilDone(first, 1_000_000);
  first.child.kill('SIGKILL');
  await first.exited;
  const done = await launch().event('done');
  assert.ok(
    (done.downloadBytes as number) < 5_171_074 - 900_000,
    `${done.downloadBytes} bytes fetched again`,
  );
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  await share.stop();
});

test('a torrent file may be named by its http address', async () => {
  const torrent = join(bench.dir, 'served.torrent');
  await finish(['create', data, '-o', torrent, '--source', 'served']);
  const share = bench.shoal(['share', torrent, '--dir', join(bench.dir, 'origin'), '--port', '0']);
  const { port } = await share.event('ready');
  const server = createServer((_, response) => void response.end(readFileSync(torrent)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as { port: number }).port}/x.torrent`;
  const out = await bench.folder('served');
  await bench.shoal(['get', address, '-o', out, '--peer', `127.0.0.1:${port}`, '--port', '0']).event('done');
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await share.stop();
});

for (const version of ['v1', 'v2', 'hybrid']) {
  test(`links, executable bits, empty files and odd names arrive as they were: ${version}`, async () => {
    const root = await bench.folder(`odd-${version}/origin/odd`);
    mkdirSync(join(root, 'sub'));
    writeFileSync(join(root, 'run'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(join(root, 'empty'), '');
    writeFileSync(join(root, 'sub', 'naïve ☂ name.txt'), 'x');
    symlinkSync('../run', join(root, 'sub', 'link'));
    const share = bench.shoal(['share', root, `--${version}`, '--port', '0']);
    const { port, torrent } = await share.event('ready');
    const out = await bench.folder(`odd-${version}/out`);
    const get = bench.shoal([
      'get',
      torrent as string,
      '-o',
      out,
      '--peer',
      `127.0.0.1:${port}`,
      '--port',
      '0',
    ]);
    await get.event('done');
    assert.equal(await firstDifference(root, join(out, 'odd')), undefined);
    assert.equal(readlinkSync(join(out, 'odd', 'sub', 'link')), '../run');
    assert.notEqual(statSync(join(out, 'odd', 'run')).mode & 0o111, 0);
    assert.equal(statSync(join(out, 'odd', 'empty')).size, 0);
    await share.stop();
  });
}

const needsRoot = process.getuid?.() === 0 ? false : 'making a small file system needs root';

test('the disk fills up in the middle: it rests, says why, and goes on by itself', {
  skip: needsRoot,
}, async (context) => {
  const small = await bench.folder('filling');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]);
  } catch {
    // Root without the right to mount, as in some containers.
    return context.skip(`${MACHINE_CANNOT} mount a tmpfs`);
  }
  try {
    const { share, launch } = await slowSeed('filling', join(small, 'out'));
    const first = launch();
    await untilDone(first, 500_000);
    execFileSync('sh', ['-c', `head -c 8000000 /dev/zero > ${join(small, 'fill')} || true`], {
      stdio: 'ignore',
    });
    const trouble = await first.event('trouble');
    assert.equal(trouble.code, 'no-space');
    assert.match(trouble.message as string, /cannot write .*part: no space left/);
    execFileSync('rm', [join(small, 'fill')]);
    await first.event('recovered');
    const done = await first.event('done');
    // Nothing that came was thrown away, nothing came twice.
    assert.equal(done.downloadBytes, 5_171_074);
    assert.equal(await firstDifference(data, join(small, 'out', 'data')), undefined);
    await share.stop();
  } finally {
    execFileSync('umount', [small]);
  }
});

test('a share that did not change is not read again; one that did gets a new info hash', async () => {
  const dir = await bench.folder('mine');
  writeFileSync(join(dir, 'a'), 'a'.repeat(50_000));
  const state = join(bench.dir, 'share-state');
  const hashOf = async (): Promise<unknown> => {
    const share = bench.run('shoal share', process.execPath, [
      join(ROOT, 'src/app/main.ts'),
      'share',
      dir,
      '--port',
      '0',
      '--json',
      '--state',
      state,
    ]);
    const ready = await share.event('ready');
    await share.stop();
    return ready.infoHashV1;
  };
  const first = await hashOf();
  assert.equal(await hashOf(), first);
  writeFileSync(join(dir, 'a'), 'b'.repeat(50_000));
  assert.notEqual(await hashOf(), first);
});

test('no permission and no space say so', { skip: needsRoot }, async (context) => {
  const torrent = join(bench.dir, 'space.torrent');
  await finish(['create', data, '-o', torrent]);
  const small = await bench.folder('small');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
  } catch {
    return context.skip(`${MACHINE_CANNOT} mount a tmpfs`);
  }
  try {
    const { status, last } = await finish(['get', torrent, '-o', small, '--port', '0']);
    assert.deepEqual([status, last!.code], [1, 'no-space']);
    execFileSync('mount', ['-o', 'remount,ro', small]);
    const sealed = await finish(['create', data, '-o', join(small, 'x.torrent')]);
    assert.deepEqual([sealed.status, sealed.last!.code], [1, 'no-permission']);
  } finally {
    execFileSync('umount', [small]);
  }
});

test('for people: results on standard output, everything else on standard error, no escapes when piped', () => {
  const cwd = join(bench.dir, 'origin');
  const output = execFileSync(process.execPath, [join(ROOT, 'src/app/main.ts'), 'create', 'data'], {
    cwd,
    encoding: 'utf8',
  });
  assert.match(output, /data\.torrent\nmagnet:\?xt=urn:btih:/);
  const inspect = (LC_ALL: string): string =>
    execFileSync(process.execPath, [join(ROOT, 'src/app/main.ts'), 'inspect', 'data.torrent'], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL },
    });
  const shown = inspect('C.UTF-8');
  assert.match(shown, /└─ z\.bin/);
  assert.match(inspect('C'), /`- z\.bin/, 'a locale without UTF-8 gets ASCII');
  assert.doesNotMatch(output + shown, /\u001b/);
});

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`completions for ${shell} name every command and option`, () => {
    const script = execFileSync(process.execPath, [join(ROOT, 'src/app/main.ts'), 'completion', shell], {
      encoding: 'utf8',
    });
    for (const word of [
      'create',
      'share',
      'get',
      'verify',
      'inspect',
      'tracker',
      'seed-ratio',
      'piece-length',
    ])
      assert.ok(script.includes(word), word);
    if (shell === 'bash') execFileSync('bash', ['-n'], { input: script });
  });
}
