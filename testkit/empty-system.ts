/**
 * A system that holds nothing and declares everything: what one touches to add a system (ARCHITECTURE.md), as files. By path
 * below `src/systems/empty/`.
 */

const SYSTEM = `/** The empty system as the host sees it: it holds nothing, and says so in every way. */
import type { SystemDeclaration } from '../../host/system.ts';
import type { Mount } from '../../http/mount.ts';
import { COMMANDS } from './commands.ts';
import { ERRORS } from './errors.ts';

export const empty: SystemDeclaration<Mount> = {
  name: 'empty',
  summary: 'holds nothing',
  isOnByDefault: false,
  needs: [],
  usesIfOn: ['torrents'],
  commands: COMMANDS,
  errors: ERRORS,
  roots: [{ path: '/void', authentication: 'basic' }],
  settings: () => import('./settings.ts'),
  tables: () => import('./tables.ts'),
  load: () => import('./open.ts'),
};
`;

const COMMANDS = `/** The commands of the empty system. */
import { addOutputOptions, addStateOption } from '../../cli/command-options.ts';
import type { DriveOptions } from '../../cli/daemon-client.ts';
import type { Commands } from '../../host/system.ts';

export const COMMANDS: Commands = {
  tools: (program) => {
    const command = program.command('look').summary('look into the void').description('Look into the void.');
    addOutputOptions(addStateOption(command)).action(async (options: DriveOptions) =>
      (await import('./look.ts')).runLook(options),
    );
  },
};
`;

const LOOK = `/** \`shoal look\`: asks the daemon what is in the void. */
import { connectDaemon, type DriveOptions, isDown } from '../../cli/daemon-client.ts';
import { createOutput } from '../../cli/options.ts';
import { EXIT, runCommand } from '../../cli/run.ts';

export async function runLook(options: DriveOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const daemon = connectDaemon(options, signal);
    if (daemon === undefined) throw isDown(options.state ?? '');
    await daemon.ask('GET', '/void');
    return EXIT.done;
  });
}
`;

const ERRORS = `/** The error codes of the empty system. */
import { type ErrorDeclarations, EXIT } from '../../host/errors.ts';

declare module '../../ground/errors.ts' {
  interface SystemErrorCodes {
    'nobody-there': true;
  }
}

export const ERRORS: ErrorDeclarations = {
  'nobody-there': {
    httpStatus: 410,
    exitStatus: EXIT.nothingFound,
    meaning: 'the void is empty',
    remedy: 'look elsewhere',
  },
};
`;

const SETTINGS = `/** The settings section of the empty system. */
import { setting, type Static, Type } from '../../host/schema.ts';

export const SETTINGS = Type.Object({
  depth: setting(Type.Integer({ minimum: 1, maximum: 9 }), 3, 'The void is so many metres deep.'),
});
export type Settings = Static<typeof SETTINGS>;
`;

const TABLES = `/** The database of the empty system. */
export const MIGRATIONS: readonly string[] = ['CREATE TABLE links (text TEXT NOT NULL) STRICT'];
`;

const OPEN = `/** Opens the empty system. */
import { ShoalError } from '../../ground/errors.ts';
import type { LinkOpener } from '../../host/links.ts';
import type { OpenSystem, Services } from '../../host/system.ts';
import type { DatabaseSync } from '../../host/state/sqlite.ts';
import type { Mount } from '../../http/mount.ts';
import type { Settings } from './settings.ts';

export async function open({ database }: Services, settings: Settings): Promise<OpenSystem<Mount>> {
  let { depth } = settings;
  const count = (): number => database.prepare('SELECT count(*) AS n FROM links').get()!.n as number;
  return {
    surface: {
      addRoutes: (server) => {
        server.get('/api/v1/empty', () => ({ depth, links: count() }));
        server.get('/void', () => {
          throw new ShoalError('nobody-there', 'nobody is there');
        });
      },
    },
    opener: createOpener(database),
    status: () => ({ line: \`nothing, \${depth} m deep\`, facts: { depth, links: count() } }),
    configure: (changed) => {
      depth = changed.depth as number;
    },
    close: async () => {},
  };
}

const createOpener = (database: DatabaseSync): LinkOpener => ({
  claim: (link) => (typeof link === 'string' && link.startsWith('void:') ? 'sure' : 'no'),
  open: async ({ link }) => {
    database.prepare('INSERT INTO links VALUES (?)').run(String(link));
    return { isNew: true, line: 'it fell into the void', item: { link: String(link) } };
  },
});
`;

const README = `# empty

Holds nothing. It speaks no protocol, owns \`/void\`, and does not own what is elsewhere.
`;

export const EMPTY_SYSTEM: Readonly<Record<string, string>> = {
  'system.ts': SYSTEM,
  'commands.ts': COMMANDS,
  'look.ts': LOOK,
  'errors.ts': ERRORS,
  'settings.ts': SETTINGS,
  'tables.ts': TABLES,
  'open.ts': OPEN,
  'README.md': README,
};
