/** The folder in which Node.js keeps compiled modules between runs. Only the owner can write there: Node.js runs them. */
import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Others could put their own code there. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * `shoal/compiled` in the cache folder of the XDG base directory specification, made if need be, one level at a time.
 * @returns undefined where there is none that is ours alone
 */
export function makeCacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_CACHE_HOME: chosen } = env;
  try {
    let folder = chosen?.startsWith('/') === true ? chosen : join(homedir(), '.cache');
    for (const name of ['', 'shoal', 'compiled']) {
      folder = join(folder, name);
      makeOne(folder);
      const { uid, mode } = statSync(folder);
      if (uid !== process.getuid?.() || (mode & WRITABLE_BY_OTHERS) !== 0) return undefined;
    }
    return folder;
  } catch {
    return undefined;
  }
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
