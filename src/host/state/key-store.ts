/**
 * A person's signing keys (Ed25519): one PEM file each (PKCS #8, RFC 8410) in a folder that only the owner can read, so
 * that openssl reads them as well. Never overwritten, never printed unless exported.
 */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmod, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex } from '../../ground/bytes.ts';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import { makeFolder } from '../../ground/node/make-folder.ts';

export interface SigningKey {
  readonly name: string;
  /** 32 bytes, secret. */
  readonly seed: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

const ENDING = '.pem';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_KEY_FILE = 16_384;
/** Bytes of DER before the seed, see RFC 8410. */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export class KeyStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws ShoalError name-conflict, bad-argument */
  async create(name: string): Promise<SigningKey> {
    const { privateKey } = generateKeyPairSync('ed25519');
    return this.#add(name, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  }

  /**
   * @param text PEM (PKCS #8), or the 32-byte seed as 64 hex digits
   * @throws ShoalError bad-argument, name-conflict
   */
  async import(name: string, text: string): Promise<SigningKey> {
    const seed = /^[0-9a-fA-F]{64}$/.test(text.trim()) ? fromHex(text.trim()) : undefined;
    const pem =
      seed === undefined
        ? text
        : (createPrivateKey({
            key: Buffer.concat([PRIVATE_HEAD, seed]),
            format: 'der',
            type: 'pkcs8',
          }).export({
            format: 'pem',
            type: 'pkcs8',
          }) as string);
    readPem(name, pem);
    return this.#add(name, pem);
  }

  /** PEM. @throws ShoalError not-found, no-permission */
  async export(name: string): Promise<string> {
    return this.#read(name);
  }

  /** @throws ShoalError not-found, no-permission, state-broken */
  async load(name: string): Promise<SigningKey> {
    return readPem(name, await this.#read(name));
  }

  /** The key, made now when there is none of that name. */
  async loadOrCreate(name: string): Promise<{ readonly key: SigningKey; readonly isNew: boolean }> {
    try {
      return { key: await this.load(name), isNew: false };
    } catch (error) {
      if (!(error instanceof ShoalError) || error.code !== 'not-found') throw error;
      return { key: await this.create(name), isNew: true };
    }
  }

  async list(): Promise<SigningKey[]> {
    const names = await readdir(this.folder).catch(() => []);
    const keys = names.filter((file) => file.endsWith(ENDING)).map((file) => file.slice(0, -ENDING.length));
    return Promise.all(keys.sort().map((name) => this.load(name)));
  }

  #path(name: string): string {
    if (!NAME.test(name)) {
      throw new ShoalError(
        'bad-argument',
        `"${name}" is no name for a key: letters, digits, ".", "_" and "-" are`,
      );
    }
    return join(this.folder, name + ENDING);
  }

  async #read(name: string): Promise<string> {
    const path = this.#path(name);
    try {
      const info = await stat(path);
      if ((info.mode & 0o077) !== 0 && process.platform !== 'win32') {
        throw new ShoalError(
          'no-permission',
          `others can read the key ${path}: run "chmod 600 ${path}" and ask who did`,
        );
      }
      if (info.size > MAX_KEY_FILE) throw new ShoalError('state-broken', `${path} is no key`);
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') {
        throw new ShoalError(
          'not-found',
          `there is no key "${name}": make it with "shoal key create ${name}"`,
          error,
        );
      }
      throw fromSystemError(`cannot read the key ${path}`, error);
    }
  }

  async #add(name: string, pem: string): Promise<SigningKey> {
    const path = this.#path(name);
    const key = readPem(name, pem);
    try {
      await makeFolder(this.folder, 0o700);
      await chmod(this.folder, 0o700);
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(pem);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as { code?: string }).code === 'EEXIST') {
        throw new ShoalError(
          'name-conflict',
          `there is a key "${name}" already, and keys are never overwritten`,
          error,
        );
      }
      throw fromSystemError(`cannot write the key ${path}`, error);
    }
    return key;
  }
}

function readPem(name: string, pem: string): SigningKey {
  try {
    const key = createPrivateKey(pem);
    const jwk = key.export({ format: 'jwk' }) as {
      readonly crv?: string;
      readonly d?: string;
      readonly x?: string;
    };
    if (jwk.crv !== 'Ed25519') throw new Error('not an Ed25519 key');
    const read = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
    return { name, seed: read(jwk.d!), publicKey: read(jwk.x!) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new ShoalError(
      'bad-argument',
      `"${name}" is no Ed25519 key in PEM (PKCS #8) or 64 hex digits: ${detail}`,
      error,
    );
  }
}
