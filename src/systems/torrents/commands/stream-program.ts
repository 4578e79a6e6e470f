/** `shoal stream` and its options. */
import type { Command } from 'commander';
import { addPeerOptions } from '../../../cli/command-options.ts';
import { parsePath, parsePort } from '../../../cli/options.ts';
import { examples } from '../../../cli/run.ts';
import type { DaemonRunner } from '../../../host/system.ts';

export function addStream(program: Command, daemon: DaemonRunner): void {
  const command = program
    .command('stream')
    .summary('play a file of a share while it loads')
    .description(
      'Print the address at which a player plays a file of a share while it loads: the largest film or song, unless a file is named by path or number. The daemon does the work; where none is up, this command is the daemon until it is stopped.',
    )
    .argument('<link>')
    .argument('[file]')
    .option('--player <program>', 'run it with the address, and end when it ends')
    .option('--api-port <n>', 'port of its interfaces (default: any that is free)', parsePort)
    .option('--download-dir <dir>', 'folder for downloads (default: ~/Downloads)', parsePath);
  addPeerOptions(command)
    .addHelpText(
      'after',
      examples(["shoal stream 'magnet:?xt=…'", "shoal stream 'magnet:?xt=…' film.mkv --player mpv"]),
    )
    .action(async (link: string, file: string | undefined, options) =>
      (await import('./stream.ts')).runStream(link, file, options, daemon),
    );
}
