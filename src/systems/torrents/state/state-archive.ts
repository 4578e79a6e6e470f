/**
 * A state folder in one file, for taking it to another machine: a copy of the database, made while a peer may run, with
 * the keys and the torrents in a table of their own. Secret keys are in it, so only the owner may read it.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { makeFolderSync } from '../../../ground/node/make-folder.ts';
import { MIGRATIONS, StateDb } from './state-db.ts';
import { OWNER_FOLDER } from '../../../ground/node/private-folder.ts';
import { DatabaseSync } from '../../../host/state/sqlite.ts';
import { replaceFile } from '../../../ground/node/replace-file.ts';

const FOLDERS = ['keys', 'torrents'] as const;
const NAME = /^(keys|torrents)\/[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;

export interface ArchiveSummary {
  readonly shares: number;
  readonly files: number;
}

/** @throws ShoalError name-conflict, no-space, … */
export function exportState(folder: string, path: string): ArchiveSummary {
  if (existsSync(path)) throw new ShoalError('name-conflict', `${path} exists: choose another name`);
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const state = StateDb.open(folder);
  try {
    state.copyTo(temporary);
    chmodSync(temporary, 0o600);
    const shares = state.shares.list().length;
    const db = new DatabaseSync(temporary);
    let files = 0;
    try {
      // The copy is one file, whatever happens to it.
      db.exec('PRAGMA journal_mode = DELETE');
      db.exec('CREATE TABLE archived_files (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT');
      // Locks are of this machine's processes.
      db.exec('DELETE FROM locks');
      const insert = db.prepare('INSERT INTO archived_files VALUES (?, ?)');
      for (const name of archivedFiles(folder)) {
        insert.run(name, readFileSync(join(folder, name)));
        files++;
      }
    } finally {
      db.close();
    }
    renameSync(temporary, path);
    return { shares, files };
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fromSystemError(`cannot export to ${path}`, error);
  } finally {
    state.close();
  }
}

function* archivedFiles(folder: string): Generator<string> {
  for (const sub of FOLDERS) {
    if (!existsSync(join(folder, sub))) continue;
    for (const name of readdirSync(join(folder, sub)))
      if (NAME.test(`${sub}/${name}`)) yield `${sub}/${name}`;
  }
}

/**
 * Into a state folder that holds nothing yet: two pasts cannot be made one.
 * @throws ShoalError name-conflict, state-broken, state-too-new
 */
export function importState(path: string, folder: string): ArchiveSummary {
  if (!existsSync(path)) throw new ShoalError('not-found', `there is no ${path}`);
  if (existsSync(join(folder, 'shoal.db')))
    throw new ShoalError(
      'name-conflict',
      `${folder} holds a state already: name another folder with --state, or move it away`,
    );
  const files = readArchive(path);
  try {
    makeFolderSync(folder, OWNER_FOLDER);
    for (const sub of FOLDERS) makeFolderSync(join(folder, sub), OWNER_FOLDER);
    for (const [name, content] of files) {
      if (name.startsWith('keys/') && existsSync(join(folder, name)))
        throw new ShoalError('name-conflict', `${join(folder, name)} exists: keys are never overwritten`);
      replaceFile(join(folder, name), content);
    }
    // The database comes last: with it the folder holds a state.
    replaceFile(join(folder, 'shoal.db'), readFileSync(path));
    const raw = new DatabaseSync(join(folder, 'shoal.db'));
    raw.exec('DROP TABLE archived_files');
    raw.close();
    const state = StateDb.open(folder);
    const shares = state.shares.list().length;
    state.close();
    return { shares, files: files.size };
  } catch (error) {
    throw fromSystemError(`cannot import ${path}`, error);
  }
}

function readArchive(path: string): Map<string, Uint8Array> {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    if (db.prepare('PRAGMA quick_check(1)').get()!.quick_check !== 'ok') throw new Error('it is damaged');
    const version = db.prepare('PRAGMA user_version').get()!.user_version as number;
    if (version > MIGRATIONS.length)
      throw new ShoalError('state-too-new', `${path} was written by a newer Shoal: update this one`);
    const files = new Map<string, Uint8Array>();
    for (const row of db.prepare('SELECT name, content FROM archived_files').all()) {
      const name = row.name as string;
      if (!NAME.test(name)) throw new Error(`it holds "${name}"`);
      files.set(name, row.content as Uint8Array);
    }
    return files;
  } catch (error) {
    if (error instanceof ShoalError) throw error;
    throw new ShoalError('state-broken', `${path} is no exported state: ${(error as Error).message}`, error);
  } finally {
    db?.close();
  }
}
