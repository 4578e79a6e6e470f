/** The database of one system: `<name>.db` in the state folder. One that is broken is set aside, and the system begins anew. */
import { join } from 'node:path';
import type { ShoalError } from '../../ground/errors.ts';
import { type DatabaseOptions, openDatabase, setAside } from './database.ts';
import type { DatabaseSync } from './sqlite.ts';

/** @throws ShoalError state-too-new, no-permission, io-error */
export function openOrSetAside({ path, migrations, notices }: DatabaseOptions): DatabaseSync {
  try {
    return openDatabase({ path, migrations, notices });
  } catch (error) {
    if ((error as ShoalError).code !== 'state-broken') throw error;
    notices.push(`${(error as Error).message}. It was set aside as ${setAside(path)}`);
    return openDatabase({ path, migrations, notices });
  }
}

/** Where a system's database lies. */
export const databasePathOf = (folder: string, system: string): string => join(folder, `${system}.db`);
