/** The database of the torrents system, which is older than the rule `<name>.db`. */
import { HELD_TABLES } from './held-table.ts';
import { NETWORK_TABLES } from './network-memory.ts';
import { OWNER_COLUMN, ROSTER_TABLE, TIMES_TABLE } from './roster-table.ts';
import { FILE_TABLES, FOLDER_INDEX, SHARE_TABLES } from './share-table.ts';

export const DATABASE_FILE = 'shoal.db';

/** Entry n brings the database from version n to n + 1. Never edit one that was released: add another. */
export const MIGRATIONS: readonly string[] = [
  SHARE_TABLES,
  NETWORK_TABLES,
  FILE_TABLES,
  FOLDER_INDEX,
  ROSTER_TABLE,
  TIMES_TABLE,
  HELD_TABLES,
  OWNER_COLUMN,
];
