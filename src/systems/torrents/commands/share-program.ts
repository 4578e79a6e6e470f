/** The commands that share and fetch, and their options. */
import type { Command } from 'commander';
import { addPeerOptions } from '../../../cli/command-options.ts';
import {
  collectPattern,
  collectPeer,
  collectTracker,
  parsePieceLength,
  parseRatio,
  parseSeconds,
  versionOptions,
  parsePath,
} from '../../../cli/options.ts';
import { examples } from '../../../cli/run.ts';

export function addShare(program: Command): void {
  const command = program
    .command('share')
    .summary('offer a file or folder until interrupted')
    .description('Offer a file or folder in place, or the data of a torrent file, until interrupted.')
    .argument('<path>', '', parsePath)
    .option('--dir <dir>', 'folder that holds the data of a torrent file (default: beside it)', parsePath);
  for (const option of versionOptions()) command.addOption(option);
  command
    .option('--tracker <url>', 'announce to this tracker; repeatable', collectTracker)
    .option('--piece-length <n>', 'bytes a piece (default: chosen by size)', parsePieceLength)
    .option('--private', 'find peers by the trackers only (BEP 27)')
    .option('--super-seed', 'show each peer one piece at a time (BEP 16): for the first seed of a share');
  addPeerOptions(command, { onlySends: true })
    .addHelpText(
      'after',
      examples(['shoal share ~/Pictures', 'shoal share film.torrent --dir ~/Films --limit-up 2M']),
    )
    .action(async (path: string, options) => (await import('./share.ts')).runShare(path, options));
}

export function addGet(program: Command): void {
  const command = program
    .command('get')
    .summary('fetch the share of a link')
    .description('Fetch the share of a magnet link, an info hash, a torrent file or its http address.')
    .argument('<link>')
    .option('-o, --output <dir>', 'folder for the share (default: this one)', parsePath)
    .option(
      '--select <glob>',
      'fetch only files whose path matches, e.g. "*.flac"; repeatable',
      collectPattern,
    )
    .option('--sequential', 'fetch first pieces first')
    .option('--peer <host:port>', 'ask this peer; repeatable', collectPeer)
    .option('--tracker <url>', 'announce to this tracker as well; repeatable', collectTracker)
    .option('--seed-time <s>', 'seed so many seconds when complete', parseSeconds)
    .option(
      '--seed-ratio <r>',
      'seed until so many times the size of the wanted files was sent, in all runs',
      parseRatio,
    )
    .option('--timeout <s>', 'give up when no data came for so many seconds (exit status 3)', parseSeconds);
  addPeerOptions(command)
    .addHelpText(
      'after',
      examples([
        "shoal get 'magnet:?xt=urn:btih:…' -o ~/Downloads",
        'shoal get album.torrent --select "*.flac" --seed-ratio 1',
      ]),
    )
    .action(async (link: string, options) => (await import('./get.ts')).runGet(link, options));
}

export function addPublish(program: Command): void {
  const command = program
    .command('publish')
    .summary('offer a folder under a link that outlives its versions')
    .description(
      'Publish a file or folder under your key until interrupted, and print a link that stays the same. Run it again when the folder has changed: followers fetch the changes.',
    )
    .argument('<name>')
    .argument('<path>', '', parsePath)
    .option('--key <name>', 'sign with this key (default: your first one, made when there is none)')
    .option('--piece-length <n>', 'bytes a piece (default: as in the last version)', parsePieceLength);
  addPeerOptions(command, { needsDht: true, onlySends: true })
    .addHelpText(
      'after',
      examples(['shoal publish photos ~/Pictures', 'shoal publish app ./dist --key work']),
    )
    .action(async (name: string, path: string, options) =>
      (await import('./publish.ts')).runPublish(name, path, options),
    );
}

export function addFollow(program: Command): void {
  const command = program
    .command('follow')
    .summary('keep a folder at the newest version of a publication')
    .description('Fetch the newest version of a publication, keep it up to date, and pass it on.')
    .argument('<link>')
    .option('-o, --output <dir>', 'folder to put it in (default: this one)', parsePath)
    .option('--once', 'stop when the newest version is here')
    .option('--every <s>', 'look for a newer version so often (default: 300)', parseSeconds)
    .option('--peer <host:port>', 'ask this peer; repeatable', collectPeer)
    .option('--timeout <s>', 'give up when no version is found for so long (exit status 3)', parseSeconds);
  addPeerOptions(command, { needsDht: true })
    .addHelpText('after', examples(["shoal follow 'magnet:?xs=urn:btpk:…&s=…' -o ~/Shared"]))
    .action(async (link: string, options) => (await import('./follow.ts')).runFollow(link, options));
}
