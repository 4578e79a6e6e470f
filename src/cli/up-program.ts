/** The options of `shoal up`. */
import type { Command } from 'commander';
import { addCommonOptions, parsePort } from './options.ts';
import { examples } from './run.ts';

export function addUp(program: Command): void {
  const command = program.command('up').summary('run the always-on peer that other programs drive');
  command.description(
    "Runs a peer that holds its shares over restarts. Programs drive it through Transmission's RPC, on this machine only.",
  );
  command
    .option('--api-port <n>', 'port of its interfaces (default: 9091)', parsePort)
    .option('--download-dir <dir>', 'where fetched files go (default: ~/Downloads)');
  addCommonOptions(command)
    .addHelpText(
      'after',
      examples(['shoal up', 'shoal up --download-dir /srv/files', 'transmission-remote --add film.torrent']),
    )
    .action(async (options) => (await import('./up.ts')).runUp(options));
}
