// The published package installs into an empty folder and runs; the launcher sets a fresh clone up by itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT } from '../scripts/steps.ts';

const dir = mkdtempSync(join(tmpdir(), 'shoal-package-'));
after(() => rmSync(dir, { recursive: true, force: true }));
// Node 26 first, also for npm's own children.
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, [...args], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 240_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('npm pack: the tarball installs and runs as shoal, and as a library', () => {
  const packed = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', dir], ROOT).replace(/^[^[{]*/, ''),
  );
  const entry = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  const empty = join(dir, 'empty');
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), '{"type":"module"}');
  run('npm', ['install', '--no-audit', '--no-fund', join(dir, entry.filename)], empty);
  const shoal = join(empty, 'node_modules', '.bin', 'shoal');
  assert.match(run(shoal, ['--version'], empty), /^0\.1\.0/);
  writeFileSync(join(empty, 'file.bin'), 'x'.repeat(100_000));
  const created = JSON.parse(run(shoal, ['create', 'file.bin', '--json'], empty));
  assert.equal(created.event, 'created');
  const verified = JSON.parse(run(shoal, ['verify', 'file.bin.torrent', '.', '--json'], empty));
  assert.equal(verified.ok, true);
  writeFileSync(
    join(empty, 'use.js'),
    "import { parseMagnet } from 'shoal'; console.log(parseMagnet('x').ok);",
  );
  assert.equal(run(process.execPath, ['use.js'], empty).trim(), 'false');
});

test('a fresh clone: ./shoal installs what is missing, says so, once', () => {
  const clone = join(dir, 'clone');
  run('git', ['clone', '--quiet', ROOT, clone], dir);
  const first = execFileSync('sh', ['-c', './shoal --version 2>&1'], {
    cwd: clone,
    encoding: 'utf8',
    timeout: 240_000,
  });
  assert.match(first, /first run: installing/);
  assert.match(first, /0\.1\.0/);
  const second = execFileSync('sh', ['-c', './shoal --version 2>&1'], {
    cwd: clone,
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(second.trim(), '0.1.0');
});
