// The published package installs into an empty folder and runs; the launcher sets a fresh clone up by itself.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT, tool } from '../../scripts/steps.ts';
import { importsOf } from '../../scripts/tidy.ts';

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
  const installedMiB = bytesBelow(join(empty, 'node_modules')) / 2 ** 20;
  assert.ok(installedMiB <= MAX_INSTALLED_MIB, `${installedMiB.toFixed(1)} MiB are installed`);
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
  checkTypes(empty);
  checkOldNode(empty);
});

/** The package and all that it brings: 29 MiB at the last look, of which 5 are ours. Room for the systems to come. */
const MAX_INSTALLED_MIB = 40;

function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => join(folder, entry.name))
    .map((path) => ({ path, stats: lstatSync(path) }))
    .reduce((sum, { path, stats }) => sum + (stats.isDirectory() ? bytesBelow(path) : stats.size), 0);
}

/** The first example of docs/library.md compiles with the settings that stand there. */
function checkTypes(folder: string): void {
  const page = readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8');
  const fenced = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)![1]!;
  const settings = JSON.parse(fenced('json'));
  settings.compilerOptions.typeRoots = [join(ROOT, 'node_modules', '@types')];
  settings.compilerOptions.noEmit = true;
  settings.files = ['example.ts'];
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'example.ts'), fenced('ts'));
  run(tool('tsc'), [], folder);
}

/** The command and the library say in one line that Node.js is too old, whatever it lacks besides. */
function checkOldNode(folder: string): void {
  const installed = join(folder, 'node_modules', 'shoal', 'dist');
  // Nothing but the check is loaded before the check, so nothing can fail before it.
  const check = readdirSync(join(installed, 'chunks')).find((name) => name.startsWith('node-version-'))!;
  for (const file of ['app/bin.js', join('chunks', check)]) {
    const imports = importsOf(readFileSync(join(installed, file), 'utf8'));
    assert.deepEqual(
      imports.filter((name) => !name.endsWith(check)),
      [],
      file,
    );
  }
  const pretend = join(folder, 'pretend.mjs');
  writeFileSync(pretend, "Object.defineProperty(process.versions, 'node', { value: '20.20.2' });");
  const olds: (readonly string[])[] = [[process.execPath, '--import', pretend]];
  // The Node.js of the system is often an old one, as it is on Debian 12 and 13.
  for (const node of ['/usr/bin/node', '/usr/local/bin/node']) {
    if (existsSync(node) && Number.parseInt(run(node, ['--version'], folder).slice(1), 10) < 26)
      olds.push([node]);
  }
  writeFileSync(join(folder, 'peer.mjs'), "import { createPeer } from 'shoal'; await createPeer();");
  for (const [node, ...args] of olds) {
    const start = (file: string) =>
      spawnSync(node!, [...args, file, '--version'], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    const command = start(join(installed, 'app', 'bin.js'));
    assert.equal(command.status, 1);
    assert.equal(command.stdout, '');
    assert.match(
      command.stderr,
      /^Shoal needs Node\.js 26 or newer, and this is Node\.js \d+\.\d+\.\d+: .*\n$/,
    );
    const library = start('peer.mjs');
    assert.equal(library.status, 1);
    assert.match(library.stderr, /^\[?Error: Shoal needs Node\.js 26 or newer/m);
    assert.doesNotMatch(library.stderr, /^\s+at |sqlite/m, 'no trace');
  }
}

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
