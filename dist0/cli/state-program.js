import { examples } from './run.js';
export function addState(program) {
    const state = program
        .command('state')
        .summary('export, import and list what a peer remembers')
        .enablePositionalOptions();
    state.description('What a peer remembers between runs: shares, keys, torrents, the network.');
    const add = (usage, description) => state
        .command(usage)
        .description(description)
        .option('--state <dir>', 'state folder (default: $XDG_STATE_HOME/shoal or ~/.local/state/shoal)')
        .option('--json', 'print one JSON object a line');
    add('list', 'list the shares, where they lie and how much of them is there').action(async (options) => (await import('./state.js')).runStateList(options));
    add('export <file>', 'write all of it to one file, while a peer may run; it holds your secret keys')
        .addHelpText('after', examples(['shoal state export shoal-state.db']))
        .action(async (file, options) => (await import('./state.js')).runStateExport(file, options));
    add('import <file>', 'read such a file into a state folder that holds nothing yet')
        .addHelpText('after', examples(['shoal state import shoal-state.db --state ~/shoal-state']))
        .action(async (file, options) => (await import('./state.js')).runStateImport(file, options));
}
