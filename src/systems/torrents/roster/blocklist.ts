/** The block list: fetched on request, kept in the state folder, in force while it is switched on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { IpFilter } from '../../../ground/ip-filter.ts';
import { fetchPage, type Reach } from '../share/link-source.ts';
import type { ShoalPeer } from '../share/peer.ts';
import { replaceFile } from '../../../ground/node/replace-file.ts';
import type { BlockedHosts } from './blocked-hosts.ts';
import { type ListedRanges, MAX_LIST_BYTES, parseList, readBlocklist } from './blocklist-file.ts';

/** Lists are large, and their servers slow. */
const FETCH_MS = 10 * 60_000;

export class Blocklist {
  readonly #peer: Pick<ShoalPeer, 'state'>;
  readonly #blocked: BlockedHosts;
  /** Named when the peer was started: it is always in force. */
  readonly #file: string | undefined;
  #isOn = false;
  #ofFile: Omit<ListedRanges, 'text'> | undefined;
  /** A list was fetched, now or in an earlier run. */
  #isFetched = false;
  /** Why the list could not be fetched the last time. */
  trouble: string | undefined;
  #banned: readonly string[] = [];
  #loading: Promise<void> = Promise.resolve();

  constructor(peer: Pick<ShoalPeer, 'state'>, blocked: BlockedHosts, file: string | undefined) {
    this.#peer = peer;
    this.#blocked = blocked;
    this.#file = file;
  }

  /** Ranges in force. */
  get size(): number {
    return this.#blocked.ranges.size;
  }

  /** Of the file that was named at the start. */
  get ofFile(): Omit<ListedRanges, 'text'> | undefined {
    return this.#ofFile;
  }

  /** @throws ShoalError bad-argument, not-found, no-permission when the file named at the start is no list */
  async switch(isOn: boolean): Promise<void> {
    this.#isOn = isOn;
    await this.#load();
  }

  /** Besides what the lists name: these addresses, and no others that were given before. */
  async ban(addresses: readonly string[]): Promise<void> {
    this.#banned = addresses;
    await this.#load();
  }

  /** What is switched on is in force: the list is fetched when there is none yet. What fails is `trouble`. */
  async fetchMissing(url: string, reach: Reach): Promise<void> {
    if (!this.#isOn || this.#isFetched || url === '') return;
    await this.update(url, reach).catch(() => {});
  }

  /**
   * Fetches the list anew.
   * @param reach whether its address may be in our own network
   * @returns how many ranges it has
   * @throws ShoalError bad-argument, fetch-failed, private-address, no-space
   */
  async update(url: string, reach: Reach): Promise<number> {
    this.trouble = undefined;
    try {
      return await this.#update(url, reach);
    } catch (error) {
      this.trouble = (error as Error).message;
      throw error;
    }
  }

  async #update(url: string, reach: Reach): Promise<number> {
    if (!/^https?:\/\//i.test(url))
      throw new ShoalError('bad-argument', 'set the address of a block list first');
    const { body } = await fetchPage(url, { maxBytes: MAX_LIST_BYTES, totalMs: FETCH_MS, reach });
    const { filter, text } = await readBlocklist(body, url);
    replaceFile(this.#path, text);
    await this.#load();
    return filter.size;
  }

  get #path(): string {
    return join(this.#peer.state.folder, 'blocklist.txt');
  }

  /** One at a time: what was asked for last holds in the end. */
  #load(): Promise<void> {
    const loaded = this.#loading.then(() => this.#loadNow());
    this.#loading = loaded.catch(() => {});
    return loaded;
  }

  async #loadNow(): Promise<void> {
    const filters: IpFilter[] = [];
    if (this.#file !== undefined) {
      // Read once: what holds from the start does not depend on what becomes of the file.
      this.#ofFile ??= await this.#readFile(this.#file);
      filters.push(this.#ofFile.filter);
    }
    // Absent until it is fetched.
    const kept = this.#isOn ? await readFile(this.#path).catch(() => undefined) : undefined;
    if (this.#isOn) this.#isFetched = kept !== undefined;
    if (kept !== undefined) filters.push((await parseList(kept)).filter);
    if (this.#banned.length > 0) filters.push(IpFilter.parse(this.#banned.join('\n')).filter);
    this.#blocked.ranges = IpFilter.join(filters);
  }

  async #readFile(path: string): Promise<Omit<ListedRanges, 'text'>> {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw fromSystemError(`cannot read ${path}`, error);
    });
    const { filter, skipped } = await readBlocklist(bytes, path);
    return { filter, skipped };
  }
}
