/** The start of the program. Compiled modules are cached: a short command spends most of its time on compiling them. */
import { enableCompileCache } from 'node:module';
import { makeCacheFolder } from './cache-folder.ts';

const folder = makeCacheFolder(process.env);
// Without it the program does the same, later.
if (folder !== undefined) enableCompileCache(folder);
await import('./command-line.ts');
