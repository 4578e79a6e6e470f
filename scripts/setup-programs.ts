/**
 * Installs the programs that the interop tests and benchmarks run against: Debian packages when we are root and apt
 * is there, npm packages into interop/programs, Python libraries into a folder of the cache. Returns what is still missing and how to get it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './steps.ts';

/** Program to look for → Debian package. */
const DEBIAN: readonly (readonly [string, string])[] = [
  ['transmission-daemon', 'transmission-daemon'],
  ['transmission-show', 'transmission-cli'],
  ['aria2c', 'aria2'],
  ['rtorrent', 'rtorrent'],
  ['mktorrent', 'mktorrent'],
  ['opentracker', 'opentracker'],
  ['lighttpd', 'lighttpd'],
  ['ip', 'iproute2'],
  // Not on the PATH of ordinary users.
  ['/usr/sbin/mkfs.ext4', 'e2fsprogs'],
  ['chromium', 'chromium'],
  ['rclone', 'rclone'],
  ['curl', 'curl'],
  ['minisign', 'minisign'],
  ['pip3', 'python3-pip'],
];
const LIBTORRENT = 'python3-libtorrent';
const NPM_PACKAGES: readonly string[] = [
  'webtorrent',
  'bittorrent-tracker',
  'bittorrent-dht',
  'create-torrent',
  '@ctrl/qbittorrent',
];

export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
}

export function hasLibtorrent(): boolean {
  return spawnSync('/usr/bin/python3', ['-c', 'import libtorrent'], { stdio: 'ignore' }).status === 0;
}

export function hasNpmPrograms(): boolean {
  return NPM_PACKAGES.every((name) => existsSync(join(ROOT, 'interop', 'programs', 'node_modules', name)));
}

/** A registry that cannot be reached must not hold up the tests. */
const PIP_TIMEOUT_MS = 180_000;
const PYTHON_PINS = join(ROOT, 'interop', 'drivers', 'requirements.txt');

/** Where the Python libraries of a file of pins lie: outside of the checkout, by what they are pinned to. */
export function pythonLibraries(pins: string = PYTHON_PINS): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const digest = createHash('sha256').update(readFileSync(pins)).digest('hex').slice(0, 12);
  return join(cache, 'shoal-programs', `python-${digest}`);
}

export function hasPythonLibraries(): boolean {
  return existsSync(join(pythonLibraries(), 'qbittorrentapi')) && hasProgram('python3');
}

/**
 * Installs what a file of pins names, once, into a folder of its own.
 * @returns why it could not, where pip is missing or does not reach its registry
 */
export function installPython(pins: string, whatFor: string): string | undefined {
  if (!hasProgram('python3')) return 'there is no python3';
  const target = pythonLibraries(pins);
  if (existsSync(target)) return undefined;
  console.log(`installing Python libraries into ${target} (once, for ${whatFor})`);
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--root-user-action', 'ignore'];
  const args = ['-m', 'pip', 'install', ...quiet, '--no-deps', '--only-binary', ':all:', '--target', target];
  const { status, stderr } = spawnSync('python3', [...args, '--requirement', pins], {
    encoding: 'utf8',
    timeout: PIP_TIMEOUT_MS,
  });
  if (status === 0) return undefined;
  rmSync(target, { recursive: true, force: true });
  return (stderr ?? '').trim().split('\n').at(-1) ?? '';
}

function missingPackages(): string[] {
  const missing = DEBIAN.filter(([program]) => !hasProgram(program)).map(([, name]) => name);
  if (!hasLibtorrent()) missing.push(LIBTORRENT);
  return missing;
}

export async function setUpPrograms(): Promise<(readonly [string, string])[]> {
  const packages = missingPackages();
  if (packages.length > 0 && process.getuid?.() === 0 && hasProgram('apt-get')) {
    console.log(`installing ${packages.join(', ')} (once, for the interop tests)`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update'], { stdio: 'ignore', env });
    const args = ['install', '-y', '--no-install-recommends', ...packages];
    const { status, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' });
    if (status !== 0) console.log(stderr.slice(-2000));
  }
  if (!hasNpmPrograms()) {
    console.log(
      'installing webtorrent and bittorrent-tracker into interop/programs (once, for the interop tests)',
    );
    try {
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
      execFileSync('npm', args, { cwd: join(ROOT, 'interop', 'programs'), stdio: 'pipe' });
    } catch (error) {
      console.log(String((error as { stderr?: unknown }).stderr ?? error).slice(-2000));
    }
  }
  const trouble = installPython(PYTHON_PINS, 'the interop tests');
  if (trouble !== undefined) console.log(`tests with Python libraries are skipped: ${trouble}`);
  const missing: (readonly [string, string])[] = missingPackages().map((name) => [
    name,
    `sudo apt-get install ${name}`,
  ]);
  if (!hasNpmPrograms()) missing.push(['npm packages', 'cd interop/programs && npm ci --ignore-scripts']);
  return missing;
}

if (import.meta.main) {
  for (const [program, how] of await setUpPrograms()) console.log(`not here: ${program}; to get it: ${how}`);
}
