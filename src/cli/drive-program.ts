/** The commands that drive the always-on peer, and their options. */
import type { Command } from 'commander';
import { resolve } from 'node:path';
import type { AddOptions, DriveOptions, LimitOptions } from './drive.ts';
import { collect, parseRate } from './options.ts';
import { examples } from './run.ts';

const drive = (): Promise<typeof import('./drive.ts')> => import('./drive.ts');

function common(command: Command): Command {
  return command
    .option(
      '--state <dir>',
      'state folder of the peer (default: $XDG_STATE_HOME/shoal or ~/.local/state/shoal)',
    )
    .option('--json', 'print one JSON object a line');
}

export function addDrive(program: Command): void {
  common(program.command('list').summary('list the shares of the peer that is up'))
    .description('Lists the shares of the peer that is up: number, progress, size, state, name.')
    .action(async (options: DriveOptions) => (await drive()).runList(options));

  common(
    program.command('add').summary('have the peer that is up fetch or share something').argument('<what>'),
  )
    .description('Has the peer that is up fetch a link or torrent file, or share a file or folder in place.')
    .option('-o, --output <dir>', 'folder for what is fetched (default: that of shoal up)')
    .option('--paused', 'do not start it yet')
    .option('--label <name>', 'a label; repeatable', collect)
    .addHelpText('after', examples(["shoal add 'magnet:?xt=…'", 'shoal add ~/Pictures --label holiday']))
    .action(async (what: string, options: AddOptions) => (await drive()).runAdd(what, options));

  const onEach = (name: string, summary: string): Command =>
    common(
      program
        .command(name)
        .summary(summary)
        .description(`${summary}.`)
        .argument('<share...>', 'number, or hash'),
    );
  onEach('pause', 'Pause shares of the peer that is up').action(
    async (which: string[], options: DriveOptions) =>
      (await drive()).runChange(which, options, () => ({
        method: 'PATCH',
        path: '',
        body: { isPaused: true },
      })),
  );
  onEach('resume', 'Let paused shares go on').action(async (which: string[], options: DriveOptions) =>
    (await drive()).runChange(which, options, () => ({
      method: 'PATCH',
      path: '',
      body: { isPaused: false },
    })),
  );
  onEach('recheck', 'Hash all data of shares again').action(async (which: string[], options: DriveOptions) =>
    (await drive()).runChange(which, options, () => ({ method: 'POST', path: '/recheck' })),
  );
  onEach('remove', 'Let the peer that is up forget shares')
    .option('--data', 'remove what was fetched as well; what is shared in place stays')
    .action(async (which: string[], options: DriveOptions & { readonly data?: boolean }) =>
      (await drive()).runChange(which, options, () => ({
        method: 'DELETE',
        path: `?data=${options.data === true}`,
      })),
    );

  addWishes(program, onEach);
  addDetails(program);

  common(program.command('down').summary('stop the peer that is up'))
    .description('Stops the peer that is up; all its shares go on when it is up again.')
    .action(async (options: DriveOptions) => (await import('./down.ts')).runDown(options));
}

function addWishes(program: Command, onEach: (name: string, summary: string) => Command): void {
  onEach('move', 'Move what was fetched to another folder, while it goes on')
    .requiredOption('-o, --output <dir>', 'the folder')
    .action(async (which: string[], options: DriveOptions & { readonly output: string }) =>
      (await drive()).runChange(which, options, () => ({
        method: 'PATCH',
        path: '',
        body: { folder: resolve(options.output) },
      })),
    );
  onEach('label', 'Add labels to shares, or take them away')
    .option('--add <name>', 'a label; repeatable', collect)
    .option('--remove <name>', 'a label; repeatable', collect)
    .addHelpText('after', examples(['shoal label 3 4 --add films', 'shoal label 3 --remove films']))
    .action(async (which: string[], options: DriveOptions & Labels) =>
      (await drive()).runChange(which, options, ({ labels }) => {
        const kept = labels.filter((label) => options.remove?.includes(label) !== true);
        const next = [...new Set([...kept, ...(options.add ?? [])])];
        return { method: 'PATCH', path: '', body: { labels: next } };
      }),
    );
  common(
    program.command('limit').summary('Limit what a share, or all together, may move').argument('[share]'),
  )
    .description('Limits what a share, or all of them together, may move.')
    .option('--down <rate>', 'most bytes a second to receive, e.g. 500K or 2M; none for no limit', parseLimit)
    .option('--up <rate>', 'most bytes a second to send; none for no limit', parseLimit)
    .addHelpText('after', examples(['shoal limit --down 2M --up 500K', 'shoal limit 3 --up none']))
    .action(async (which: string | undefined, options: LimitOptions) =>
      (await drive()).runLimit(which, options),
    );
}

interface Labels {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

const parseLimit = (text: string): number | null => (text === 'none' ? null : parseRate(text));

function addDetails(program: Command): void {
  const summaries = {
    files: 'List the files of a share: number, progress, size, priority, path',
    peers: 'List who is connected: how much each has, rates, address, program',
    trackers: 'List who tells a share of peers',
  } as const;
  for (const what of ['files', 'peers', 'trackers'] as const)
    common(
      program.command(what).summary(summaries[what]).description(`${summaries[what]}.`).argument('<share>'),
    ).action(async (which: string, options: DriveOptions) => (await drive()).runDetail(which, options, what));
  common(program.command('open').summary('Open the page of the peer that is up').argument('[share]'))
    .description('Opens the page of the peer that is up in the browser, at a share if one is named.')
    .action(async (which: string | undefined, options: DriveOptions) =>
      (await drive()).runOpen(which, options),
    );
}
