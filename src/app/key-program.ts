/** The commands of `shoal key` and their options. */
import { parsePath } from '../cli/options.ts';
import type { Command } from 'commander';
import { addCommand, addOutputOptions, addStateOption } from '../cli/command-options.ts';
import { examples } from '../cli/run.ts';

export function addKey(program: Command): void {
  const key = program
    .command('key')
    .summary('keep your signing keys')
    .description(
      'Manage the keys that sign your publications. They lie in the state folder, where only you can read them.',
    )
    .enablePositionalOptions();
  key.addHelpText(
    'after',
    examples([
      'shoal key create work',
      'shoal key export work -o work.pem',
      'shoal key import work work.pem',
    ]),
  );
  addKeyOptions(addCommand(key, 'create', 'make a key').argument('<name>')).action(
    async (name: string, options) => (await import('./key.ts')).runKeyCreate(name, options),
  );
  addKeyOptions(addCommand(key, 'list', 'list names and public keys')).action(async (options) =>
    (await import('./key.ts')).runKeyList(options),
  );
  addKeyOptions(
    addCommand(key, 'export', 'print the secret key, as PEM')
      .argument('<name>')
      .option('-o, --output <file>', 'write it to a new file that only you can read', parsePath),
  ).action(async (name: string, options) => (await import('./key.ts')).runKeyExport(name, options));
  addKeyOptions(
    addCommand(key, 'import', 'read a key from a PEM file, or from 64 hex digits')
      .argument('<name>')
      .argument('<file>'),
  ).action(async (name: string, file: string, options) =>
    (await import('./key.ts')).runKeyImport(name, file, options),
  );
}

const addKeyOptions = (command: Command): Command => addOutputOptions(addStateOption(command));
