// The launcher on systems that lack something, made of a temporary checkout and a PATH of its own: no network, no root.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { oldNodeMessage } from '../src/ground/node/node-version.ts';
import { holdsAll, leftOut } from './installed.ts';
import { ROOT } from './steps.ts';

const scratch = mkdtempSync(join(tmpdir(), 'shoal-ready-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** What a minimal Debian has. */
const TOOLS =
  'sh dirname readlink sed grep sort head tail tr cat ls find mktemp rm mkdir touch chmod cp env'.split(' ');
const LOADER =
  'error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file or directory';

interface System {
  readonly root: boolean;
  /** Programs by name, as shell text. */
  readonly programs: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  /** Of the standard error output. */
  readonly lines: readonly string[];
  readonly noted: readonly string[];
}

let count = 0;

class Checkout {
  readonly dir = join(scratch, `checkout-${count}`);
  readonly bin = join(scratch, `bin-${count++}`);
  /** What the fake programs note, a line each. */
  readonly log = join(this.dir, 'log');

  constructor({ root, programs }: System) {
    mkdirSync(join(this.dir, 'scripts'), { recursive: true });
    mkdirSync(join(this.dir, 'src', 'app'), { recursive: true });
    mkdirSync(this.bin);
    for (const file of ['shoal', 'scripts/ready.sh', 'scripts/node.sh'])
      copyFileSync(join(ROOT, file), join(this.dir, file));
    writeFileSync(join(this.dir, 'package-lock.json'), '{"packages":{}}');
    writeFileSync(this.log, '');
    for (const tool of TOOLS) symlinkSync(`/usr/bin/${tool}`, join(this.bin, tool));
    this.program('id', `case $1 in -u) echo ${root ? 0 : 1000} ;; *) echo ${root ? 'root' : 'ann'} ;; esac`);
    for (const [name, text] of Object.entries(programs)) this.program(name, text);
  }

  program(name: string, text: string, folder: string = this.bin): void {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  }

  /** As `npm ci` leaves it, with a Node.js of shell text. */
  install(nodeText: string): void {
    const modules = join(this.dir, 'node_modules');
    mkdirSync(join(modules, '.bin'), { recursive: true });
    this.program('node', nodeText, join(modules, '.bin'));
    writeFileSync(join(modules, '.package-lock.json'), '{"packages":{}}');
    const past = new Date(Date.now() - 60_000);
    utimesSync(join(this.dir, 'package-lock.json'), past, past);
  }

  run(command: readonly string[], as: { uid?: number; gid?: number } = {}): Outcome {
    const { status, stdout, stderr } = spawnSync('/bin/sh', [...command], {
      ...as,
      cwd: this.dir,
      encoding: 'utf8',
      env: { PATH: this.bin, LOG: this.log, HERE: this.dir },
      timeout: 60_000,
    });
    return { status, stdout, lines: linesOf(stderr), noted: linesOf(readFileSync(this.log, 'utf8')) };
  }
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** Prints its arguments as the program that was started would, and its version. */
const GOOD_NODE = 'case $1 in --version) echo v26.10.0 ;; *) echo "ran $*" ;; esac';
/** Starts when the package of the library is there. */
const NEEDY_NODE = `if [ ! -e "$HERE/libatomic1" ]; then echo "$0: ${LOADER}" >&2; exit 127; fi\n${GOOD_NODE}`;
/** Knows two packages; an installation makes a file of each name. */
const APT: Readonly<Record<string, string>> = {
  'apt-get':
    'echo "apt-get $*" >>"$LOG"\n[ "$1" = install ] || exit 0\nfor name; do case $name in lib*) : >"$HERE/$name" ;; esac; done',
  'apt-cache': 'for name; do :; done\ncase $name in libatomic1 | libfoo2-3t64) echo "Package: $name" ;; esac',
};

test('a library that Node.js lacks: one line names the package, for the launcher and for the npm scripts', () => {
  const checkout = new Checkout({ root: false, programs: APT });
  checkout.install(NEEDY_NODE);
  for (const command of [
    ['shoal', '--version'],
    ['scripts/node.sh', 'scripts/test.ts'],
  ]) {
    const { status, lines, noted } = checkout.run(command);
    assert.equal(status, 1);
    assert.deepEqual(lines, [
      'shoal: Node.js 26 needs libatomic.so.1, which this system lacks: sudo apt-get install libatomic1',
    ]);
    assert.deepEqual(noted, []);
  }
});

test('as root on Debian it is installed, which is said', () => {
  const checkout = new Checkout({ root: true, programs: APT });
  checkout.install(NEEDY_NODE);
  const { status, lines, stdout, noted } = checkout.run(['shoal', '--version']);
  assert.equal(status, 0, lines.join('\n'));
  assert.deepEqual(lines, ['shoal: installing libatomic1 with apt-get (Node.js 26 needs libatomic.so.1)']);
  assert.match(stdout, /^ran .*src\/app\/main\.ts --version$/m);
  assert.ok(noted.includes('apt-get install -y --no-install-recommends libatomic1'), noted.join('\n'));
  assert.deepEqual(checkout.run(['shoal', '--version']).lines, []);
});

test('what an old Node.js made npm leave out is installed with Node.js 26, once', () => {
  const npm = 'echo "npm $*" >>"$LOG"; : >"$HERE/complete"';
  const checkout = new Checkout({ root: false, programs: { npm } });
  checkout.install(
    `case $* in *left-out) [ -e "$HERE/complete" ] || { echo @a/binding; exit 1; } ;; *) ${GOOD_NODE} ;; esac`,
  );
  const { status, lines, noted } = checkout.run(['shoal', '--version']);
  assert.equal(status, 0, lines.join('\n'));
  assert.deepEqual(lines, ['shoal: npm left out @a/binding: installing it with Node.js 26']);
  assert.deepEqual(noted, ['npm install --no-save --no-audit --no-fund --loglevel=error']);
  assert.deepEqual(checkout.run(['shoal', '--version']).lines, []);
});

test('a package for this system that is missing was left out; one for another system was not', () => {
  const linux = { os: 'linux', cpu: 'x64', libc: 'glibc' };
  const wanted = {
    'node_modules/a': {},
    'node_modules/@b/linux-x64': { os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
    'node_modules/@b/linux-musl': { os: ['linux'], cpu: ['x64'], libc: ['musl'] },
    'node_modules/@b/darwin': { os: ['darwin'] },
  };
  assert.deepEqual(leftOut({}, wanted, linux), ['@b/linux-x64']);
  assert.deepEqual(leftOut(wanted, wanted, linux), []);
  assert.deepEqual(leftOut({}, wanted, { os: 'darwin', cpu: 'arm64', libc: undefined }), ['@b/darwin']);
});

test('without apt the library is named, and its package on Debian', () => {
  const checkout = new Checkout({ root: true, programs: {} });
  checkout.install(NEEDY_NODE);
  const { status, lines } = checkout.run(['shoal', '--version']);
  assert.equal(status, 1);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /needs libatomic\.so\.1, .*on Debian: libatomic1/);
});

test('any library: its package by the rule of Debian, and where that finds none, its name', () => {
  const ldd = (name: string): string =>
    `printf '\\tlibc.so.6 => /lib/libc.so.6\\n\\t${name} => not found\\n'`;
  for (const [library, said] of [
    ['libfoo2.so.3', /sudo apt-get install libfoo2-3t64$/],
    ['libatomic.so.1', /sudo apt-get install libatomic1$/],
    ['libnobody-has.so.7', /install the packages that contain libnobody-has\.so\.7$/],
  ] as const) {
    const checkout = new Checkout({ root: false, programs: { ...APT, ldd: ldd(library) } });
    checkout.install(GOOD_NODE);
    const addon = join(checkout.dir, 'node_modules', 'later');
    mkdirSync(addon);
    writeFileSync(join(addon, 'later.node'), '');
    const { status, lines } = checkout.run(['shoal', '--version']);
    assert.equal(status, 1);
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0]!, said);
    // It is looked for after each installation, not at each start.
    checkout.program('ldd', 'echo "ldd $*" >>"$LOG"');
    assert.equal(checkout.run(['shoal', '--version']).status, 0);
    assert.match(checkout.run(['shoal', '--version']).noted.join('\n'), /^ldd \S+later\.node$/);
  }
});

test('a Node.js that does not start for another reason: its words, on one line', () => {
  const checkout = new Checkout({ root: true, programs: APT });
  checkout.install('echo "$0: version \\`GLIBC_2.99\' not found" >&2; echo "and more" >&2; exit 1');
  const { status, lines } = checkout.run(['shoal', '--version']);
  assert.equal(status, 1);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /does not start on this system: .*GLIBC_2\.99/);
});

