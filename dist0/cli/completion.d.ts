/** `shoal completion`: completions for bash, zsh and fish, made from the program's own commands and options. */
import type { Command } from 'commander';
export declare function runCompletion(program: Command, shell: string): Promise<void>;
