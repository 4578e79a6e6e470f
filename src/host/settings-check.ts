/**
 * Checks the values of a settings section against its schema, and fills in the defaults. The library is loaded with the first
 * value that is checked: most daemons run with the defaults.
 */
import { createRequire } from 'node:module';
import type { Ajv } from 'ajv';
import { ShoalError } from '../ground/errors.ts';
import { describeSchemaError } from './schema-words.ts';
import type { SettingsModule, SettingsValues } from './settings-section.ts';

const require = createRequire(import.meta.url);
let ajv: Ajv | undefined;

function compile(schema: object): ReturnType<Ajv['compile']> {
  const library = require('ajv') as typeof import('ajv');
  // TypeBox adds keywords of its own to schemas; types may be unions with `null`.
  ajv ??= new library.Ajv({ strict: false, allowUnionTypes: true });
  return ajv.compile(schema);
}

/** One checker a schema: compiling one takes milliseconds. */
const checkers = new WeakMap<object, ReturnType<Ajv['compile']>>();

export class SettingsSchema {
  readonly #name: string;
  readonly #module: SettingsModule;

  /** @param name of the system */
  constructor(name: string, module: SettingsModule) {
    this.#name = name;
    this.#module = module;
  }

  get defaults(): SettingsValues {
    const { properties } = this.#module.SETTINGS;
    return Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [
        name,
        structuredClone((property as { default?: unknown }).default),
      ]),
    );
  }

  /**
   * @param before all values that hold
   * @param change the new values; an undefined one stays as it is
   * @returns all values as they would be
   * @throws ShoalError bad-argument with the reason
   */
  apply(before: SettingsValues, change: SettingsValues): SettingsValues {
    for (const name of Object.keys(change))
      if (!Object.hasOwn(this.#module.SETTINGS.properties, name))
        throw new ShoalError('bad-argument', `${this.#name} has no setting "${name}"`);
    const after = { ...before, ...change };
    for (const name of Object.keys(change)) {
      const reason = this.#refusalOf(name, after[name]);
      if (reason !== undefined) throw new ShoalError('bad-argument', `${this.#name}: ${reason}`);
    }
    this.#module.checkSettings?.(change, before);
    return after;
  }

  /**
   * Defaults, and over them what is stored. A stored value that the schema refuses, or that it does not know, is left out.
   * @param onRefused told of each that is refused, with the reason
   */
  complete(stored: SettingsValues, onRefused: (reason: string) => void = () => {}): SettingsValues {
    const { defaults } = this;
    const values: Record<string, unknown> = { ...defaults };
    for (const name of Object.keys(defaults)) {
      if (!Object.hasOwn(stored, name)) continue;
      const reason = this.#refusalOf(name, stored[name]);
      if (reason === undefined) values[name] = stored[name];
      else onRefused(reason);
    }
    return values;
  }

  /** Why a value is refused: `"level" has to be at most 5`. */
  #refusalOf(name: string, value: unknown): string | undefined {
    const schema = this.#module.SETTINGS.properties[name]!;
    let check = checkers.get(schema);
    if (check === undefined) {
      check = compile(schema);
      checkers.set(schema, check);
    }
    if (check(value)) return undefined;
    const error = check.errors![0]!;
    return describeSchemaError({ ...error, instancePath: `/${name}${error.instancePath}` }, name);
  }
}
