/** What the rules system publishes to others. */
import type { Filter } from '../../ground/filter.ts';
import type { Reach } from '../../ground/node/fetch.ts';

/** The block list as the settings of torrents, Transmission and qBittorrent know it: one list, and banned addresses. */
export interface BlockListFacade {
  readonly isOn: boolean;
  /** '' before somebody names one. */
  readonly url: string;
  /** Single addresses. */
  readonly banned: readonly string[];
  /** Ranges of addresses that are denied, of all lists and rules. */
  readonly size: number;
  /** Why the list could not be fetched the last time. */
  readonly trouble: string | undefined;
  /**
   * What is absent stays. A list that is switched on, and is not here yet, is fetched; what fails is `trouble`.
   * @throws ShoalError bad-argument, no-space, io-error: then nothing has changed
   */
  change(change: BlockListChange, reach: Reach): void;
  /** Fetches the list anew. @returns `size` @throws ShoalError bad-argument, fetch-failed, private-address, no-space */
  update(reach: Reach): Promise<number>;
}

export interface BlockListChange {
  readonly isOn?: boolean | undefined;
  readonly url?: string | undefined;
  readonly banned?: readonly string[] | undefined;
}

export interface RulesFacade {
  readonly filter: Filter;
  readonly blockList: BlockListFacade;
}

declare module '../../host/system.ts' {
  interface Facades {
    readonly rules: RulesFacade;
  }
}
