/**
 * The SQLite of Node.js. It is looked up when this module runs, because an import of a built-in module that an old Node.js
 * lacks fails before the check of its version (require-node.ts) has run.
 */
import type sqlite from 'node:sqlite';

export const DatabaseSync: typeof sqlite.DatabaseSync = process.getBuiltinModule('node:sqlite').DatabaseSync;
export type DatabaseSync = sqlite.DatabaseSync;
