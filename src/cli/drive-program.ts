/** The commands that drive the always-on peer, and their options. */
import type { Command } from 'commander';
import type { AddOptions, DriveOptions } from './drive.ts';
import { collect } from './options.ts';
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

  common(program.command('down').summary('stop the peer that is up'))
    .description('Stops the peer that is up; all its shares go on when it is up again.')
    .action(async (options: DriveOptions) => (await drive()).runDown(options));
}
