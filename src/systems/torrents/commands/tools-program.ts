/** The commands that work on torrent files and for groups, and their options. */
import type { Command } from 'commander';
import { addOutputOptions, addStateOption } from '../../../cli/command-options.ts';
import {
  collectPeer,
  collectTracker,
  collectWebSeed,
  parsePieceLength,
  parsePort,
  parseSeconds,
  versionOptions,
  parsePath,
} from '../../../cli/options.ts';
import { examples } from '../../../cli/run.ts';

export function addCreate(program: Command): void {
  const command = program
    .command('create')
    .summary('make a torrent file of a file or folder')
    .description('Make a torrent file of a file or folder. The same input gives the same info hash.')
    .argument('<path>', '', parsePath)
    .option(
      '-o, --output <file>',
      'torrent file, or folder to put it in (default: NAME.torrent here)',
      parsePath,
    );
  for (const option of versionOptions()) command.addOption(option);
  command
    .option(
      '--piece-length <n>',
      'bytes a piece, a power of two from 16K to 64M (default: chosen by size)',
      parsePieceLength,
    )
    .option(
      '--tracker <url>',
      'announce URL; again for another tier, with commas for one tier',
      collectTracker,
    )
    .option('--web-seed <url>', 'HTTP address of the data (BEP 19); repeatable', collectWebSeed)
    .option('--dht-node <host:port>', 'DHT node that is written into it (BEP 5); repeatable', collectPeer)
    .option('--private', 'find peers by the trackers only (BEP 27)')
    .option('--comment <text>', 'note for people')
    .option('--source <text>', "mark that makes the info hash the tracker's own");
  addOutputOptions(command)
    .addHelpText(
      'after',
      examples([
        'shoal create photos/',
        'shoal create film.mkv --tracker udp://tracker.example:6969 -o film.torrent',
      ]),
    )
    .action(async (path: string, options) => (await import('./create.ts')).runCreate(path, options));
}

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .summary('check data against a torrent file')
    .description('Check the data of a torrent file in a folder against its hashes.')
    .argument('<torrent>', '', parsePath)
    .argument('<dir>', '', parsePath);
  addOutputOptions(command)
    .addHelpText('after', examples(['shoal verify film.torrent ~/Films']))
    .action(async (torrent: string, dir: string, options) =>
      (await import('./verify.ts')).runVerify(torrent, dir, options),
    );
}

export function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .summary('show what a torrent file or magnet link holds')
    .description('Show everything in a torrent file or magnet link.')
    .argument('<link>');
  addOutputOptions(command)
    .addHelpText('after', examples(['shoal inspect film.torrent', "shoal inspect 'magnet:?xt=…' --json"]))
    .action(async (link: string, options) => (await import('./inspect.ts')).runInspect(link, options));
}

export function addTracker(program: Command): void {
  const command = program
    .command('tracker')
    .summary('run a tracker for a group')
    .description('Run a tracker over HTTP and UDP on one port, until interrupted.')
    .option('--port <n>', 'listen on this port (default: 6969)', parsePort)
    .option('--interval <s>', 'seconds between announces of a peer (default: 900)', parseSeconds);
  addOutputOptions(addStateOption(command))
    .addHelpText(
      'after',
      examples([
        'shoal tracker',
        'shoal tracker --port 6969',
        'shoal share ~/Pictures --tracker http://localhost:6969/announce',
      ]),
    )
    .action(async (options) => (await import('./tracker.ts')).runTracker(options));
}
