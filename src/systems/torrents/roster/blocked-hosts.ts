/** The block list as a filter: it denies addresses, and no shares. */
import { formatHost } from '../../../ground/address.ts';
import { type Denial, type Filter, NO_FILTER } from '../../../ground/filter.ts';
import { IpFilter } from '../../../ground/ip-filter.ts';

const BLOCKED: Denial = { list: 'block list', reason: '' };

export class BlockedHosts implements Filter {
  readonly allowsAllHashes: boolean = true;
  readonly denyHash: Filter['denyHash'] = NO_FILTER.denyHash;
  readonly #listeners = new Set<() => void>();
  #ranges: IpFilter = IpFilter.EMPTY;

  get ranges(): IpFilter {
    return this.#ranges;
  }

  set ranges(ranges: IpFilter) {
    this.#ranges = ranges;
    for (const listener of this.#listeners) listener();
  }

  get allowsAllHosts(): boolean {
    return this.#ranges.size === 0;
  }

  denyHost(host: Uint8Array): Denial | undefined {
    return this.#ranges.blocks(formatHost(host)) ? BLOCKED : undefined;
  }

  listen(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }
}
