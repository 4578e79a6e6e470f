/** Replaces a file as a whole: after a crash it holds the old content or the new, never half of one. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { OWNER_FILE } from './private-folder.ts';

/** The file is the owner's alone. @throws the system's error */
export function replaceFile(path: string, content: Uint8Array): void {
  const temporary = `${path}.new`;
  // A crash may have left one with another mode.
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, 'wx', OWNER_FILE);
  try {
    for (let at = 0; at < content.length; ) at += writeSync(fd, content, at, content.length - at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}
