// Publishing and following: versions come one after the other, only what is new travels, nothing half-fetched shows.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  chmodSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Bench, freePort } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { Program } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';
import { createPrng } from '../../src/ground/prng.ts';

const PIECE = 65_536;

interface Setting {
  readonly bench: Bench;
  readonly source: string;
  readonly out: string;
  readonly port: number;
  readonly node: string;
  publish(): Promise<{ readonly program: Program; readonly link: string; readonly sequence: number }>;
  follow(link: string, ...more: string[]): Program;
}

/** Bytes on disk of the file with that name, wherever it is below `dir`. */
function allocated(dir: string, name: string): number {
  const found = readdirSync(dir, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.name === name,
  );
  return found === undefined ? 0 : statSync(join(found.parentPath, name)).blocks * 512;
}

async function open(): Promise<Setting> {
  const bench = await Bench.open();
  const source = await bench.folder('source/app');
  const prng = createPrng(5);
  mkdirSync(join(source, 'lib'));
  for (const [name, pieces] of [
    ['lib/big.bin', 40],
    ['lib/other.bin', 10],
    ['readme.txt', 1],
  ] as const) {
    writeFileSync(join(source, name), prng.fill(new Uint8Array(pieces * PIECE + 17)));
  }
  const port = await freePort();
  const node = `127.0.0.1:${port}`;
  const out = await bench.folder('follower');
  return {
    bench,
    source,
    out,
    port,
    node,
    publish: async () => {
      const dht = ['--dht-router', 'none', '--dht-node', '127.0.0.1:9', '--piece-length', '64K'];
      const program = bench.shoal(['publish', 'app', source, '--port', `${port}`, ...dht], {
        state: join(bench.dir, 'publisher'),
      });
      const ready = await program.event('ready');
      return { program, link: ready.link as string, sequence: ready.sequence as number };
    },
    follow: (link, ...more) =>
      bench.shoal(['follow', link, '-o', out, '--port', '0', '--dht-node', node, '--every', '5', ...more], {
        state: join(bench.dir, 'follower-state'),
      }),
  };
}

test('versions follow one another; only what is new travels; moved and renamed files are reused', async () => {
  const setting = await open();
  const { bench, source, out } = setting;
  try {
    const first = await setting.publish();
    assert.equal(first.sequence, 1);
    assert.match(first.link, /^magnet:\?xs=urn:btpk:[0-9a-f]{64}&s=617070&dn=app$/);
    const follower = setting.follow(first.link);
    const one = await follower.event('version');
    assert.equal(one.sequence, 1);
    assert.equal(await firstDifference(source, join(out, 'app')), undefined);
    await first.program.stop();

    // One file moved and renamed, a stretch of one changed, one new, one gone.
    mkdirSync(join(source, 'moved'));
    renameSync(join(source, 'lib/other.bin'), join(source, 'moved/renamed.bin'));
    const big = readFileSync(join(source, 'lib/big.bin'));
    big[20 * PIECE + 5]! ^= 1;
    writeFileSync(join(source, 'lib/big.bin'), big);
    writeFileSync(join(source, 'new.bin'), createPrng(6).fill(new Uint8Array(3 * PIECE)));
    rmSync(join(source, 'readme.txt'));
    const second = await setting.publish();
    assert.equal(second.sequence, 2);
    assert.equal(second.link, first.link);
    const two = await follower.until(
      () => follower.events.find((event) => event.event === 'version' && event.sequence === 2),
      'version 2',
    );
    assert.equal(await firstDifference(source, join(out, 'app')), undefined);
    assert.equal(existsSync(join(out, 'app', 'readme.txt')), false);
    assert.equal(existsSync(join(out, 'app', 'lib', 'other.bin')), false);
    // Four pieces are new: one changed, three of the new file.
    assert.equal(two.downloadBytes, 4 * PIECE);
    assert.ok((two.reusedBytes as number) > 48 * PIECE);
    assert.equal(two.kept, null);
    assert.equal(await follower.stop(), 130);
    assert.deepEqual(readdirSync(out), ['app']);
  } finally {
    await bench.close();
  }
});

test('the same folder again is the same version; what a person changed is kept; --once ends', async () => {
  const setting = await open();
  const { bench, source, out } = setting;
  try {
    const first = await setting.publish();
    assert.equal(await setting.follow(first.link, '--once').exited, 0);
    await first.program.stop();
    const again = await setting.publish();
    assert.equal(again.sequence, 1);
    assert.equal(await setting.follow(first.link, '--once').exited, 0);
    await again.program.stop();

    writeFileSync(join(out, 'app', 'my-notes.txt'), 'mine');
    writeFileSync(join(source, 'readme.txt'), 'new text');
    const second = await setting.publish();
    const follower = setting.follow(first.link, '--once');
    const two = await follower.event('version');
    assert.equal(two.sequence, 2);
    assert.equal(await firstDifference(source, join(out, 'app')), undefined);
    assert.equal(readFileSync(join(String(two.kept), 'my-notes.txt'), 'utf8'), 'mine');
    await second.program.stop();
  } finally {
    await bench.close();
  }
});