test('no npm: one line names all packages that are needed', () => {
  const checkout = new Checkout({ root: false, programs: APT });
  const { status, lines } = checkout.run(['shoal', '--version']);
  assert.equal(status, 1);
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.match(lines[0]!, /sudo apt-get install nodejs npm/);
});

/** Installs as npm does; with scripts off it leaves the link to a Node.js that is not there. */
const npm = (nodeText: string): string =>
  [
    'echo "npm $*" >>"$LOG"',
    'mkdir -p node_modules/.bin',
    `printf '%s\\n' '#!/bin/sh' ${shellQuote(nodeText)} >node_modules/.bin/node`,
    'if [ -e with-scripts ]; then chmod +x node_modules/.bin/node; fi',
    'cp package-lock.json node_modules/.package-lock.json',
  ].join('\n');
const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

test('an npm that skips install scripts: the line says how to run that one', () => {
  const checkout = new Checkout({ root: false, programs: { ...APT, npm: npm(GOOD_NODE) } });
  const { status, lines, noted } = checkout.run(['shoal', '--version']);
  assert.equal(status, 1);
  assert.deepEqual(
    noted.map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['npm ci', 'npm rebuild'],
  );
  assert.match(
    lines.at(-1)!,
    /npm does not run the install script .*npm rebuild node --ignore-scripts=false$/,
  );
});

