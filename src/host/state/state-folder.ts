/**
 * The state folder of a process: where it is, and who may use it. One process claims it for itself; commands that only look
 * or keep keys open it beside that process.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import {
  makePrivateFolder,
  OWNER_FILE,
  tightenFiles,
  touchPrivate,
} from '../../ground/node/private-folder.ts';
import { DatabaseSync } from './sqlite.ts';

const LOCK = 'peer.lock';
const CLAIM_WAIT_MS = 100;

/** XDG base directory specification: state that persists but is not the person's data. */
export function defaultStateDir(): string {
  const base = process.env.XDG_STATE_HOME;
  if (base?.startsWith('/') === true) return join(base, 'shoal');
  return join(homedir(), '.local', 'state', 'shoal');
}

/**
 * A peer runs with that folder. Other programs cannot make it look so: a lock cannot outlive its process, and
 * the folder is the owner's alone.
 */
export function isStateClaimed(folder: string): boolean {
  const path = join(folder, LOCK);
  if (!existsSync(path)) return false;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0, readOnly: true });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return /locked|busy/i.test((error as Error).message);
  } finally {
    db?.close();
  }
}

/** A state folder that this process has claimed, until it releases the folder or ends. */
export interface ClaimedFolder {
  readonly folder: string;
  /** Messages for the person. */
  readonly notices: readonly string[];
  release(): void;
}

/** @throws ShoalError no-permission, state-in-use, bad-argument */
export function claimStateFolder(folder: string): ClaimedFolder {
  const notices = makePrivateFolder(folder);
  const lock = claim(folder);
  try {
    // Of a daemon that died: commands would send the token to the program that listens there by now.
    rmSync(join(folder, 'api.json'), { force: true });
    tightenFiles(folder);
  } catch (error) {
    lock.close();
    throw error;
  }
  return { folder, notices, release: () => lock.close() };
}

/**
 * An open transaction on a database of its own: the operating system ends it with the process, however that dies, and
 * no process id can be mistaken for another.
 */
function claim(folder: string): DatabaseSync {
  const holderPath = join(folder, 'peer.pid');
  let db: DatabaseSync | undefined;
  try {
    touchPrivate(join(folder, LOCK));
    // A moment for `isClaimed`, which looks at it and lets go.
    db = new DatabaseSync(join(folder, LOCK), { timeout: CLAIM_WAIT_MS });
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(holderPath, `${process.pid}\n`, { mode: OWNER_FILE });
    return db;
  } catch (error) {
    db?.close();
    if (!/locked|busy/i.test((error as Error).message))
      throw fromSystemError(`cannot use the state folder ${folder}`, error);
    let holder = 'another process';
    try {
      holder = `process ${readFileSync(holderPath, 'utf8').trim()}`;
    } catch {
      // It has not written its number yet.
    }
    throw new ShoalError(
      'state-in-use',
      `${holder} uses the state folder ${folder}: stop it, or give this peer another folder with --state`,
    );
  }
}
