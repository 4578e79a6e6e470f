/** The commands for the daemon as a whole, and those for the program itself. */
import type { Command } from 'commander';
import { addCommand, addOutputOptions, addStateOption } from '../cli/command-options.ts';
import type { DriveOptions } from '../cli/daemon-client.ts';
import { examples } from '../cli/run.ts';

export function addDown(program: Command): void {
  const command = program
    .command('down')
    .summary('stop the daemon')
    .description('Stop the daemon; its shares resume at the next start.');
  addOutputOptions(addStateOption(command)).action(async (options: DriveOptions) =>
    (await import('./down.ts')).runDown(options),
  );
}

export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .summary('show what the daemon does')
    .description(
      'Show whether the daemon is up, what each of its systems does, and the address of its page.',
    );
  addOutputOptions(addStateOption(command)).action(async (options: DriveOptions) =>
    (await import('./status.ts')).runStatus(options),
  );
}

export function addSystems(program: Command): void {
  const systems = program
    .command('systems')
    .summary('list the systems of the daemon, and switch them on or off')
    .description(
      'A system is a part of Shoal that is switched as a whole. A system that is off is not loaded and costs nothing. A switch takes effect at the next start of the daemon.',
    )
    .enablePositionalOptions()
    .addHelpText('after', examples(['shoal systems list', 'shoal systems off torrents']));
  const finish = (added: Command): Command => addStateOption(addOutputOptions(added));
  finish(addCommand(systems, 'list', 'list the systems')).action(async (options) =>
    (await import('./systems.ts')).runSystemsList(options),
  );
  for (const [word, isOn] of [
    ['on', true],
    ['off', false],
  ] as const)
    finish(addCommand(systems, word, `switch a system ${word}`).argument('<name>', 'of the system')).action(
      async (name: string, options) => (await import('./systems.ts')).runSystemsSwitch(name, isOn, options),
    );
}

/** @param createProgram makes all commands anew: those that the script completes */
export function addCompletion(program: Command, createProgram: () => Command): void {
  program
    .command('completion')
    .summary('print completions for bash, zsh or fish')
    .description('Print the completions of all commands and options for bash, zsh or fish.')
    .argument('<shell>')
    .addHelpText(
      'after',
      examples(['shoal completion bash > ~/.local/share/bash-completion/completions/shoal']),
    )
    .action(async (shell: string) => (await import('./completion.ts')).runCompletion(createProgram(), shell));
}
