/** `shoal state list`, below the command of the house. */
import type { Command } from 'commander';
import { addCommand, addOutputOptions, addStateOption } from '../../../cli/command-options.ts';
import type { CommonOptions } from '../../../cli/options.ts';

export function addStateCommands(state: Command): void {
  const summary = 'list the shares, where they lie and how much of them is there';
  addOutputOptions(addStateOption(addCommand(state, 'list', summary))).action(
    async (options: CommonOptions) => (await import('./state.ts')).runStateList(options),
  );
}
