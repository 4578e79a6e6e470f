/**
 * The settings of all systems, by section. A change is checked by the schema and by the system's own rules, put into
 * effect by the system when it is open, and stored; when one of these fails, nothing has changed.
 */
import { ShoalError } from '../ground/errors.ts';
import type { SettingsValues } from './settings-section.ts';
import type { SettingsSchema } from './settings-check.ts';
import type { SettingsStore } from './settings-store.ts';
import type { OpenSystem, SystemDeclaration } from './system.ts';

type Declared = Pick<SystemDeclaration, 'name' | 'settings'>;
type Configurable = Pick<OpenSystem<unknown>, 'configure' | 'settingsNow'>;

export class SystemSettings {
  readonly #store: SettingsStore;
  readonly #find: (name: string) => Configurable | undefined;
  /** Changes go one after the other: each is checked against the result of the one before. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param find the system of a name, when it is open */
  constructor(store: SettingsStore, find: (name: string) => Configurable | undefined) {
    this.#store = store;
    this.#find = find;
  }

  /**
   * All settings of a system; none when it declares no section.
   * @param onRefused told why a stored value does not hold
   * @throws ShoalError state-broken
   */
  async read(system: Declared, onRefused?: (reason: string) => void): Promise<SettingsValues> {
    const now = this.#find(system.name)?.settingsNow?.();
    if (now !== undefined) return now;
    const schema = await schemaOf(system);
    return schema === undefined ? {} : schema.complete(this.#store.read(system.name), onRefused);
  }

  /** The JSON Schema of its settings. @throws ShoalError unsupported when it declares no section */
  async describe(system: Declared): Promise<object> {
    if (system.settings === undefined) throw noSettings(system);
    return (await system.settings()).SETTINGS;
  }

  /** @returns all settings, as they are from now on @throws ShoalError bad-argument, unsupported, no-space, … */
  change(system: Declared, change: SettingsValues): Promise<SettingsValues> {
    const changed = this.#last.then(() => this.#change(system, change));
    this.#last = changed.catch(() => {});
    return changed;
  }

  async #change(system: Declared, change: SettingsValues): Promise<SettingsValues> {
    const schema = await schemaOf(system);
    if (schema === undefined) throw noSettings(system);
    const before = await this.read(system);
    const after = schema.apply(before, change);
    const open = this.#find(system.name);
    await open?.configure?.(after, change);
    try {
      this.#store.write(system.name, change);
    } catch (error) {
      const undo = Object.fromEntries(Object.keys(change).map((name) => [name, before[name]]));
      await open?.configure?.(before, undo);
      throw error;
    }
    return this.read(system);
  }
}

const noSettings = ({ name }: Declared): ShoalError =>
  new ShoalError('unsupported', `${name} has no settings`);

/** The schema and the checker are loaded at the first use. */
async function schemaOf({ name, settings }: Declared): Promise<SettingsSchema | undefined> {
  if (settings === undefined) return undefined;
  const [module, check] = await Promise.all([settings(), import('./settings-check.ts')]);
  return new check.SettingsSchema(name, module);
}