test('changed dependencies are installed again, which is said; a mere date is no change', () => {
  // The question is asked by the Node.js that runs this test.
  const node = `case $1 in --version) echo v26.10.0 ;; */installed.ts) exec ${process.execPath} ${ROOT}/scripts/installed.ts "$2" ;; *) echo "ran $*" ;; esac`;
  const checkout = new Checkout({ root: false, programs: { npm: npm(node) } });
  checkout.install(node);
  const lock = join(checkout.dir, 'package-lock.json');
  const future = new Date(Date.now() + 60_000);
  utimesSync(lock, future, future);
  assert.deepEqual(checkout.run(['shoal', 'list']).noted, []);

  writeFileSync(lock, '{"packages":{"node_modules/fastify":{"version":"6.0.0"}}}');
  utimesSync(lock, future, future);
  writeFileSync(join(checkout.dir, 'with-scripts'), '');
  const { status, lines, noted } = checkout.run(['shoal', 'list']);
  assert.equal(status, 0, lines.join('\n'));
  assert.match(lines[0]!, /^shoal: package-lock\.json has changed: installing/);
  assert.match(noted[0]!, /^npm ci /);
  assert.equal(checkout.run(['shoal', 'list']).noted.length, 1, 'once');
});

test('a checkout of somebody else: one line says who has to install', () => {
  const checkout = new Checkout({ root: false, programs: { npm: npm(GOOD_NODE) } });
  // Root may write everywhere, so the launcher runs as nobody there.
  const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  chmodSync(scratch, 0o755);
  chmodSync(checkout.dir, 0o555);
  const { status, lines, noted } = checkout.run(['shoal', 'list'], other);
  chmodSync(checkout.dir, 0o755);
  assert.equal(status, 1);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /cannot be written by ann: run this as \S+: cd .* && npm ci$/);
  assert.deepEqual(noted, []);
});

test('every script of package.json starts where Node.js 26 does not, and all name one version', () => {
  const { scripts, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const [name, command] of Object.entries(scripts as Record<string, string>))
    assert.match(command, /^(sh (\.\/shoal|scripts\/node\.sh) |npm )/, name);
  const major = /^NODE_MAJOR=(\d+)$/m.exec(readFileSync(join(ROOT, 'scripts', 'ready.sh'), 'utf8'))![1]!;
  assert.equal(engines.node, `>=${major}`);
  assert.equal(oldNodeMessage(`${major}.0.0`), undefined);
  assert.notEqual(oldNodeMessage(`${Number(major) - 1}.9.9`), undefined);
});

test('what is installed is compared package by package', () => {
  const lock = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/b-other-system': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  };
  const a = lock['node_modules/a'];
  assert.equal(holdsAll({ 'node_modules/a': a }, lock), true);
  assert.equal(holdsAll({ 'node_modules/a': { ...a, version: '0.9.0' } }, lock), false);
  assert.equal(holdsAll({ 'node_modules/a': { ...a, integrity: 'sha512-x' } }, lock), false);
  assert.equal(holdsAll({}, lock), false);
  const nested = { 'node_modules/a/node_modules/c': { version: '1.0.0' } };
  assert.equal(holdsAll({ 'node_modules/a': a, ...nested }, lock), false);
});
