/** All commands and options, in groups. The code of a command is loaded when it is run, so that `--help` is quick. */
import { Command, Help } from 'commander';
import { VERSION } from '../ground/version.ts';
import { commandName } from '../cli/command-name.ts';
import { examples } from '../cli/run.ts';
import type { CommandGroup, DaemonRunner } from '../host/system.ts';
import { CATALOG } from './catalog.ts';
import { addCompletion, addDown, addStatus, addSystems } from './daemon-program.ts';
import { addKey } from './key-program.ts';
import { addState } from './state-program.ts';
import { addUp } from './up-program.ts';

/** Commands of a group: those that stand before the commands of the systems, and those behind them. */
interface Group {
  readonly heading: string;
  readonly first: readonly Add[];
  readonly last: readonly Add[];
}

type Add = (program: Command) => void;

const GROUPS: Readonly<Record<CommandGroup, Group>> = {
  share: { heading: 'Share and get:', first: [], last: [] },
  daemon: { heading: 'Daemon:', first: [addUp, addDown, addStatus], last: [addSystems] },
  tools: {
    heading: 'Tools:',
    first: [],
    last: [addKey, addState, (program) => addCompletion(program, createProgram)],
  },
};

/** `shoal up` within another command, loaded when it is needed. */
const DAEMON: DaemonRunner = {
  run: async (options, end, whenUp) => {
    const [{ holdUp }, { createOutput }] = await Promise.all([
      import('./up.ts'),
      import('../cli/options.ts'),
    ]);
    await holdUp(options, createOutput(options), end, whenUp);
  },
};

/** A narrower column of descriptions reads worse than descriptions below their options. */
const MIN_COLUMN = 24;
const BELOW_INDENT = 6;

/** Descriptions of options and commands that fit terminals of fewer than 80 columns as well. */
function formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
  const width = this.helpWidth ?? 80;
  if (description === '' || width - termWidth - 4 >= MIN_COLUMN)
    return Help.prototype.formatItem.call(this, term, termWidth, description, helper);
  const indent = ' '.repeat(BELOW_INDENT);
  const below = helper.boxWrap(description, Math.max(MIN_COLUMN, width - BELOW_INDENT));
  return `  ${term}\n${indent}${below.replaceAll('\n', `\n${indent}`)}`;
}

export function createProgram(): Command {
  const program = new Command('shoal')
    .description('A peer-to-peer system in which every device is client and server at once.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .enablePositionalOptions()
    .configureHelp({ minWidthToWrap: MIN_COLUMN, formatItem });
  for (const [group, { heading, first, last }] of Object.entries(GROUPS) as [CommandGroup, Group][]) {
    program.commandsGroup(heading);
    const ofSystems = CATALOG.flatMap(({ commands }) => commands?.[group] ?? []);
    for (const add of first) add(program);
    for (const add of ofSystems) add(program, DAEMON);
    for (const add of last) add(program);
  }
  program.helpCommand('help [command]', 'show help for a command');
  finish(program, commandName());
  program.addHelpText(
    'after',
    examples(['shoal share ~/Pictures', "shoal get 'magnet:?xt=…' -o ~/Downloads", 'shoal help get']),
  );
  return program;
}

/** Shortens a message: Commander repeats all arguments where there are too many, and links are long. */
export function shortenUsageError(message: string): string {
  return message.replace(/(too many arguments.* but got \d+): .*$/s, '$1');
}

/** Wrong usage points to the help of the command itself. */
function finish(command: Command, called: string): void {
  command.configureOutput({ outputError: (text, write) => write(`${shortenUsageError(text).trimEnd()}\n`) });
  command.exitOverride().helpOption('-h, --help', 'show help').showHelpAfterError(`(see: ${called} --help)`);
  for (const part of command.commands) finish(part, `${called} ${part.name()}`);
}
