/** The command line. Each command's work is loaded when it is run, so that `--help` is quick. */
import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../peer/version.ts';
import {
  addCommonOptions,
  collect,
  collectPeer,
  collectTracker,
  collectWebSeed,
  createOutput,
  parsePieceLength,
  parseRatio,
  parseSeconds,
  versionOptions,
} from './options.ts';
import { addDht } from './dht-program.ts';
import { addKey } from './key-program.ts';
import { addState } from './state-program.ts';
import { addDrive } from './drive-program.ts';
import { addStream, addUp } from './up-program.ts';
import { examples, EXIT } from './run.ts';

/**
 * What a transfer allocates dies young, in a small nursery as well as in a large one: without this, the heap of a fast
 * download is 15 MiB larger, at the same speed.
 */
const SMALL_NURSERY = '--semi-space-growth-factor=1';

export function createProgram(): Command {
  const program = new Command('shoal')
    .description('A peer-to-peer system in which every device is client and server at once.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError('(see --help)')
    .enablePositionalOptions()
    .exitOverride();
  for (const add of [
    addCreate,
    addShare,
    addGet,
    addUp,
    addStream,
    addDrive,
    addVerify,
    addInspect,
    addPublish,
    addFollow,
    addKey,
    addState,
    addDht,
    addTracker,
    addCompletion,
  ])
    add(program);
  for (const command of program.commands) {
    command.exitOverride();
    for (const part of command.commands) part.exitOverride();
  }
  program.addHelpText(
    'after',
    examples(['shoal share ~/Pictures', "shoal get 'magnet:?xt=…' -o ~/Downloads", 'shoal help get']),
  );
  return program;
}

function addCreate(program: Command): void {
  const command = program
    .command('create')
    .summary('make a torrent file of a file or folder')
    .argument('<path>');
  command.description('Makes a torrent file of a file or folder. The same input gives the same info hash.');
  command.option('-o, --output <file>', 'torrent file, or folder to put it in (default: NAME.torrent here)');
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
    .option('--private', 'peers come from the trackers only (BEP 27)')
    .option('--comment <text>', 'a note for people')
    .option('--source <text>', "a mark that makes the info hash the tracker's own");
  addCommonOptions(command)
    .addHelpText(
      'after',
      examples([
        'shoal create photos/',
        'shoal create film.mkv --tracker udp://tracker.example:6969/announce -o film.torrent',
      ]),
    )
    .action(async (path: string, options) => (await import('./create.ts')).runCreate(path, options));
}

function addShare(program: Command): void {
  const command = program
    .command('share')
    .summary('offer a file or folder until interrupted')
    .argument('<path>');
  command.description('Offers a file or folder in place, or the data of a torrent file, until interrupted.');
  command.option('--dir <dir>', 'where the data of a torrent file lies (default: beside it)');
  for (const option of versionOptions()) command.addOption(option);
  command
    .option('--tracker <url>', 'announce URL; repeatable', collectTracker)
    .option('--piece-length <n>', 'bytes a piece (default: chosen by size)', parsePieceLength)
    .option('--private', 'peers come from the trackers only (BEP 27)')
    .option('--super-seed', 'show each peer one piece at a time (BEP 16): for the first seed of a share');
  addCommonOptions(command)
    .addHelpText(
      'after',
      examples(['shoal share ~/Pictures', 'shoal share film.torrent --dir ~/Films --limit-up 2M']),
    )
    .action(async (path: string, options) => (await import('./share.ts')).runShare(path, options));
}

function addGet(program: Command): void {
  const command = program.command('get').summary('fetch what a link names').argument('<link>');
  command.description('Fetches what a magnet link, an info hash, a torrent file or its http address names.');
  command
    .option('-o, --output <dir>', 'folder to put it in (default: this one)')
    .option('--select <glob>', 'fetch only files whose path matches, e.g. "*.flac"; repeatable', collect)
    .option('--sequential', 'first pieces first')
    .option('--peer <host:port>', 'ask this peer; repeatable', collectPeer)
    .option('--tracker <url>', 'announce here as well; repeatable', collectTracker)
    .option('--seed-time <s>', 'seed so many seconds when complete', parseSeconds)
    .option('--seed-ratio <r>', 'seed until so many times the size was given', parseRatio)
    .option(
      '--timeout <s>',
      'give up when nothing new came for so many seconds (exit status 3)',
      parseSeconds,
    );
  addCommonOptions(command)
    .addHelpText(
      'after',
      examples([
        "shoal get 'magnet:?xt=urn:btih:…' -o ~/Downloads",
        'shoal get album.torrent --select "*.flac" --seed-ratio 1',
      ]),
    )
    .action(async (link: string, options) => (await import('./get.ts')).runGet(link, options));
}

function addPublish(program: Command): void {
  const command = program
    .command('publish')
    .summary('offer a folder under a link that outlives its versions')
    .argument('<name>')
    .argument('<path>');
  command.description(
    'Publishes a file or folder under your key until interrupted, and prints a link that stays the same: run it again when the folder has changed, and followers fetch what is new.',
  );
  command
    .option('--key <name>', 'sign with this key (default: your first one, made when there is none)')
    .option('--piece-length <n>', 'bytes a piece (default: as in the last version)', parsePieceLength);
  addCommonOptions(command)
    .addHelpText(
      'after',
      examples(['shoal publish photos ~/Pictures', 'shoal publish app ./dist --key work']),
    )
    .action(async (name: string, path: string, options) =>
      (await import('./publish.ts')).runPublish(name, path, options),
    );
}

function addFollow(program: Command): void {
  const command = program
    .command('follow')
    .summary('keep a folder at the newest version of a publication')
    .argument('<link>');
  command.description(
    'Fetches the newest version of what somebody publishes, keeps it up to date, and passes it on.',
  );
  command
    .option('-o, --output <dir>', 'folder to put it in (default: this one)')
    .option('--once', 'stop when the newest version is here')
    .option('--every <s>', 'look for a newer version so often (default: 300)', parseSeconds)
    .option('--peer <host:port>', 'ask this peer; repeatable', collectPeer)
    .option('--timeout <s>', 'give up when nobody has any version for so long (exit status 3)', parseSeconds);
  addCommonOptions(command)
    .addHelpText('after', examples(["shoal follow 'magnet:?xs=urn:btpk:…&s=…' -o ~/Shared"]))
    .action(async (link: string, options) => (await import('./follow.ts')).runFollow(link, options));
}

function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .summary('check data against a torrent')
    .argument('<torrent>')
    .argument('<dir>');
  command.description('Checks the data of a torrent in a folder against its hashes.');
  addCommonOptions(command)
    .addHelpText('after', examples(['shoal verify film.torrent ~/Films']))
    .action(async (torrent: string, dir: string, options) =>
      (await import('./verify.ts')).runVerify(torrent, dir, options),
    );
}

