/**
 * Where the daemon of a state folder is to be found, and what signs in: files in the folder, which is its owner's alone.
 * `api.json` is there while the daemon is up, for the commands that drive it; `api-token` and `api-keys` stay.
 */
import { randomBytes } from 'node:crypto';
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

/** Fewer can be guessed; more is what the sign-in form of the page takes. */
const TOKEN = /^[\x21-\x7e]{16,200}$/;

const pathIn = (folder: string): string => join(folder, 'api.json');

/**
 * The token of a state folder: made once. A person may write another into the file.
 * @param chosen for this start instead
 * @throws ShoalError bad-argument, no-space, no-permission
 */
export function tokenOf(folder: string, chosen?: string): string {
  const path = join(folder, 'api-token');
  const token = chosen ?? readOrMake(path);
  if (TOKEN.test(token)) return token;
  const where = chosen === undefined ? path : 'SHOAL_API_TOKEN';
  throw new ShoalError(
    'bad-argument',
    `the token in ${where} has to have 16 to 200 letters, digits or signs, and no spaces`,
  );
}

/** What keys in addresses are made with: a new one ends them all. */
export class KeySecret {
  readonly #path: string;
  #value: string;

  /** @throws ShoalError no-space, no-permission */
  constructor(folder: string) {
    this.#path = join(folder, 'api-keys');
    this.#value = readOrMake(this.#path);
  }

  get value(): string {
    return this.#value;
  }

  /** @throws ShoalError no-space, no-permission */
  renew(): void {
    const value = createSecret();
    write(this.#path, value);
    this.#value = value;
  }
}

const createSecret = (): string => randomBytes(16).toString('hex');

function readOrMake(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw fromSystemError(`cannot read ${path}`, error);
    const secret = createSecret();
    write(path, secret);
    return secret;
  }
}

function write(path: string, text: string): void {
  try {
    replaceFile(path, new TextEncoder().encode(`${text}\n`));
  } catch (error) {
    throw fromSystemError(`cannot write ${path}`, error);
  }
}

/** @throws ShoalError no-space, no-permission */
export function writeAddress(folder: string, address: ApiAddress): void {
  write(pathIn(folder), JSON.stringify({ ...address, pid: process.pid }));
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
