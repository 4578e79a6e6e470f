/**
 * Installs the programs that the interop tests and benchmarks run against: Debian packages when we are root and apt
 * is there, npm packages into interop/programs. Returns what is still missing and how to get it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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
  ['chromium', 'chromium'],
  ['rclone', 'rclone'],
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
