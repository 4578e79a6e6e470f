#!/usr/bin/env node
/** The command of the published package. The command line is imported only where Node.js is new enough for it. */
import { oldNodeMessage } from '../ground/node/node-version.ts';

const message = oldNodeMessage();
if (message === undefined) await import('./main.ts');
else {
  console.error(message);
  process.exitCode = 1;
}
