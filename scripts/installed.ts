/**
 * Does node_modules hold what package-lock.json asks for? `npm ci` leaves node_modules/.package-lock.json, which lists
 * what it installed. Exit status 0: yes; 1: no. `ready.sh` asks after the lock file has changed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  /** npm leaves out what is made for another system. */
  readonly optional?: boolean;
  readonly devOptional?: boolean;
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
  process.exitCode = holdsAll(present, readPackages(root, 'package-lock.json')) ? 0 : 1;
}
