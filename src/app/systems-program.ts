/** `shoal systems` and its commands. */
import type { Command } from 'commander';
import { addOutputOptions, addStateOption } from '../cli/command-options.ts';
import { examples } from '../cli/run.ts';

export function addSystems(program: Command): void {
  const systems = program
    .command('systems')
    .summary('list the systems of the daemon, and switch them on or off')
    .description(
      'A system is a part of Shoal that is switched as a whole. What is off is not loaded and costs nothing. A switch counts from the next start of the daemon.',
    )
    .enablePositionalOptions()
    .addHelpText('after', examples(['shoal systems list', 'shoal systems off torrents']));
  addStateOption(addOutputOptions(systems.command('list').description('list the systems'))).action(
    async (options) => (await import('./systems.ts')).runSystemsList(options),
  );
  for (const [word, isOn] of [
    ['on', true],
    ['off', false],
  ] as const)
    addStateOption(
      addOutputOptions(
        systems.command(word).description(`switch a system ${word}`).argument('<name>', 'of the system'),
      ),
    ).action(async (name: string, options) =>
      (await import('./systems.ts')).runSystemsSwitch(name, isOn, options),
    );
}
