/** The rules system as the host sees it: what people choose not to fetch, serve or talk to. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SystemDeclaration } from '../../host/system.ts';
import type { Mount } from '../../http/mount.ts';
import { COMMANDS } from './commands/commands.ts';
import { addRulesOptions } from './commands/up-options.ts';
import { ERRORS } from './errors.ts';

export const rules: SystemDeclaration<Mount> = {
  name: 'rules',
  summary:
    'keeps to what people choose not to fetch, serve or talk to: deny lists, signed or not, and own rules',
  isOnByDefault: true,
  needs: [],
  addOptions: addRulesOptions,
  commands: COMMANDS,
  errors: ERRORS,
  settings: () => import('./settings.ts'),
  tables: () => import('./tables.ts'),
  stateFolders: ['rules'],
  standingFilter: async (folder) => {
    if (!existsSync(join(folder, 'rules.db'))) return undefined;
    const { openStandingRules } = await import('./node/standing.ts');
    const { rules: kept, close } = await openStandingRules(folder);
    return { filter: kept.filter, close };
  },
  load: () => import('./open.ts'),
};
