import { addCommonOptions, parseCount, parsePort } from './options.js';
import { examples } from './run.js';
export function addDht(program) {
    const dht = program.command('dht').summary('look into the DHT').enablePositionalOptions();
    dht.description('Looks into the DHT, the table that all peers keep together, and puts things there.');
    dht.addHelpText('after', examples([
        'shoal dht lookup 0123456789abcdef0123456789abcdef01234567',
        'shoal dht put "hello" --key default --salt greeting',
        'shoal dht status --dht-node 192.0.2.7:6881',
    ]));
    addReaders(dht);
    addWriters(dht);
}
function addReaders(dht) {
    addCommonOptions(dht.command('lookup').summary('peers of an info hash or magnet link').argument('<hash>')).action(async (hash, options) => (await import('./dht.js')).runDhtLookup(hash, options));
    addCommonOptions(dht
        .command('get')
        .summary('an item by its target (BEP 44)')
        .argument('<target>')
        .option('--salt <text>', 'the salt of a mutable item')).action(async (target, options) => (await import('./dht.js')).runDhtGet(target, options));
    addCommonOptions(dht.command('sample').summary('info hashes that nodes somewhere hold (BEP 51)')).action(async (options) => (await import('./dht.js')).runDhtSample(options));
    addCommonOptions(dht.command('status').summary('which starts answer, and who we are')).action(async (options) => (await import('./dht.js')).runDhtStatus(options));
    addCommonOptions(dht
        .command('crawl')
        .summary('walk through the network, politely')
        .option('--nodes <n>', 'stop after so many nodes (default: 300, 5000 at most)', parseCount)).action(async (options) => (await import('./dht.js')).runDhtCrawl(options));
}
function addWriters(dht) {
    addCommonOptions(dht
        .command('announce')
        .summary('say once that a peer has something')
        .argument('<hash>')
        .option('--announce-port <n>', 'the TCP port of the peer', parsePort)
        .option('--seed', 'the peer has all of it')).action(async (hash, options) => (await import('./dht.js')).runDhtAnnounce(hash, options));
    addCommonOptions(dht
        .command('put')
        .summary('store a value for two hours (BEP 44)')
        .argument('<value>')
        .option('--key <name>', 'sign it: a mutable item of this key (see: shoal key)')
        .option('--salt <text>', 'one of several items of the key')
        .option('--seq <n>', 'sequence number (default: one more than the present one)', parseCount)
        .option('--cas <n>', 'only if the present sequence number is this one', parseCount)).action(async (value, options) => (await import('./dht.js')).runDhtPut(value, options));
}
