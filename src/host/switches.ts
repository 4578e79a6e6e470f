/**
 * Which systems are on: `systems.json` in the state folder names those that a person switched. Others are as their
 * declaration says. A switch counts from the next start of the daemon.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../ground/errors.ts';
import { makePrivateFolder } from '../ground/node/private-folder.ts';
import { replaceFile } from '../ground/node/replace-file.ts';

type Switched = Readonly<Record<string, boolean>>;

export interface Switchable {
  readonly name: string;
  readonly isOnByDefault: boolean;
}

export class Switches {
  readonly #folder: string;

  /** @param folder the state folder */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws ShoalError state-broken, no-permission */
  isOn({ name, isOnByDefault }: Switchable): boolean {
    const switched = this.#read();
    return Object.hasOwn(switched, name) ? switched[name]! : isOnByDefault;
  }

  /** @throws ShoalError state-broken, no-permission, no-space */
  set(name: string, isOn: boolean): void {
    const text = `${JSON.stringify({ ...this.#read(), [name]: isOn })}\n`;
    makePrivateFolder(this.#folder);
    try {
      replaceFile(this.#path, new TextEncoder().encode(text));
    } catch (error) {
      throw fromSystemError(`cannot write ${this.#path}`, error);
    }
  }

  get #path(): string {
    return join(this.#folder, 'systems.json');
  }

  #read(): Switched {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw fromSystemError(`cannot read ${this.#path}`, error);
    }
    try {
      const parsed: unknown = JSON.parse(text);
      if (isSwitched(parsed)) return parsed;
    } catch {
      // Told below.
    }
    throw new ShoalError(
      'state-broken',
      `${this.#path} is not readable: remove it, then every system is as it was at first`,
    );
  }
}

function isSwitched(value: unknown): value is Switched {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.values(value).every((each) => typeof each === 'boolean');
}
