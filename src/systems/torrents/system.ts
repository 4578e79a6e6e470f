/** The torrents system as the host sees it: shares over BitTorrent v1 and v2, and the interfaces of other clients. */
import type { SystemDeclaration } from '../../host/system.ts';
import type { Mount } from '../../http/mount.ts';
import { COMMANDS } from './commands/commands.ts';
import { addDaemonOptions } from './commands/daemon-options.ts';
import { addStateCommands } from './commands/state-program.ts';
import { ERRORS } from './errors.ts';
import { ROOTS } from './roots.ts';

export const torrents: SystemDeclaration<Mount> = {
  name: 'torrents',
  summary: 'shares and fetches files over BitTorrent v1 and v2',
  isOnByDefault: true,
  needs: [],
  usesIfOn: ['rules'],
  addOptions: addDaemonOptions,
  commands: COMMANDS,
  stateCommands: addStateCommands,
  describeKept: async (folder) => (await import('./commands/state.ts')).describeKept(folder),
  errors: ERRORS,
  roots: ROOTS,
  settings: () => import('./section.ts'),
  tables: () => import('./state/tables.ts'),
  databaseFile: 'shoal.db',
  stateFolders: ['torrents'],
  load: () => import('./open.ts'),
};
