/**
 * A state folder in one file, for taking it to another machine: a copy of each system's database, made while a daemon may
 * run, the switches and settings, the keys, and what systems keep in folders. Secret keys are in it, so only the owner may
 * read it.
 *
 * The file is a SQLite database: `archive` has the version of its form, `archived_files` the files. Form 1, of older
 * versions, is the database of torrents itself with the other files in an additional table `archived_files`.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import { makeFolderSync } from '../../ground/node/make-folder.ts';
import { OWNER_FOLDER, touchPrivate } from '../../ground/node/private-folder.ts';
import { replaceFile } from '../../ground/node/replace-file.ts';
import { OLD_DATABASE, requireFreeFolder, writeOldDatabase } from './state-import.ts';
import { DatabaseSync } from './sqlite.ts';

const FORM = 2;
/** SQLite holds no blob of more than a billion bytes. */
const MAX_FILE_BYTES = 1_000_000_000;
/** Files of the host itself, besides the keys. */
export const HOST_FILES: readonly string[] = ['systems.json', 'settings.json'];
const KEYS = 'keys';

/** What a state folder may hold, as the systems of this program declare it. */
export interface StateContents {
  /** Databases, with the newest version of each that this program knows. */
  readonly databases: readonly { readonly file: string; readonly version: number }[];
  /** Folders of files. */
  readonly folders: readonly string[];
}

export interface ArchiveSummary {
  /** Keys, and files of the folders. */
  readonly files: number;
  /** Names of the databases. */
  readonly databases: readonly string[];
}

/** @throws ShoalError name-conflict, no-space, unsupported when a database is too large */
export function exportState(folder: string, path: string, contents: StateContents): ArchiveSummary {
  if (existsSync(path)) throw new ShoalError('name-conflict', `${path} exists: choose another name`);
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  let archive: DatabaseSync | undefined;
  try {
    touchPrivate(temporary);
    archive = new DatabaseSync(temporary);
    archive.exec(`CREATE TABLE archive (form INTEGER NOT NULL) STRICT; INSERT INTO archive VALUES (${FORM})`);
    archive.exec('CREATE TABLE archived_files (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT');
    const insert = archive.prepare('INSERT INTO archived_files VALUES (?, ?)');
    for (const name of HOST_FILES)
      if (existsSync(join(folder, name))) insert.run(name, readFileSync(join(folder, name)));
    const databases = contents.databases
      .map(({ file }) => file)
      .filter((file) => existsSync(join(folder, file)));
    for (const file of databases) insert.run(file, copyOf(join(folder, file), `${path}.copy`));
    let files = 0;
    for (const name of filesIn(folder, contents)) {
      insert.run(name, readFileSync(join(folder, name)));
      files++;
    }
    archive.close();
    archive = undefined;
    renameSync(temporary, path);
    return { files, databases };
  } catch (error) {
    archive?.close();
    rmSync(temporary, { force: true });
    throw fromSystemError(`cannot export to ${path}`, error);
  }
}

/** A consistent copy of a database, even while another process writes to it. @param temporary a path for it */
function copyOf(database: string, temporary: string): Uint8Array {
  rmSync(temporary, { force: true });
  const db = new DatabaseSync(database, { timeout: 10_000 });
  try {
    // SQLite takes an empty file for the copy, and keeps its mode.
    touchPrivate(temporary);
    db.prepare('VACUUM INTO ?').run(temporary);
    if (statSync(temporary).size > MAX_FILE_BYTES)
      throw new ShoalError('unsupported', `${database} is too large to export: it has more than 1 GB`);
    return readFileSync(temporary);
  } finally {
    db.close();
    rmSync(temporary, { force: true });
  }
}

function* filesIn(folder: string, { folders }: StateContents): Generator<string> {
  for (const sub of [KEYS, ...folders]) {
    if (!existsSync(join(folder, sub))) continue;
    for (const name of readdirSync(join(folder, sub)).sort())
      if (FILE_NAME.test(name)) yield `${sub}/${name}`;
  }
}

const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;

/**
 * Into a state folder that holds nothing yet: two pasts cannot be made one.
 * @throws ShoalError not-found, name-conflict, state-broken, state-too-new
 */
