/** The block list of a peer: fetched when somebody asks for it, kept in the state folder, in force while it is switched on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ShoalError } from '../ground/errors.ts';
import { IpFilter } from '../ground/ip-filter.ts';
import { fetchPage, type Reach } from '../peer/link-source.ts';
import type { ShoalPeer } from '../peer/peer.ts';
import { replaceFile } from '../storage/node/torrent-copies.ts';

const MAX_LIST_BYTES = 128 * 1024 * 1024;

export class Blocklist {
  readonly #peer: ShoalPeer;
  /** Named when the peer was started: it is always in force. */
  readonly #file: string | undefined;
  #isOn = false;

  constructor(peer: ShoalPeer, file: string | undefined) {
    this.#peer = peer;
    this.#file = file;
  }

  /** Ranges in force. */
  get size(): number {
    return this.#peer.guards.filter.size;
  }

  async switch(isOn: boolean): Promise<void> {
    this.#isOn = isOn;
    await this.#load();
  }

  /**
   * Fetches the list anew.
   * @returns how many ranges it has
   * @throws ShoalError bad-argument, fetch-failed, private-address, no-space
   */
  async update(url: string, reach: Reach): Promise<number> {
    if (!/^https?:\/\//i.test(url))
      throw new ShoalError('bad-argument', 'set the address of a block list first');
    const { body: bytes } = await fetchPage(url, { maxBytes: MAX_LIST_BYTES, reach });
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const list = isPacked ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_LIST_BYTES }) : bytes;
    const { filter } = IpFilter.parse(new TextDecoder('latin1').decode(list));
    if (filter.size === 0)
      throw new ShoalError('bad-argument', `${url} holds no block list that can be read`);
    replaceFile(this.#path, list);
    await this.#load();
    return filter.size;
  }

  get #path(): string {
    return join(this.#peer.state.folder, 'blocklist.txt');
  }

  async #load(): Promise<void> {
    const texts: string[] = [];
    if (this.#file !== undefined) texts.push(await readFile(this.#file, 'latin1'));
    if (this.#isOn) texts.push(await readFile(this.#path, 'latin1').catch(() => ''));
    const { guards, shares } = this.#peer;
    guards.filter = texts.length === 0 ? IpFilter.EMPTY : IpFilter.parse(texts.join('\n')).filter;
    if (guards.filter.size > 0) for (const share of shares) share.dropBlocked();
  }
}
