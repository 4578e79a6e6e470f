/** Replaces a file as a whole: after a crash it holds the old content or the new, never half of one. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { OWNER_FILE } from './private-folder.ts';

/**
 * The file is the owner's alone.
 * @param alongside takes effect with it: called when the new content is on the disk, and only takes its name. When it throws,
 * the old content stays
 * @throws the system's error, or that of `alongside`
 */
export function replaceFile(path: string, content: Uint8Array, alongside?: () => void): void {
  const temporary = `${path}.new`;
  // A crash may have left one with another mode.
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, 'wx', OWNER_FILE);
  try {
    try {
      for (let at = 0; at < content.length; ) at += writeSync(fd, content, at, content.length - at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    alongside?.();
    renameSync(temporary, path);
  } catch (error) {
    // On a disk that is full, half of it would take what room there is.
    rmSync(temporary, { force: true });
    throw error;
  }
}
