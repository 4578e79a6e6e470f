/**
 * The torrents of all shares, in the state folder: `KEY.torrent`, as other programs read them, and `KEY.json`, which says
 * where the data lies. With these, shares are found again when the database is lost.
 *
 * Invariant: a torrent is kept here alone, once, in however many folders its share lies.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../../../ground/errors.ts';
import { makeFolderSync } from '../../../ground/node/make-folder.ts';
import { replaceFile } from '../../../ground/node/replace-file.ts';
import { OWNER_FOLDER } from '../../../ground/node/private-folder.ts';
import type { ShareKind } from '../../../data/storage/records.ts';

/** A share may lie in several folders; more places than this are forgotten, the oldest first. */
const MAX_PLACES = 16;
const KEY = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

export interface Place {
  readonly folder: string;
  readonly kind: ShareKind;
}

export interface KeptPlace extends Place {
  readonly key: string;
}

export class TorrentCopies {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  pathOf(key: string): string {
    return join(this.folder, `${key}.torrent`);
  }

  /** @throws ShoalError no-space, no-permission, … */
  save(key: string, place: Place, torrent: Uint8Array): void {
    const path = this.pathOf(key);
    try {
      makeFolderSync(this.folder, OWNER_FOLDER);
      if (!isSame(path, torrent)) replaceFile(path, torrent);
    } catch (error) {
      throw fromSystemError(`cannot write ${path}`, error);
    }
    this.addPlace(key, place);
  }

  /** The share lies there as well; its torrent is here. @throws ShoalError no-space, no-permission, … */
  addPlace(key: string, place: Place): void {
    const places = this.#placesOf(key);
    if (places.some((known) => known.folder === place.folder && known.kind === place.kind)) return;
    const all = [...places, { folder: place.folder, kind: place.kind }].slice(-MAX_PLACES);
    const path = this.#placesPath(key);
    try {
      replaceFile(path, new TextEncoder().encode(`${JSON.stringify(all)}\n`));
    } catch (error) {
      throw fromSystemError(`cannot write ${path}`, error);
    }
  }

  /** The share is gone from that folder; with its last place the copy goes. */
  drop(key: string, folder: string): void {
    const left = this.#placesOf(key).filter((known) => known.folder !== folder);
    try {
      if (left.length > 0)
        replaceFile(this.#placesPath(key), new TextEncoder().encode(`${JSON.stringify(left)}\n`));
      else for (const path of [this.#placesPath(key), this.pathOf(key)]) rmSync(path, { force: true });
    } catch (error) {
      throw fromSystemError(`cannot remove ${this.pathOf(key)}`, error);
    }
  }

  /** A share that has nothing on the disk yet is to lie in another folder. */
  movePlace(key: string, from: string, to: string): void {
    const moved = this.#placesOf(key).find(({ folder }) => folder === from);
    if (from === to || moved === undefined || !this.has(key)) return;
    this.addPlace(key, { folder: to, kind: moved.kind });
    this.drop(key, from);
  }

  /** Where shares lay; what cannot be read is left where it is. */
  *places(): Generator<KeptPlace> {
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch {
      return;
    }
    for (const name of names) {
      const key = name.replace(/\.json$/, '');
      if (!name.endsWith('.json') || !KEY.test(key)) continue;
      for (const { folder, kind } of this.#placesOf(key)) yield { key, folder, kind };
    }
  }

  has(key: string): boolean {
    return existsSync(this.pathOf(key));
  }

  /** Undefined when there is none. */
  read(key: string): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(this.pathOf(key)));
    } catch {
      return undefined;
    }
  }

  #placesPath(key: string): string {
    return join(this.folder, `${key}.json`);
  }

  #placesOf(key: string): Place[] {
    try {
      const parsed: unknown = JSON.parse(readFileSync(this.#placesPath(key), 'utf8'));
      return Array.isArray(parsed) ? parsed.filter(isPlace) : [];
    } catch {
      return [];
    }
  }
}

function isPlace(value: unknown): value is Place {
  const { folder, kind } = (value ?? {}) as { folder?: unknown; kind?: unknown };
  return typeof folder === 'string' && (kind === 'place' || kind === 'fetch');
}

function isSame(path: string, content: Uint8Array): boolean {
  try {
    return readFileSync(path).equals(content);
  } catch {
    return false;
  }
}
