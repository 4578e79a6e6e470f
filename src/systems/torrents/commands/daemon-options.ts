/** What `shoal up` can be told about torrents. */
import type { Command } from 'commander';
import { addNetworkOptions } from '../../../cli/command-options.ts';
import { type CommonOptions, parsePath } from '../../../cli/options.ts';

export interface DaemonOptions extends CommonOptions {
  readonly downloadDir?: string;
  readonly onDone?: string;
}

export function addDaemonOptions(up: Command): void {
  up.option('--download-dir <dir>', 'folder for what is fetched (default: ~/Downloads)', parsePath).option(
    '--on-done <program>',
    'run it when a share is whole: folder and name are its arguments',
  );
  addNetworkOptions(up);
}
