/**
 * The settings that people changed, by system: `settings.json` in the state folder, readable by its owner
 * alone. Defaults are not in it: the schemas have them. One process writes it: the daemon that has
 * claimed the folder.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ShoalError } from '../ground/errors.ts';
import type { SettingsValues } from './settings-section.ts';
import { isObject, readJsonFile, writeJsonFile } from './state/json-file.ts';

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

  /**
   * Adds to it; it is on the disk when this returns.
   * @param alongside takes effect with it, or keeps all of it from being written by what it throws
   * @throws ShoalError no-space, no-permission, bad-argument
   */
  write(section: string, change: SettingsValues, alongside?: () => void): void {
    const before = this.read(section);
    const after = { ...before, ...change };
    if (isDeepStrictEqual(after, before)) return alongside?.();
    const sections = { ...this.#load(), [section]: after };
    const text = JSON.stringify(sections, undefined, 1);
    if (Buffer.byteLength(text) > MAX_SETTINGS_BYTES)
      throw new ShoalError(
        'bad-argument',
        `all settings together would take more than ${MAX_SETTINGS_BYTES} bytes`,
      );
    writeJsonFile(this.#path, text, alongside);
    this.#sections = sections;
  }

  get #path(): string {
    return join(this.#folder, 'settings.json');
  }

  #load(): Sections {
    const remedy = 'correct it, or remove it; without it every setting is as it was at first';
    return readJsonFile(this.#path, isSections, remedy) ?? {};
  }
}

const isSections = (value: unknown): value is Sections =>
  isObject(value) && Object.values(value).every(isObject);
