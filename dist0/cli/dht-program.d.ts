/** The commands of `shoal dht` and their options. */
import type { Command } from 'commander';
export declare function addDht(program: Command): void;
