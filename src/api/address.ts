/** Where the always-on peer of a state folder is to be found: a file in it, for the commands that drive it. */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../ground/errors.ts';
import { replaceFile } from '../storage/node/torrent-copies.ts';

export interface ApiAddress {
  readonly url: string;
  /** Where one is asked for. */
  readonly token?: string | undefined;
  /** The process that answers there. */
  readonly pid?: number | undefined;
}

const pathIn = (folder: string): string => join(folder, 'api.json');

/**
 * The token of a state folder: made once, readable by its owner only.
 * @throws ShoalError no-space, no-permission
 */
export function tokenOf(folder: string): string {
  const path = join(folder, 'api-token');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    const token = randomBytes(16).toString('hex');
    try {
      replaceFile(path, new TextEncoder().encode(`${token}\n`));
    } catch (error) {
      throw fromSystemError(`cannot write ${path}`, error);
    }
    return token;
  }
}

/** @throws ShoalError no-space, no-permission */
export function writeAddress(folder: string, address: ApiAddress): void {
  const content = new TextEncoder().encode(`${JSON.stringify({ ...address, pid: process.pid })}\n`);
  try {
    replaceFile(pathIn(folder), content);
  } catch (error) {
    throw fromSystemError(`cannot write ${pathIn(folder)}`, error);
  }
}

/** Unless another process has left its own there. */
export function removeAddress(folder: string): void {
  if (readAddress(folder)?.pid === process.pid) rmSync(pathIn(folder), { force: true });
}

/** Undefined when none was left there: it may be one of a peer that died. */
export function readAddress(folder: string): ApiAddress | undefined {
  try {
    const { url, token, pid } = JSON.parse(readFileSync(pathIn(folder), 'utf8')) as Record<string, unknown>;
    if (typeof url !== 'string') return undefined;
    return {
      url,
      token: typeof token === 'string' ? token : undefined,
      pid: typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1 ? pid : undefined,
    };
  } catch {
    return undefined;
  }
}
