/** `shoal up` and its options. */
import { type Command, Option } from 'commander';
import { addOutputOptions, addStateOption } from '../cli/command-options.ts';
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
