/** What `shoal up` can be told about torrents. */
import type { Command } from 'commander';
import { addNetworkOptions } from '../../../cli/command-options.ts';
import { type CommonOptions, parsePath } from '../../../cli/options.ts';

export interface DaemonOptions extends CommonOptions {
  readonly downloadDir?: string;
  readonly onDone?: string;
  readonly ipFilter?: string;
}

export function addDaemonOptions(up: Command): void {
  up.option('--download-dir <dir>', 'folder for what is fetched (default: ~/Downloads)', parsePath)
    .option('--on-done <program>', 'run it when a share is whole: folder and name are its arguments')
    .option(
      '--ip-filter <file>',
      'do not talk to the addresses in this file: P2P, DAT or CIDR lines',
      parsePath,
    );
  addNetworkOptions(up);
}