function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .summary('show what a torrent or magnet link holds')
    .argument('<link>');
  command.description('Shows everything in a torrent file or magnet link.');
  addCommonOptions(command)
    .addHelpText('after', examples(['shoal inspect film.torrent', "shoal inspect 'magnet:?xt=…' --json"]))
    .action(async (link: string, options) => (await import('./inspect.ts')).runInspect(link, options));
}

function addTracker(program: Command): void {
  const command = program.command('tracker').summary('run a tracker for a group');
  command.description('Runs a tracker over HTTP and UDP on one port, until interrupted.');
  command.option('--interval <s>', 'seconds between announces of a peer (default: 900)', parseSeconds);
  addCommonOptions(command)
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

function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print completions for bash, zsh or fish')
    .argument('<shell>')
    .addHelpText(
      'after',
      examples(['shoal completion bash > ~/.local/share/bash-completion/completions/shoal']),
    )
    .action(async (shell: string) => (await import('./completion.ts')).runCompletion(createProgram(), shell));
}

async function main(): Promise<void> {
  setFlagsFromString(SMALL_NURSERY);
  // A reader that goes away (`shoal --help | head`) is no reason for a stack trace.
  process.stdout.on('error', () => process.exit(EXIT.failed));
  try {
    await createProgram().parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed what is wrong; help and version are no failures.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (process.exitCode !== EXIT.done && process.argv.includes('--json')) {
      createOutput({ json: true }).event('error', {
        code: 'bad-argument',
        message: error.message.replace(/^error: /, ''),
      });
    }
  }
}

await main();
