/**
 * Where the daemon of a state folder answers: `api.json` is in the folder while the daemon is up, for the commands that
 * drive it. The folder is its owner's alone, and so is the token in that file.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../ground/errors.ts';
import { replaceFile } from '../ground/node/replace-file.ts';

export interface ApiAddress {
  readonly url: string;
  readonly token: string;
  /** The process that answers there. */
  readonly pid?: number | undefined;
}

const pathIn = (folder: string): string => join(folder, 'api.json');

/** @throws ShoalError no-space, no-permission */
export function writeAddress(folder: string, address: ApiAddress): void {
  const path = pathIn(folder);
  try {
    replaceFile(path, new TextEncoder().encode(`${JSON.stringify({ ...address, pid: process.pid })}\n`));
  } catch (error) {
    throw fromSystemError(`cannot write ${path}`, error);
  }
}

/** Unless another process has left its own there. */
export function removeAddress(folder: string): void {
  if (readAddress(folder)?.pid === process.pid) rmSync(pathIn(folder), { force: true });
}

/**
 * Undefined when none was left there: it may be one of a daemon that died.
 * @throws ShoalError no-permission where the folder belongs to another account
 */
export function readAddress(folder: string): ApiAddress | undefined {
  let text: string;
  try {
    text = readFileSync(pathIn(folder), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      throw new ShoalError('no-permission', `the state in ${folder} belongs to another account`, error);
    return undefined;
  }
  try {
    const { url, token, pid } = JSON.parse(text) as Record<string, unknown>;
    if (typeof url !== 'string' || typeof token !== 'string') return undefined;
    const isPid = typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1;
    return { url, token, pid: isPid ? pid : undefined };
  } catch {
    return undefined;
  }
}