test('a half-fetched version never shows, and goes on where it was killed', async () => {
  const setting = await open();
  const { bench, source, out } = setting;
  try {
    const first = await setting.publish();
    assert.equal(await setting.follow(first.link, '--once').exited, 0);
    await first.program.stop();
    writeFileSync(join(source, 'huge.bin'), createPrng(9).fill(new Uint8Array(6_000_000)));
    const second = await setting.publish();
    const slow = setting.follow(first.link, '--limit-down', '1M');
    await slow.event('fetching');
    await waitFor(() => allocated(out, 'huge.bin.part') > 1_500_000, 'a quarter of the new file');
    assert.equal(existsSync(join(out, 'app', 'huge.bin')), false);
    slow.child.kill('SIGKILL');
    await slow.exited;
    assert.equal(existsSync(join(out, 'app', 'readme.txt')), true);
    assert.equal(existsSync(join(out, 'app', 'huge.bin')), false);
    const rest = setting.follow(first.link, '--once');
    const two = await rest.event('version');
    assert.ok(
      (two.downloadBytes as number) < 5_500_000,
      `${two.downloadBytes} of 6,000,000 bytes came again`,
    );
    assert.equal(await firstDifference(source, join(out, 'app')), undefined);
    assert.equal(await rest.exited, 0);
    await second.program.stop();
  } finally {
    await bench.close();
  }
});

test('a version that nobody has any more does not hold up the next one', async () => {
  const setting = await open();
  const { bench, source, out } = setting;
  try {
    const first = await setting.publish();
    assert.equal(await setting.follow(first.link, '--once').exited, 0);
    await first.program.stop();
    writeFileSync(join(source, 'huge.bin'), createPrng(9).fill(new Uint8Array(6_000_000)));
    const second = await setting.publish();
    const follower = setting.follow(first.link, '--limit-down', '100K');
    await follower.event('fetching');
    await second.program.stop();
    rmSync(join(source, 'huge.bin'));
    writeFileSync(join(source, 'small.txt'), 'small');
    await setting.publish();
    const third = await follower.event('version');
    assert.equal(third.sequence, 3);
    assert.equal(await firstDifference(source, join(out, 'app')), undefined);
    assert.equal(existsSync(join(out, 'app', 'huge.bin')), false);
  } finally {
    await bench.close();
  }
});

test('a followed folder that somebody removed comes again while the follower runs', async () => {
  const setting = await open();
  const { bench, source, out } = setting;
  try {
    const first = await setting.publish();
    const follower = setting.follow(first.link);
    await follower.event('version');
    await follower.event('up-to-date');
    rmSync(join(out, 'app'), { recursive: true });
    await follower.until(
      () => (follower.events.filter((event) => event.event === 'version').length === 2 ? true : undefined),
      'the version again',
    );
    assert.equal(await firstDifference(source, join(out, 'app')), undefined);
    assert.equal(await follower.stop(), 130);
    assert.deepEqual(readdirSync(out), ['app']);
  } finally {
    await bench.close();
  }
});

test('followers keep a version alive without its publisher, and an older one never replaces it', async () => {
  const setting = await open();
  const { bench, source, out } = setting;
  try {
    const first = await setting.publish();
    const port = await freePort();
    const follower = setting.follow(first.link, '--port', `${port}`);
    await follower.event('version');
    await follower.event('up-to-date');
    await first.program.stop();
    const other = await bench.folder('other');
    const second = bench.shoal([
      'follow',
      first.link,
      '-o',
      other,
      '--port',
      '0',
      '--once',
      '--dht-node',
      `127.0.0.1:${port}`,
    ]);
    await second.event('version');
    assert.equal(await firstDifference(source, join(other, 'app')), undefined);
    // The key's owner goes back to an older number by force: followers stay where they are.
    const key = join(bench.dir, 'publisher');
    const value = bench.shoal(
      [
        'dht',
        'put',
        'x',
        '--key',
        'default',
        '--salt',
        'app',
        '--seq',
        '0',
        '--dht-node',
        `127.0.0.1:${port}`,
      ],
      { state: key },
    );
    assert.equal((await value.event('error')).code, 'refused');
    assert.equal(await firstDifference(source, join(out, 'app')), undefined);
    await follower.stop();
  } finally {
    await bench.close();
  }
});

test('keys: made, listed, exported, imported; readable by their owner only; never overwritten', async () => {
  const bench = await Bench.open();
  try {
    const [a, b] = [join(bench.dir, 'a'), join(bench.dir, 'b')];
    const made = await bench.shoal(['key', 'create', 'work'], { state: a }).event('key');
    assert.match(String(made.publicKey), /^[0-9a-f]{64}$/);
    const file = join(bench.dir, 'work.pem');
    await bench.shoal(['key', 'export', 'work', '-o', file], { state: a }).event('exported');
    const imported = await bench.shoal(['key', 'import', 'copy', file], { state: b }).event('key');
    assert.equal(imported.publicKey, made.publicKey);
    for (const path of [file, join(a, 'keys', 'work.pem'), join(b, 'keys', 'copy.pem')]) {
      assert.equal(statSync(path).mode & 0o777, 0o600);
    }
    assert.equal(statSync(join(a, 'keys')).mode & 0o777, 0o700);
    assert.equal(
      (await bench.shoal(['key', 'create', 'work'], { state: a }).event('error')).code,
      'name-conflict',
    );
    assert.equal(
      (await bench.shoal(['key', 'export', 'none'], { state: a }).event('error')).code,
      'not-found',
    );
    chmodSync(join(a, 'keys', 'work.pem'), 0o644);
    assert.equal(
      (await bench.shoal(['key', 'export', 'work'], { state: a }).event('error')).code,
      'no-permission',
    );
  } finally {
    await bench.close();
  }
});
