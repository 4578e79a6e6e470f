/** Where the program begins. Its modules are compiled once: most of what a short command computes is reading them. */
import { enableCompileCache } from 'node:module';
import { makeCacheFolder } from './cache-folder.ts';

const folder = makeCacheFolder(process.env);
// Without it the program does the same, later.
if (folder !== undefined) enableCompileCache(folder);
await import('./command-line.ts');
