/**
 * The block list among the settings of torrents. The rules system keeps it; where that is off nothing is blocked, and what
 * would change that is refused.
 */
import { parseHost } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Facades } from '../../../host/system.ts';
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts';
import type { Reach } from '../share/link-source.ts';

/** What the rules system publishes of it. */
export type KeptBlockList = Facades['rules']['blockList'];

export type BlockListSettings = Pick<Settings, 'usesBlocklist' | 'blocklistUrl' | 'bannedAddresses'>;
type Given = { readonly [Name in keyof BlockListSettings]?: Settings[Name] | undefined };

const NAMES: readonly (keyof BlockListSettings)[] = ['usesBlocklist', 'blocklistUrl', 'bannedAddresses'];

export class BlockList {
  readonly #kept: KeptBlockList | undefined;
  #failure: ShoalError | undefined;

  /** @param kept undefined while the rules system is off */
  constructor(kept: KeptBlockList | undefined) {
    this.#kept = kept;
  }

  get settings(): BlockListSettings {
    if (this.#kept === undefined) {
      const { usesBlocklist, blocklistUrl, bannedAddresses } = DEFAULT_SETTINGS;
      return { usesBlocklist, blocklistUrl, bannedAddresses };
    }
    const { isOn, url, banned } = this.#kept;
    return { usesBlocklist: isOn, blocklistUrl: url, bannedAddresses: banned };
  }

  /** Ranges in effect. */
  get size(): number {
    return this.#kept?.size ?? 0;
  }

  /** Why what is set is not in force, or the list could not be fetched the last time. */
  get trouble(): string | undefined {
    return this.#failure?.message ?? this.#kept?.trouble;
  }

  /** Why what is set could not be kept at the start; what was kept before is in force. */
  get failure(): ShoalError | undefined {
    return this.#failure;
  }

  /** @throws ShoalError unsupported when something is given that has no effect; what is told back as it is changes nothing */
  require(given: Given): void {
    if (this.#kept !== undefined) return;
    const { settings } = this;
    for (const name of NAMES) {
      const value = given[name];
      if (value !== undefined && !isSame(value, settings[name])) throw isOff();
    }
  }

  /** While the rules system is off, what was set before it was switched off stays stored. */
  storable(settings: Partial<Settings>): Partial<Settings> {
    if (this.#kept !== undefined) return settings;
    return Object.fromEntries(
      Object.entries(settings).filter(([name]) => !NAMES.some((other) => other === name)),
    );
  }

  /** @throws ShoalError no-space, io-error: then nothing has changed */
  change({ usesBlocklist, blocklistUrl, bannedAddresses }: Given, reach: Reach): void {
    const now = this.settings;
    this.#kept?.change(
      {
        isOn: usesBlocklist === now.usesBlocklist ? undefined : usesBlocklist,
        url: blocklistUrl === now.blocklistUrl ? undefined : blocklistUrl,
        banned: isSame(bannedAddresses, now.bannedAddresses) ? undefined : bannedAddresses,
      },
      reach,
    );
    this.#failure = undefined;
  }

  /**
   * Fetches the list anew.
   * @param reach whether its address may be in our own network
   * @returns how many ranges are in effect
   * @throws ShoalError bad-argument, fetch-failed, private-address, no-space; unsupported while the rules system is off
   */
  async update(reach: Reach): Promise<number> {
    if (this.#kept === undefined) throw isOff();
    return this.#kept.update(reach);
  }

  /**
   * What is stored takes effect at a start: the settings of torrents name the list, the rules system keeps it. A disk that is
   * full does not keep the daemon from starting: see `failure`.
   */
  follow({ usesBlocklist, blocklistUrl, bannedAddresses }: Partial<BlockListSettings>, reach: Reach): void {
    // Older versions took more than addresses.
    const addresses = bannedAddresses?.filter((address) => parseHost(address) !== undefined);
    try {
      this.change({ usesBlocklist, blocklistUrl, bannedAddresses: addresses }, reach);
    } catch (error) {
      if (!(error instanceof ShoalError)) throw error;
      this.#failure = error;
    }
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const isOff = (): ShoalError =>
  new ShoalError(
    'unsupported',
    'block lists and banned addresses belong to the system rules, which is off: switch it on with: shoal systems on rules',
  );
