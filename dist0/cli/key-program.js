import { examples } from './run.js';
export function addKey(program) {
    const key = program.command('key').summary('your signing keys').enablePositionalOptions();
    key.description('Keys sign what you publish. They are kept in the state folder, readable by you alone.');
    key.addHelpText('after', examples([
        'shoal key create work',
        'shoal key export work -o work.pem',
        'shoal key import work work.pem',
    ]));
    addKeyOptions(key.command('create').summary('make a key').argument('<name>')).action(async (name, options) => (await import('./key.js')).runKeyCreate(name, options));
    addKeyOptions(key.command('list').summary('names and public keys')).action(async (options) => (await import('./key.js')).runKeyList(options));
    addKeyOptions(key
        .command('export')
        .summary('the secret key, as PEM')
        .argument('<name>')
        .option('-o, --output <file>', 'write it to a new file that only you can read')).action(async (name, options) => (await import('./key.js')).runKeyExport(name, options));
    addKeyOptions(key
        .command('import')
        .summary('a key from a PEM file, or 64 hex digits')
        .argument('<name>')
        .argument('<file>')).action(async (name, file, options) => (await import('./key.js')).runKeyImport(name, file, options));
}
function addKeyOptions(command) {
    return command
        .option('--state <dir>', 'state folder (default: $XDG_STATE_HOME/shoal or ~/.local/state/shoal)')
        .option('--json', 'print one JSON object a line')
        .option('--quiet', 'print results and errors only')
        .option('-v, --verbose', 'say more about what happens');
}
