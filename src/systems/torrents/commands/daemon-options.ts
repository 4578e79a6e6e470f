/** The options of `shoal up` for torrents. */
import type { Command } from 'commander';
import { addNetworkOptions } from '../../../cli/command-options.ts';
import { type CommonOptions, parsePath } from '../../../cli/options.ts';

export interface DaemonOptions extends CommonOptions {
  readonly downloadDir?: string;
  readonly onDone?: string;
}

export function addDaemonOptions(up: Command): void {
  up.option('--download-dir <dir>', 'folder for downloads (default: ~/Downloads)', parsePath).option(
    '--on-done <program>',
    'run it when a share is complete: folder and name are its arguments',
  );
  addNetworkOptions(up);
}
