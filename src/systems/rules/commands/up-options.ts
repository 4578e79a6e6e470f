/** What `shoal up` can be told about rules. */
import type { Command } from 'commander';
import { parsePath } from '../../../cli/options.ts';

export interface RulesOptions {
  readonly ipFilter?: string;
}

export function addRulesOptions(up: Command): void {
  up.option(
    '--ip-filter <file>',
    'deny what this list names while the daemon runs: addresses (P2P, DAT or CIDR lines), hashes, content',
    parsePath,
  );
}
