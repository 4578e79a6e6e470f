/** `shoal rules`, in the group of what drives the daemon. */
import type { Command } from 'commander';
import { addCommand, addOutputOptions, addStateOption } from '../../../cli/command-options.ts';
import { examples } from '../../../cli/run.ts';
import type { Commands } from '../../../host/system.ts';

export const COMMANDS: Commands = { daemon: addRules };

function addRules(program: Command): void {
  const rules = program
    .command('rules')
    .summary('say what is not fetched, served or talked to')
    .description(
      'Deny lists and rules of your own: what they name is not fetched, served or talked to. They hold in the daemon; where none is up, they are written down for its next start.',
    )
    .addHelpText(
      'after',
      examples([
        'shoal rules add https://example.org/bad.deny --key RWQf6L…',
        "shoal rules add 'magnet:?xt=…' --reason 'not for children'",
        'shoal rules add 203.0.113.0/24',
        'shoal rules allow 203.0.113.7',
        'shoal rules check film.torrent',
      ]),
    );
  const add: Add = (usage, summary, description) =>
    addOutputOptions(addStateOption(addCommand(rules, usage, summary, description)));
  addChanges(add);
  addQuestions(add);
}

type Add = (usage: string, summary: string, description?: string) => Command;

function addChanges(add: Add): void {
  add(
    'add <what>',
    'add a deny list, or deny one thing',
    'Add a deny list by its address or file: it is read now, and once a day. Or deny an info hash, a magnet link, an address, a block of addresses, or content (/ipfs/CID).',
  )
    .option('--reason <text>', 'why that thing is denied; lists have reasons of their own')
    .option('--key <key>', 'public key of minisign, or its file: the list counts only with a signature of it')
    .action(async (what: string, options) => (await import('./change.ts')).runAdd(what, options));
  add(
    'remove <what>',
    'remove a list, a rule or an exception',
    'Remove a list by its number, name, address or file; or a rule or an exception by what it names.',
  ).action(async (what: string, options) => (await import('./change.ts')).runRemove(what, options));
  add('allow <what>', 'make an exception', 'Make an exception: whatever lists say, it is not denied.')
    .option('--reason <text>', 'why')
    .action(async (what: string, options) => (await import('./change.ts')).runAllow(what, options));
  add(
    'refresh [list]',
    'read a list again now',
    'Read a list again now; all of them when none is named.',
  ).action(async (list: string | undefined, options) =>
    (await import('./change.ts')).runRefresh(list, options),
  );
}

function addQuestions(add: Add): void {
  add('show', 'print the lists with their state, the rules and the exceptions').action(async (options) =>
    (await import('./show.ts')).runShow(options),
  );
  add(
    'log',
    'print what was refused',
    'Print what was refused, the latest first: where, by which list, and how often.',
  )
    .option('--clear', 'forget it')
    .action(async (options) => (await import('./show.ts')).runLog(options));
  add(
    'check <link>',
    'say whether something is denied',
    'Say whether a magnet link, a torrent file, an info hash, an address or content is denied, by which list and why. The exit status is 1 when it is.',
  ).action(async (link: string, options) => (await import('./show.ts')).runCheck(link, options));
}
