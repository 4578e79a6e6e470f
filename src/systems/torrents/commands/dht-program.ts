/** The commands of `shoal dht` and their options. */
import type { Command } from 'commander';
import { addCommand, addDhtOptions, addOutputOptions, addStateOption } from '../../../cli/command-options.ts';
import { parseCount, parsePort } from '../../../cli/options.ts';
import { examples } from '../../../cli/run.ts';

export function addDht(program: Command): void {
  const dht = program
    .command('dht')
    .summary('read from the DHT, or store something in it')
    .description('Read from the DHT, the table that all peers keep together, or store something in it.')
    .enablePositionalOptions();
  dht.addHelpText(
    'after',
    examples([
      'shoal dht lookup 0123456789abcdef0123456789abcdef01234567',
      'shoal dht put "hello" --key default --salt greeting',
      'shoal dht status --dht-node 192.0.2.7:6881',
    ]),
  );
  addReaders(dht);
  addWriters(dht);
}

function addNodeOptions(command: Command): Command {
  command.option('--port <n>', 'ask from this UDP port (default: any that is free)', parsePort);
  addStateOption(command);
  addDhtOptions(command);
  return addOutputOptions(command);
}

function addReaders(dht: Command): void {
  addNodeOptions(
    addCommand(dht, 'lookup', 'find peers of an info hash or magnet link').argument('<hash>'),
  ).action(async (hash: string, options) => (await import('./dht.ts')).runDhtLookup(hash, options));
  addNodeOptions(
    addCommand(dht, 'get', 'get an item by its target (BEP 44)')
      .argument('<target>')
      .option('--salt <text>', 'salt of a mutable item'),
  ).action(async (target: string, options) => (await import('./dht.ts')).runDhtGet(target, options));
  addNodeOptions(addCommand(dht, 'sample', 'list info hashes that nodes somewhere hold (BEP 51)')).action(
    async (options) => (await import('./dht.ts')).runDhtSample(options),
  );
  addNodeOptions(addCommand(dht, 'status', 'show which bootstrap nodes answer, and our own address')).action(
    async (options) => (await import('./dht.ts')).runDhtStatus(options),
  );
  addNodeOptions(
    addCommand(dht, 'crawl', 'walk through the network, politely').option(
      '--nodes <n>',
      'stop after so many nodes (default: 300, 5000 at most)',
      parseCount,
    ),
  ).action(async (options) => (await import('./dht.ts')).runDhtCrawl(options));
}

function addWriters(dht: Command): void {
  addNodeOptions(
    addCommand(dht, 'announce', 'announce a peer once for an info hash')
      .argument('<hash>')
      .requiredOption('--announce-port <n>', 'TCP port of the peer', parsePort)
      .option('--seed', 'announce the peer as a seed'),
  ).action(async (hash: string, options) => (await import('./dht.ts')).runDhtAnnounce(hash, options));
  addNodeOptions(
    addCommand(dht, 'put', 'store a value for two hours (BEP 44)')
      .argument('<value>')
      .option('--key <name>', 'sign it: a mutable item of this key (see: shoal key)')
      .option('--salt <text>', 'one of several items of the key')
      .option('--seq <n>', 'sequence number (default: one more than the present one)', parseCount)
      .option('--cas <n>', 'store it only if the present sequence number is this one', parseCount),
  ).action(async (value: string, options) => (await import('./dht.ts')).runDhtPut(value, options));
}
