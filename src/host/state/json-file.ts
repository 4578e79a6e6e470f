/** JSON files of the state folder that a person may read and correct: each is replaced whole, and is the owner's alone. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import { makePrivateFolder } from '../../ground/node/private-folder.ts';
import { replaceFile } from '../../ground/node/replace-file.ts';

/**
 * @param isRight whether what it holds has the shape that is expected
 * @param remedy what to do about a file that has not
 * @returns undefined when there is no such file
 * @throws ShoalError state-broken, no-permission, io-error
 */
export function readJsonFile<T>(
  path: string,
  isRight: (value: unknown) => value is T,
  remedy: string,
): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fromSystemError(`cannot read ${path}`, error);
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRight(parsed)) return parsed;
  } catch {
    // Told below.
  }
  throw new ShoalError('state-broken', `${path} is not readable: ${remedy}`);
}

/** Makes the folder too. @param alongside as of `replaceFile` @throws ShoalError no-permission, no-space, io-error */
export function writeJsonFile(path: string, text: string, alongside?: () => void): void {
  makePrivateFolder(dirname(path));
  try {
    replaceFile(path, new TextEncoder().encode(`${text}\n`), alongside);
  } catch (error) {
    throw fromSystemError(`cannot write ${path}`, error);
  }
}

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
