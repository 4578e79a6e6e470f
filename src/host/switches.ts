/**
 * Which systems are on: `systems.json` in the state folder names those that a person switched. Others are as their
 * declaration says. A switch counts from the next start of the daemon.
 */
import { join } from 'node:path';
import { isObject, readJsonFile, writeJsonFile } from './state/json-file.ts';

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
    writeJsonFile(this.#path, JSON.stringify({ ...this.#read(), [name]: isOn }));
  }

  get #path(): string {
    return join(this.#folder, 'systems.json');
  }

  #read(): Switched {
    return readJsonFile(this.#path, isSwitched, 'remove it, then every system is as it was at first') ?? {};
  }
}

const isSwitched = (value: unknown): value is Switched =>
  isObject(value) && Object.values(value).every((each) => typeof each === 'boolean');
