/** The settings of the daemon: what was set, the defaults, and what follows from both. */
import type { SettingsValues, StoredSettings } from '../../../host/settings-section.ts';
import type { Reach } from '../share/link-source.ts';
import { DEFAULT_SETTINGS, labelOf, type Settings } from '../settings.ts';
import type { BlockList } from './block-list.ts';
import { requireSettings } from './bounds.ts';
import { type DecidedAtStart, requireChangeable } from './in-effect.ts';

/** What is undefined stays as it is. */
export type SettingsChange = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

export interface DaemonSettingsOptions {
  /** Those that somebody set, and where changes go. */
  readonly stored: StoredSettings;
  /** Bytes a second, or infinite: they hold where no limit was set. */
  readonly limits: { readonly download: number; readonly upload: number };
  /** Where fetched files go unless a setting or a person says otherwise. */
  readonly downloadDir: string;
  readonly decidedAtStart: readonly DecidedAtStart[];
  /** What of its settings is in effect. */
  readonly blockList: Pick<BlockList, 'settings' | 'require' | 'change' | 'storable'>;
}

const finite = (rate: number): number | null => (Number.isFinite(rate) ? rate : null);

export class DaemonSettings {
  readonly #options: DaemonSettingsOptions;
  #now: Settings;

  constructor(options: DaemonSettingsOptions) {
    this.#options = options;
    this.#now = {
      ...DEFAULT_SETTINGS,
      downloadLimit: finite(options.limits.download),
      uploadLimit: finite(options.limits.upload),
      ...(options.stored.values as Partial<Settings>),
    };
  }

  get now(): Settings {
    return { ...this.#now, ...this.#options.blockList.settings };
  }

  get decidedAtStart(): readonly DecidedAtStart[] {
    return this.#options.decidedAtStart;
  }

  /** Where addresses that a person typed may lie. */
  get reach(): Reach {
    return reachOf(this.#now);
  }

  get downloadDir(): string {
    return this.#now.downloadDir ?? this.#options.downloadDir;
  }

  /** The folder of the first label that has one. */
  folderFor(labels: readonly string[]): string {
    for (const label of labels) {
      const folder = labelOf(this.#now.labels, label)?.folder;
      if (folder !== undefined && folder !== null) return folder;
    }
    return this.downloadDir;
  }

  /**
   * Writes them; they hold from now on.
   * @returns those that were given
   * @throws ShoalError bad-argument; unsupported when an option of the start says otherwise; no-space: then nothing has changed
   */
  change(given: SettingsChange): Partial<Settings> {
    const { blockList } = this.#options;
    requireSettings(given, this.now);
    blockList.require(given);
    requireChangeable(given, this.#options.decidedAtStart);
    const settings = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<Settings>;
    const after = { ...this.#now, ...settings };
    this.#options.stored.store(blockList.storable(settings), () =>
      blockList.change(settings, reachOf(after)),
    );
    this.#now = after;
    return settings;
  }
}

const reachOf = ({ mayReachPrivate }: Settings): Reach => (mayReachPrivate ? 'anywhere' : 'inside');

/** For a roster that no host opened: what is set is forgotten when it is closed. */
export function settingsInMemory(): StoredSettings {
  let values: SettingsValues = {};
  return {
    get values() {
      return values;
    },
    store: (change, alongside) => {
      alongside?.();
      values = { ...values, ...change };
    },
  };
}
