/** The commands for what the daemon publishes and follows. */
import type { Command } from 'commander';
import { addCommand, addOutputOptions, addStateOption } from '../../../cli/command-options.ts';
import type { DriveOptions } from '../../../cli/daemon-client.ts';
import { examples } from '../../../cli/run.ts';
import type { Kind } from './held.ts';

const held = (): Promise<typeof import('./held.ts')> => import('./held.ts');
const finish = (added: Command): Command => addOutputOptions(addStateOption(added));

const ABOUT: Readonly<Record<Kind, { readonly summary: string; readonly description: string }>> = {
  publications: {
    summary: 'list what the daemon publishes, or end it',
    description:
      'List what the daemon publishes, or end it. The daemon holds what "shoal publish" publishes while it is up, over restarts.',
  },
  follows: {
    summary: 'list what the daemon follows, or end it',
    description:
      'List what the daemon follows, or end it. The daemon holds what "shoal follow" follows while it is up, over restarts.',
  },
};

export function addHeld(program: Command): void {
  for (const kind of ['publications', 'follows'] as const) {
    const { summary, description } = ABOUT[kind];
    const group = addCommand(program, kind, summary, description)
      .enablePositionalOptions()
      .addHelpText('after', examples([`shoal ${kind} list`, `shoal ${kind} remove 2`]));
    finish(addCommand(group, 'list', `list ${kind}`)).action(async (options: DriveOptions) =>
      (await held()).runHeldList(kind, options),
    );
    const ended =
      kind === 'follows' ? 'end follows; what is here stays' : 'end publications; their shares stay';
    const removed = addCommand(group, 'remove', ended).argument('<no...>', 'number, or name');
    finish(removed).action(async (which: string[], options: DriveOptions) =>
      (await held()).runHeldRemove(kind, which, options),
    );
  }
}
