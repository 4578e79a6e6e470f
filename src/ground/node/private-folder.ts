/**
 * The state folder is its owner's alone: the folder has mode 0700, every folder in it as well, every file 0600. New
 * entries are made so; what an older version or another program left looser is tightened when a peer claims the folder.
 * In it are the token of the interfaces, signing keys, the names of all shares, and bytes of files that nobody wanted.
 *
 * Only names that Shoal makes are touched: a person may name a folder with `--state` that holds other things as well.
 */
import { chmodSync, closeSync, lstatSync, openSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../errors.ts';
import { makeFolderSync } from './make-folder.ts';

export const OWNER_FOLDER = 0o700;
export const OWNER_FILE = 0o600;
/** The permissions of the group and of everybody else. */
const OTHERS = 0o077;
/** The sticky bit: an account may remove only its own files. */
const STICKY = 0o1000;
/** One level each. The folders in `runs` are state folders of their own, and tightened when those are claimed. */
const FOLDERS = ['edges', 'journals', 'keys', 'rules', 'runs', 'torrents'] as const;
const OWN_FILE =
  /^(shoal\.db|peer\.(lock|pid)|api\.json|api-(token|keys|sessions)|page\.html|blocklist\.txt|(systems|settings)\.json)/;

/**
 * Makes the folder, or makes one that is there the owner's alone.
 * @returns what the person should hear
 * @throws ShoalError bad-argument, no-permission, …
 */
export function makePrivateFolder(folder: string): string[] {
  try {
    makeFolderSync(folder, OWNER_FOLDER);
  } catch (error) {
    throw fromSystemError(`cannot make the state folder ${folder} (choose another with --state)`, error);
  }
  // It may be named by a link to it.
  const real = realpathSync(folder);
  if (isForEverybody(real))
    throw new ShoalError(
      'bad-argument',
      `${folder} is for all accounts, and the state folder is for one: name a folder in it with --state`,
    );
  const wasLoose = tighten(real, OWNER_FOLDER);
  if (isLoose(real))
    return [`other accounts may read the state folder ${folder}: its mode could not be changed to 0700`];
  // An empty folder has disclosed nothing.
  return wasLoose && namesIn(folder).length > 0
    ? [`the state folder ${folder} could be read by other accounts; it is yours alone now`]
    : [];
}

/** Makes the folders that a peer writes to, and tightens what an older version left looser. */
export function tightenFiles(folder: string): void {
  // Storage makes these by itself, without a mode.
  for (const name of ['edges', 'journals']) makeFolderSync(join(folder, name), OWNER_FOLDER);
  for (const name of namesIn(folder)) if (OWN_FILE.test(name)) tighten(join(folder, name), OWNER_FILE);
  for (const name of FOLDERS) {
    const path = join(folder, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    tighten(path, OWNER_FOLDER);
    for (const inside of namesIn(path)) tighten(join(path, inside), OWNER_FILE);
  }
}

/** A database of a system, with what SQLite and migrations keep beside it. */
export function tightenDatabase(folder: string, file: string): void {
  for (const name of namesIn(folder))
    if (name === file || name.startsWith(`${file}-`) || name.startsWith(`${file}.`))
      tighten(join(folder, name), OWNER_FILE);
}

/** An empty file with the mode that SQLite keeps, also for what it puts beside it. One that is there stays as it is. */
export function touchPrivate(path: string): void {
  closeSync(openSync(path, 'a', OWNER_FILE));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Windows keeps lists of accounts instead; a folder of a profile is its owner's there. */
const isLoose = (path: string): boolean => {
  if (process.platform === 'win32') return false;
  const info = lstatSync(path, { throwIfNoEntry: false });
  return info !== undefined && !info.isSymbolicLink() && (info.mode & OTHERS) !== 0;
};

/** Like `/tmp`: with the mode of a state folder, other accounts could not use it any more. */
function isForEverybody(folder: string): boolean {
  return process.platform !== 'win32' && (statSync(folder).mode & STICKY) !== 0;
}

/** Files of other accounts, and disks without modes, stay as they are. @returns whether it was loose */
function tighten(path: string, mode: number): boolean {
  if (!isLoose(path)) return false;
  try {
    chmodSync(path, mode);
  } catch {
    // The notice about the folder says so.
  }
  return true;
}
