/** How commands are described, and the options that they share. A command takes only those that have an effect on it. */
import type { Command } from 'commander';
import { collectPeer, collectRouter, encryptionOption, parsePort, parseRate, parsePath } from './options.ts';

const STATE = 'state folder (default: $XDG_STATE_HOME/shoal or ~/.local/state/shoal)';

/**
 * Lists of commands show the summary, help of the command and the documents show the description. One style holds for all.
 * @param usage the name, and arguments without a description of their own
 * @param summary lower case, imperative, no period
 * @param description sentences; the summary as a sentence when absent
 */
export function addCommand(parent: Command, usage: string, summary: string, description?: string): Command {
  const sentence = description ?? `${summary[0]!.toUpperCase()}${summary.slice(1)}.`;
  return parent.command(usage).summary(summary).description(sentence);
}

export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object a line')
    .option('--quiet', 'print results and errors only')
    .option('-v, --verbose', 'print details as well');
}

export function addStateOption(command: Command): Command {
  return command.option('--state <dir>', STATE, parsePath);
}

/** Other starts of the DHT, or a DHT of one's own. */
export function addDhtOptions(command: Command): Command {
  return command
    .option('--dht-node <host:port>', 'begin with this DHT node as well; repeatable', collectPeer)
    .option(
      '--dht-router <host:port>',
      'begin with these instead of the well-known nodes; repeatable; "none" for none',
      collectRouter,
    )
    .option(
      '--network-key <file>',
      'use a DHT of your own: every peer with the secret in this file is in it',
      parsePath,
    );
}

export interface TransferOptions {
  /** The command works through the DHT alone, so the DHT cannot be switched off. */
  readonly needsDht?: boolean;
  /** The command receives no data, so there is no limit for it. */
  readonly onlySends?: boolean;
}

/** Options for the transfers of the command's own peer, and for how it finds others. */
export function addNetworkOptions(command: Command, { needsDht, onlySends }: TransferOptions = {}): Command {
  command.option('--port <n>', 'listen on this port (default: the first free one from 6881)', parsePort);
  if (onlySends !== true)
    command.option(
      '--limit-down <rate>',
      'receive at most so many bytes a second, e.g. 500K, 2M or 5MB/s',
      parseRate,
    );
  command.option('--limit-up <rate>', 'send at most so many bytes a second', parseRate);
  if (needsDht !== true) command.option('--no-dht', 'do not use the DHT');
  command.option('--no-lsd', 'do not look for peers on the local network');
  command.addOption(encryptionOption());
  command.option('--utp', 'exchange data over TCP and uTP (default)');
  command.option('--no-utp', 'exchange data over TCP alone');
  command.option('--no-tcp', 'exchange data over uTP alone');
  return addDhtOptions(command);
}

/** Of a command that opens a peer of its own. */
export function addPeerOptions(command: Command, options: TransferOptions = {}): Command {
  return addOutputOptions(addStateOption(addNetworkOptions(command, options)));
}
