/** The commands of `shoal key` and their options. */
import type { Command } from 'commander';
export declare function addKey(program: Command): void;
