/**
 * A settings section: the settings of one system. A schema says which settings there are; each has a default and
 * a sentence that describes it. The values that a person set are in `settings.json` of the state folder, by system.
 */
import type { TObject } from './schema.ts';

/** Values of a section, by name. A system reads them as `Static<typeof SETTINGS>`: the host has checked them. */
export type SettingsValues = Readonly<Record<string, unknown>>;

/** The module that a system declares its section in (`settings.ts` of its folder); it is loaded when settings are read. */
export interface SettingsModule {
  /** Every property has a `default` and a `description` of one sentence. */
  readonly SETTINGS: TObject;
  /**
   * Checks that a schema cannot express, such as two settings that exclude each other. Also asked while the
   * system is off.
   * @param change settings that are given; the schema allows each
   * @param before all settings, as they are
   * @throws ShoalError bad-argument with the reason
   */
  readonly checkSettings?: (change: SettingsValues, before: SettingsValues) => void;
}

/** The stored values of a section, for the system that owns it. */
export interface StoredSettings {
  /** The values that a person set. The others have their defaults. */
  readonly values: SettingsValues;
  /**
   * Stores a change that came by an interface of the system's own and that the system has checked. It does not call
   * `configure`.
   * @param alongside takes effect with it: called when the change is sure to be stored. When it throws, nothing is stored
   * @throws ShoalError no-space, no-permission, io-error; and what `alongside` throws
   */
  store(change: SettingsValues, alongside?: () => void): void;
}
