/** `shoal up` and `shoal stream`, and their options. */
import { type Command, Option } from 'commander';
import { addOutputOptions, addPeerOptions, addStateOption } from '../cli/command-options.ts';
import { collect, parsePath, parsePort } from '../cli/options.ts';
import { examples } from '../cli/run.ts';
import { CATALOG } from './catalog.ts';

export function addUp(program: Command): void {
  const command = program
    .command('up')
    .summary('run the daemon, with its page and its interfaces for programs')
    .description(
      "Run the daemon: it holds its shares over restarts, and shows its page. Programs drive it through its HTTP API, Transmission's RPC or qBittorrent's API.",
    )
    .option('--api-port <n>', 'port of its interfaces (default: 9091)', parsePort)
    .option(
      '--api-host <address>',
      'address of its interfaces (default: 127.0.0.1); on others every program needs the token',
    )
    .option('--api-token', 'ask programs of your account on this machine for the token as well')
    .addOption(
      new Option('--log-level <level>', 'write structured logs (default with --log-file: info)').choices([
        'error',
        'warn',
        'info',
        'debug',
      ]),
    )
    .option('--log-file <file>', 'write logs to this file (default: standard error)', parsePath)
    .option('--no-open', 'do not open the page in the browser of a desktop')
    .option('--system <name>', 'switch this system on for this start; repeatable', collect);
  for (const system of CATALOG) system.addOptions?.(command);
  addOutputOptions(addStateOption(command))
    .addHelpText(
      'after',
      examples(['shoal up', 'shoal up --download-dir /srv/files', 'transmission-remote --add film.torrent']),
    )
    .action(async (options) => (await import('./up.ts')).runUp(options));
}

export function addStream(program: Command): void {
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
      (await import('./stream.ts')).runStream(link, file, options),
    );
}
