/** The `shoal state` commands and their options. */
import type { Command } from 'commander';
export declare function addState(program: Command): void;