export function importState(path: string, folder: string, contents: StateContents): ArchiveSummary {
  if (!existsSync(path)) throw new ShoalError('not-found', `there is no ${path}`);
  const names = [...contents.databases.map(({ file }) => file), ...HOST_FILES];
  requireFreeFolder(folder, names);
  const { form, files } = readArchive(path, contents);
  const isDatabase = (name: string): boolean => contents.databases.some(({ file }) => file === name);
  const [databases, others] = [
    [...files.keys()].filter(isDatabase),
    [...files.keys()].filter((name) => !isDatabase(name)),
  ];
  const written: string[] = [];
  try {
    makeFolderSync(folder, OWNER_FOLDER);
    for (const sub of [KEYS, ...contents.folders]) makeFolderSync(join(folder, sub), OWNER_FOLDER);
    for (const name of others)
      if (name.startsWith(`${KEYS}/`) && existsSync(join(folder, name)))
        throw new ShoalError('name-conflict', `${join(folder, name)} exists: keys are never overwritten`);
    // The databases come last: with them the folder holds a state.
    for (const name of [...others, ...databases]) {
      if (!existsSync(join(folder, name))) written.push(name);
      replaceFile(join(folder, name), files.get(name)!);
    }
    if (form === 1) {
      written.push(OLD_DATABASE);
      databases.push(writeOldDatabase(path, folder));
    }
    return { files: others.filter((name) => name.includes('/')).length, databases };
  } catch (error) {
    // What is left would count as a state, and the same import would be refused for it.
    for (const name of written) rmSync(join(folder, name), { force: true });
    throw fromSystemError(`cannot import ${path}`, error);
  }
}

interface Archive {
  readonly form: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

function readArchive(path: string, contents: StateContents): Archive {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    if (db.prepare('PRAGMA quick_check(1)').get()!.quick_check !== 'ok') throw new Error('it is damaged');
    const form = formOf(db);
    if (form > FORM) throw tooNew(path);
    if (form === 1)
      requireKnown(
        path,
        'shoal.db',
        db.prepare('PRAGMA user_version').get()!.user_version as number,
        contents,
      );
    const files = new Map<string, Uint8Array>();
    for (const row of db.prepare('SELECT name, content FROM archived_files').all()) {
      const name = row.name as string;
      const content = row.content as Uint8Array;
      if (name.endsWith('.db') && !name.includes('/')) requireKnown(path, name, versionOf(content), contents);
      else if (!isAllowed(name, contents)) throw new Error(`it holds "${name}"`);
      files.set(name, content);
    }
    return { form, files };
  } catch (error) {
    if (error instanceof ShoalError) throw error;
    throw new ShoalError('state-broken', `${path} is no exported state: ${(error as Error).message}`, error);
  } finally {
    db?.close();
  }
}

function formOf(db: DatabaseSync): number {
  const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'archive'").get();
  return has === undefined ? 1 : (db.prepare('SELECT form FROM archive').get()!.form as number);
}

/** A manipulated archive must not write outside the folder. */
function isAllowed(name: string, { folders }: StateContents): boolean {
  if (HOST_FILES.includes(name)) return true;
  const [sub, file, ...rest] = name.split('/');
  return rest.length === 0 && file !== undefined && [KEYS, ...folders].includes(sub!) && FILE_NAME.test(file);
}

/** Offset of the user version in the header of a SQLite database (file format, section 1.3). */
const USER_VERSION_OFFSET = 60;
const MAGIC = 'SQLite format 3\0';

/** @throws Error when it is no database */
function versionOf(content: Uint8Array): number {
  if (new TextDecoder('latin1').decode(content.subarray(0, MAGIC.length)) !== MAGIC)
    throw new Error('a database in it is none');
  return new DataView(content.buffer, content.byteOffset).getUint32(USER_VERSION_OFFSET);
}

function requireKnown(path: string, file: string, version: number, { databases }: StateContents): void {
  const known = databases.find((database) => database.file === file);
  if (known === undefined || version > known.version) throw tooNew(path);
}

const tooNew = (path: string): ShoalError =>
  new ShoalError('state-too-new', `${path} was written by a newer Shoal: update this one`);
