/** The command line. Each command's work is loaded when it is run, so that `--help` is quick. */
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import { createOutput } from '../cli/options.ts';
import { createProgram, shortenUsageError } from './program.ts';
import { declareErrors, EXIT } from '../cli/run.ts';
import { declareFilters } from '../cli/standing-filter.ts';
import { ErrorTable } from '../host/errors.ts';
import { CATALOG } from './catalog.ts';

/**
 * Objects of a transfer die young, in a small nursery as well as in a large one. Without this limit, the heap of a fast
 * download is 15 MiB larger at the same speed.
 */
const SMALL_NURSERY = '--semi-space-growth-factor=1';

/** In a folder that was removed, no path means anything. */
function hasCurrentFolder(): boolean {
  try {
    return process.cwd() !== '';
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  setFlagsFromString(SMALL_NURSERY);
  declareErrors(new ErrorTable(CATALOG));
  declareFilters(CATALOG);
  // A reader that closes the pipe (`shoal --help | head`) gets no stack trace.
  process.stdout.on('error', () => process.exit(EXIT.failed));
  if (!hasCurrentFolder()) {
    const output = createOutput({ json: process.argv.includes('--json') });
    output.error('not-found', 'the current folder was removed: change to another one with cd');
    process.exitCode = EXIT.failed;
    return;
  }
  try {
    await createProgram().parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed the error; help and version are no failures.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (process.exitCode !== EXIT.done && process.argv.includes('--json')) {
      createOutput({ json: true }).event('error', {
        code: 'bad-argument',
        message: shortenUsageError(error.message).replace(/^error: /, ''),
      });
    }
  }
}

await main();
