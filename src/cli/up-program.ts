/** The options of `shoal up`. */
import { type Command, Option } from 'commander';
import { addCommonOptions, parsePort } from './options.ts';
import { examples } from './run.ts';

export function addUp(program: Command): void {
  const command = program.command('up').summary('run the always-on peer that other programs drive');
  command.description(
    "Runs a peer that holds its shares over restarts, and shows its page. Programs drive it through its HTTP API or Transmission's RPC.",
  );
  command
    .option('--api-port <n>', 'port of its interfaces (default: 9091)', parsePort)
    .option(
      '--api-host <address>',
      'address of its interfaces (default: 127.0.0.1); on others a token is asked for',
    )
    .option('--api-token', 'ask for the token on this machine as well')
    .option('--on-done <program>', 'run it when a share is whole: folder and name are its arguments')
    .option('--ip-filter <file>', 'addresses that are not talked to: P2P, DAT or CIDR lines')
    .addOption(
      new Option('--log-level <level>', 'write structured logs (default with --log-file: info)').choices([
        'error',
        'warn',
        'info',
        'debug',
      ]),
    )
    .option('--log-file <file>', 'where logs go (default: standard error)')
    .option('--no-open', 'do not open the page in the browser of a desktop')
    .option('--download-dir <dir>', 'where fetched files go (default: ~/Downloads)');
  addCommonOptions(command)
    .addHelpText(
      'after',
      examples(['shoal up', 'shoal up --download-dir /srv/files', 'transmission-remote --add film.torrent']),
    )
    .action(async (options) => (await import('./up.ts')).runUp(options));
}

export function addStream(program: Command): void {
  const command = program
    .command('stream')
    .summary('play what a link names while it loads')
    .argument('<link>')
    .argument('[file]');
  command
    .description(
      'Prints the address at which a player plays a file of a link while it loads: the largest film or song, unless one is named by path or number. The peer that is up takes it; where none is, this one is up until it is stopped.',
    )
    .option('--player <program>', 'run it with the address, and end when it ends')
    .option('--api-port <n>', 'port of its interfaces (default: any that is free)', parsePort)
    .option('--download-dir <dir>', 'where fetched files go (default: ~/Downloads)');
  addCommonOptions(command)
    .addHelpText(
      'after',
      examples(["shoal stream 'magnet:?xt=…'", "shoal stream 'magnet:?xt=…' film.mkv --player mpv"]),
    )
    .action(async (link: string, file: string | undefined, options) =>
      (await import('./stream.ts')).runStream(link, file, options),
    );
}
