/**
 * Does node_modules hold what package-lock.json asks for? `npm ci` leaves node_modules/.package-lock.json, which lists
 * what it installed. Exit status 0: yes; 1: no. `ready.sh` asks after the lock file has changed.
 *
 * With `left-out` it prints the packages that are made for this system and are missing all the same, and exits with 1 if
 * there are any: npm leaves out an optional package when the Node.js that runs npm is too old for it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  /** npm leaves out what is made for another system. */
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** In the words of npm. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
  /** Undefined where there is no choice. */
  readonly libc: string | undefined;
}

/** Names of packages that fit the platform and are not there. Packages that are made for no platform are not meant. */
export function leftOut(present: LockedPackages, wanted: LockedPackages, platform: Platform): string[] {
  const fits = (list: readonly string[] | undefined, own: string | undefined): boolean =>
    list === undefined || own === undefined || list.includes(own);
  return Object.entries(wanted)
    .filter(([path, { os, cpu, libc }]) => {
      const isMadeForIt = os !== undefined && fits(os, platform.os) && fits(cpu, platform.cpu);
      return isMadeForIt && fits(libc, platform.libc) && present[path] === undefined;
    })
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

function ownPlatform(): Platform {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const libc = header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return { os: process.platform, cpu: process.arch, libc: process.platform === 'linux' ? libc : undefined };
}

/** Path from the checkout, such as `node_modules/fastify`, to the package there; `''` is the checkout itself. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

export function holdsAll(present: LockedPackages, wanted: LockedPackages): boolean {
  for (const [path, { version, integrity, optional, devOptional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const own = present[path];
    if (own === undefined) {
      if (optional !== true && devOptional !== true) return false;
    } else if (own.version !== version || own.integrity !== integrity) return false;
  }
  // A package that is no longer wanted would hide the one that is, where both have the same name.
  return Object.keys(present).every((path) => wanted[path] !== undefined);
}

function readPackages(...path: string[]): LockedPackages {
  return (JSON.parse(readFileSync(join(...path), 'utf8')) as { packages: LockedPackages }).packages;
}

if (import.meta.main) {
  const root = process.argv[2] ?? '.';
  const present = readPackages(root, 'node_modules', '.package-lock.json');
  const wanted = readPackages(root, 'package-lock.json');
  if (process.argv[3] === 'left-out') {
    const names = leftOut(present, wanted, ownPlatform());
    if (names.length > 0) console.log(names.join(' '));
    process.exitCode = names.length > 0 ? 1 : 0;
  } else process.exitCode = holdsAll(present, wanted) ? 0 : 1;
}
