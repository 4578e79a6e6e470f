#!/usr/bin/env node
/** The command line. Each command's work is loaded when it is run, so that `--help` is quick. */
import { Command } from 'commander';
export declare function createProgram(): Command;
