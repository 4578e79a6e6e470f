/** Importing a state: where it may go, and archives of form 1 (`state-archive.ts`). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShoalError } from '../../ground/errors.ts';
import { replaceFile } from '../../ground/node/replace-file.ts';
import { DatabaseSync } from './sqlite.ts';

export const OLD_DATABASE: string = 'shoal.db';

/** @param names files of which a folder that holds a state has one at least @throws ShoalError name-conflict */
export function requireFreeFolder(folder: string, names: readonly string[]): void {
  const found = names.find((name) => existsSync(join(folder, name)));
  if (found === undefined) return;
  throw new ShoalError(
    'name-conflict',
    `${folder} holds a state already (${found}): name another folder with --state, or move it away`,
  );
}

/** The archive is the database, with one table more. @returns its name */
export function writeOldDatabase(path: string, folder: string): string {
  const target = join(folder, OLD_DATABASE);
  replaceFile(target, readFileSync(path));
  const db = new DatabaseSync(target);
  db.exec('DROP TABLE archived_files');
  db.close();
  return OLD_DATABASE;
}
