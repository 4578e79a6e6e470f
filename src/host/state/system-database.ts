/** The database of one system in the state folder. One that is broken is set aside, and the system begins anew. */
import { join } from 'node:path';
import type { ShoalError } from '../../ground/errors.ts';
import { tightenDatabase } from '../../ground/node/private-folder.ts';
import { openDatabase, setAside } from './database.ts';
import type { DatabaseSync } from './sqlite.ts';

export interface SystemDatabaseOptions {
  /** The state folder, claimed by this process. */
  readonly folder: string;
  readonly file: string;
  readonly migrations: readonly string[];
  /** What the person should hear is added to these. */
  readonly notices: string[];
}

/** @throws ShoalError state-too-new, no-permission, io-error */
export function openOrSetAside({ folder, file, migrations, notices }: SystemDatabaseOptions): DatabaseSync {
  const path = join(folder, file);
  tightenDatabase(folder, file);
  try {
    return openDatabase({ path, migrations, notices });
  } catch (error) {
    if ((error as ShoalError).code !== 'state-broken') throw error;
    notices.push(`${(error as Error).message}. It was set aside as ${setAside(path)}`);
    return openDatabase({ path, migrations, notices });
  }
}

/** Its name, unless the system says otherwise. */
export const databaseFileOf = ({
  name,
  databaseFile = `${name}.db`,
}: {
  readonly name: string;
  readonly databaseFile?: string;
}): string => databaseFile;
