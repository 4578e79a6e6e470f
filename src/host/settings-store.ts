/**
 * The settings that people changed, by system: `settings.json` in the state folder, readable by its owner
 * alone. Defaults are not in it: the schemas have them. One process writes it: the daemon that has
 * claimed the folder.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fromSystemError, ShoalError } from '../ground/errors.ts';
import { makePrivateFolder } from '../ground/node/private-folder.ts';
import { replaceFile } from '../ground/node/replace-file.ts';
import type { SettingsValues } from './settings-section.ts';

/** Lists of labels, feeds and addresses are in it: each has bounds of its own, and this one is far above them. */
export const MAX_SETTINGS_BYTES: number = 16 * 1024 * 1024;

type Sections = Readonly<Record<string, SettingsValues>>;

export class SettingsStore {
  readonly #folder: string;
  #sections: Sections | undefined;

  /** @param folder the state folder */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The stored values of a section. @throws ShoalError state-broken, no-permission */
  read(section: string): SettingsValues {
    this.#sections ??= this.#load();
    return Object.hasOwn(this.#sections, section) ? this.#sections[section]! : {};
  }

  /** Adds to it; it is on the disk when this returns. @throws ShoalError no-space, no-permission, bad-argument */
  write(section: string, change: SettingsValues): void {
    const before = this.read(section);
    const after = { ...before, ...change };
    if (isDeepStrictEqual(after, before)) return;
    const sections = { ...this.#load(), [section]: after };
    const bytes = new TextEncoder().encode(`${JSON.stringify(sections, undefined, 1)}\n`);
    if (bytes.length > MAX_SETTINGS_BYTES)
      throw new ShoalError(
        'bad-argument',
        `all settings together would take more than ${MAX_SETTINGS_BYTES} bytes`,
      );
    makePrivateFolder(this.#folder);
    try {
      replaceFile(this.#path, bytes);
    } catch (error) {
      throw fromSystemError(`cannot write ${this.#path}`, error);
    }
    this.#sections = sections;
  }

  get #path(): string {
    return join(this.#folder, 'settings.json');
  }

  #load(): Sections {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw fromSystemError(`cannot read ${this.#path}`, error);
    }
    try {
      const parsed: unknown = JSON.parse(text);
      if (isObject(parsed) && Object.values(parsed).every(isObject)) return parsed as Sections;
    } catch {
      // Told below.
    }
    throw new ShoalError(
      'state-broken',
      `${this.#path} is not readable: correct it, or remove it; without it every setting is as it was at first`,
    );
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
