/** All commands and their options, in groups. What a command does is loaded when it is run, so that `--help` is quick. */
import { Command } from 'commander';
import { VERSION } from '../peer/version.ts';
import { commandName } from './command-name.ts';
import { addDht } from './dht-program.ts';
import { addDrive } from './drive-program.ts';
import { addKey } from './key-program.ts';
import { examples } from './run.ts';
import { addFollow, addGet, addPublish, addShare } from './share-program.ts';
import { addState } from './state-program.ts';
import { addCompletion, addCreate, addInspect, addTracker, addVerify } from './tools-program.ts';
import { addStream, addUp } from './up-program.ts';

type Add = (program: Command) => void;

const GROUPS: readonly (readonly [string, readonly Add[]])[] = [
  ['Share and get:', [addShare, addGet, addStream, addPublish, addFollow]],
  ['Daemon:', [addUp, addDrive]],
  [
    'Tools:',
    [
      addCreate,
      addInspect,
      addVerify,
      addTracker,
      addDht,
      addKey,
      addState,
      (program) => addCompletion(program, createProgram),
    ],
  ],
];

export function createProgram(): Command {
  const program = new Command('shoal')
    .description('A peer-to-peer system in which every device is client and server at once.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .enablePositionalOptions();
  for (const [heading, adds] of GROUPS) {
    program.commandsGroup(heading);
    for (const add of adds) add(program);
  }
  program.helpCommand('help [command]', 'show help for a command');
  finish(program, commandName());
  program.addHelpText(
    'after',
    examples(['shoal share ~/Pictures', "shoal get 'magnet:?xt=…' -o ~/Downloads", 'shoal help get']),
  );
  return program;
}

/** Wrong usage names the help of the very command. */
function finish(command: Command, called: string): void {
  command.exitOverride().helpOption('-h, --help', 'show help').showHelpAfterError(`(see: ${called} --help)`);
  for (const part of command.commands) finish(part, `${called} ${part.name()}`);
}
