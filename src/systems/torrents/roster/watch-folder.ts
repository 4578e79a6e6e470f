/**
 * A folder in which torrent files appear: each is added once it has stopped growing, and renamed to `.added`, or to
 * `.invalid` with the reason beside it. Files `.magnet` hold links.
 */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_TORRENT_BYTES } from '../../../data/content/metainfo.ts';

export interface WatchEvents {
  onTorrent(bytes: Uint8Array): Promise<void>;
  /** Text with a link, or with several. */
  onLinks(text: string): Promise<void>;
}

const MAX_LINK_BYTES = 64 * 1024;

export class WatchFolder {
  readonly #events: WatchEvents;
  /** Sizes at the last look. */
  #seen = new Map<string, number>();

  constructor(events: WatchEvents) {
    this.#events = events;
  }

  /** @param isRemoving what was added is removed @returns what was added */
  async look(folder: string, isRemoving: boolean): Promise<string[]> {
    const names = await readdir(folder).catch(() => []);
    const now = new Map<string, number>();
    const added: string[] = [];
    for (const name of names) {
      if (!/\.(torrent|magnet)$/i.test(name)) continue;
      const path = join(folder, name);
      const info = await stat(path).catch(() => undefined);
      if (info?.isFile() !== true) continue;
      now.set(path, info.size);
      if (this.#seen.get(path) !== info.size) continue;
      try {
        await this.#add(path, info.size);
        if (isRemoving) await rm(path);
        else await rename(path, `${path}.added`);
        added.push(name);
      } catch (error) {
        // What cannot be renamed is not tried for ever.
        now.set(path, info.size);
        await rename(path, `${path}.invalid`).catch(() => {});
        await writeFile(`${path}.invalid.txt`, `${(error as Error).message}\n`).catch(() => {});
      }
    }
    this.#seen = now;
    return added;
  }

  async #add(path: string, size: number): Promise<void> {
    const isLink = /\.magnet$/i.test(path);
    if (size > (isLink ? MAX_LINK_BYTES : MAX_TORRENT_BYTES)) throw new Error('it is too large');
    const bytes = await readFile(path);
    if (isLink) await this.#events.onLinks(bytes.toString('utf8').trim());
    else await this.#events.onTorrent(bytes);
  }
}
