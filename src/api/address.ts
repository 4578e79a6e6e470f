/** Where the always-on peer of a state folder is to be found: a file in it, for the commands that drive it. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../ground/errors.ts';
import { replaceFile } from '../storage/node/torrent-copies.ts';

const pathIn = (folder: string): string => join(folder, 'api.json');

/** @throws ShoalError no-space, no-permission */
export function writeAddress(folder: string, url: string): void {
  const content = new TextEncoder().encode(`${JSON.stringify({ url })}\n`);
  try {
    replaceFile(pathIn(folder), content, 0o600);
  } catch (error) {
    throw fromSystemError(`cannot write ${pathIn(folder)}`, error);
  }
}

export function removeAddress(folder: string): void {
  rmSync(pathIn(folder), { force: true });
}

/** Undefined when none was left there: it may be one of a peer that died. */
export function readAddress(folder: string): string | undefined {
  try {
    const { url } = JSON.parse(readFileSync(pathIn(folder), 'utf8')) as { url?: unknown };
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
