/** The `shoal state` commands and their options. */
import type { Command } from 'commander';
import { addCommand, addOutputOptions, addStateOption } from '../cli/command-options.ts';
import type { CommonOptions } from '../cli/options.ts';
import { examples } from '../cli/run.ts';
import { CATALOG } from './catalog.ts';

export function addState(program: Command): void {
  const state = program
    .command('state')
    .summary('list, export and import what is remembered between runs')
    .description(
      'List, export and import what is remembered between runs: shares, keys, torrents, the network, settings, and what each system keeps.',
    )
    .enablePositionalOptions();
  const add = (usage: string, summary: string, description?: string): Command =>
    addOutputOptions(addStateOption(addCommand(state, usage, summary, description)));
  for (const system of CATALOG) system.stateCommands?.(state);
  add(
    'export <file>',
    'write all of it to one file',
    'Write all of it to one file, while a daemon may run. The file holds your secret keys.',
  )
    .addHelpText('after', examples(['shoal state export shoal-state.db']))
    .action(async (file: string, options: CommonOptions) =>
      (await import('./state.ts')).runStateExport(file, options),
    );
  add('import <file>', 'read such a file into a state folder that holds nothing yet')
    .addHelpText('after', examples(['shoal state import shoal-state.db --state ~/shoal-state']))
    .action(async (file: string, options: CommonOptions) =>
      (await import('./state.ts')).runStateImport(file, options),
    );
}
