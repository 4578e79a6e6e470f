/** The secrets of the daemon: `api-token` and `api-keys` in the state folder, which only its owner can read. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../ground/errors.ts';
import { replaceFile } from '../ground/node/replace-file.ts';

/** Shorter tokens can be guessed; the sign-in form of the page takes no longer ones. */
const TOKEN = /^[\x21-\x7e]{16,200}$/;

/**
 * The token of a state folder, made once. A person may write another one into the file.
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

/** The secret behind the keys in addresses: a new one ends them all. */
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
