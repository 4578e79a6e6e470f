/**
 * The version of a followed publication that is shown: what is remembered of it over restarts and crashes, whether it still
 * lies on the disk, and whether a person has changed it.
 */
import { resolve } from 'node:path';
import { decodeMetainfo, encodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import type { UpdateLink } from '../../../data/content/update-link.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import { decodeDictionary, encodeBencode, field } from '../../../ground/bencode.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { Item } from '../../../net/dht/core/operations.ts';
import { nodeSignatures } from '../../../net/dht/node/ed25519.ts';
import { signedBytes } from '../../../net/dht/wire/items.ts';
import type { FollowRecord } from '../state/network-memory.ts';
import { keyOf } from './known-torrents.ts';
import type { ShoalPeer } from './peer.ts';
import { isSameState } from './version-folder.ts';
import { contentOf } from './version-item.ts';

/** In hex. */
interface Memo {
  readonly item: string;
  readonly torrent: string;
}

/** A version that lies in the folder. */
export interface PresentVersion {
  readonly path: string;
  readonly metainfo: Metainfo;
  /** No file was changed since the version was put there. */
  readonly isUntouched: boolean;
}

export interface ShownVersionOptions {
  readonly peer: ShoalPeer;
  readonly link: UpdateLink;
  /** Of the item in the DHT. */
  readonly target: Uint8Array;
  readonly outputDir: string;
  /** Where a version was made, by its info hash. */
  readonly stagingOf: (infoHash: string) => string;
}

export class ShownVersion {
  readonly #peer: ShoalPeer;
  readonly #link: UpdateLink;
  readonly #target: string;
  readonly #folder: string;
  readonly #stagingOf: (infoHash: string) => string;
  /** Key and path of the version that was shown last in this run. */
  #place: { readonly key: string; readonly path: string } | undefined;
  #record: FollowRecord | undefined;

  constructor({ peer, link, target, outputDir, stagingOf }: ShownVersionOptions) {
    this.#peer = peer;
    this.#link = link;
    this.#target = toHex(target);
    this.#folder = resolve(outputDir);
    this.#stagingOf = stagingOf;
  }

  /** What an earlier run showed. */
  load(): void {
    this.#record = this.#peer.state.network.loadFollow(this.#target, this.#folder);
  }

  /** The signed item, for who puts it again; undefined when our memory has garbled it. */
  get item(): Item | undefined {
    return this.#record === undefined ? undefined : readItem(this.#record.item, this.#link);
  }

  get metainfo(): Metainfo | undefined {
    return this.#record === undefined ? undefined : readTorrent(this.#record.torrent);
  }

  /** What finds a version again that was shown just before a crash: see `VersionFolder.show`. */
  memoOf(item: Item, metainfo: Metainfo): string {
    const memo: Memo = { item: toHex(writeItem(item)), torrent: toHex(encodeMetainfo(metainfo)) };
    return JSON.stringify(memo);
  }

  /** Records a version that was shown just before a crash. */
  async recall(text: string): Promise<void> {
    const [item, metainfo] = readMemo(text, this.#link);
    if (item !== undefined && metainfo !== undefined) await this.remember(item, metainfo);
  }

  /** Where it lies; undefined when somebody removed it. */
  async path(): Promise<string | undefined> {
    const { metainfo } = this;
    if (metainfo === undefined) return undefined;
    return (await locate(nodeDisk, metainfo.info, this.#folder).catch(() => undefined))?.path;
  }

  async present(): Promise<PresentVersion | undefined> {
    const { metainfo } = this;
    if (metainfo === undefined || this.#record === undefined) return undefined;
    const place = await locate(nodeDisk, metainfo.info, this.#folder).catch(() => undefined);
    if (place === undefined) return undefined;
    this.#place = { key: keyOf(metainfo), path: place.path };
    const prints = await this.#peer.filesInPlace(metainfo, place.diskPaths).fingerprint();
    return { path: place.path, metainfo, isUntouched: isSameState(this.#record.fingerprints, prints) };
  }

  /**
   * Records what is shown now; it counts as whole, so that seeding reads nothing again.
   * @param isOfPerson a person put it there: it counts as changed, and is kept when a newer version takes its place
   */
  async remember(item: Item, metainfo: Metainfo, isOfPerson = false): Promise<void> {
    const { shares, torrents } = this.#peer.state;
    const { path, diskPaths } = await locate(nodeDisk, metainfo.info, this.#folder);
    const files = this.#peer.filesInPlace(metainfo, diskPaths);
    const prints = await files.fingerprint();
    const torrent = encodeMetainfo(metainfo);
    const have = new Bitfield(files.geometry.pieceCount);
    have.fillAll();
    const key = keyOf(metainfo);
    // Where it was fetched to: its staging folder, or the folder itself.
    const sources = [this.#stagingOf(contentOf(metainfo)), this.#folder].filter((source) => source !== path);
    const counts = sources.map((source) => shares.get(key, source)).find((record) => record !== undefined);
    torrents.save(key, { folder: path, kind: 'place' }, torrent);
    shares.put({
      key,
      folder: path,
      kind: 'place',
      have: have.bytes,
      trust: 'all',
      epoch: 0,
      prints: new Map(prints.map(({ file, size, modifiedMs }) => [file, { size, modifiedMs }])),
      uploaded: counts?.uploaded ?? 0,
      downloaded: counts?.downloaded ?? 0,
    });
    this.#save(item, torrent, isOfPerson ? '' : JSON.stringify(prints));
    // Nothing of it lies there any more.
    const gone = sources.map((folder) => ({ key, path: folder }));
    if (this.#place !== undefined && this.#place.key !== key) gone.push(this.#place);
    for (const place of gone) {
      shares.remove(place.key, place.path);
      torrents.drop(place.key, place.path);
    }
    this.#place = { key, path };
  }

  /** The same content under a new number. */
  renumber(item: Item): void {
    const { torrent, fingerprints } = this.#record!;
    this.#save(item, torrent, fingerprints);
  }

  #save(item: Item, torrent: Uint8Array, fingerprints: string): void {
    this.#record = {
      target: this.#target,
      folder: this.#folder,
      sequence: item.sequence!,
      torrent,
      fingerprints,
      item: writeItem(item),
    };
    this.#peer.state.network.saveFollow(this.#record);
  }
}

function readTorrent(bytes: Uint8Array): Metainfo | undefined {
  const decoded = decodeMetainfo(bytes, nodeHasher);
  return decoded.ok ? decoded.value : undefined;
}

/** The item is checked by its signature, the torrent by what is on disk. */
function readMemo(text: string, link: UpdateLink): [Item | undefined, Metainfo | undefined] {
  try {
    const memo = JSON.parse(text) as Memo;
    return [readItem(fromHex(memo.item)!, link), readTorrent(fromHex(memo.torrent)!)];
  } catch {
    return [undefined, undefined];
  }
}

function writeItem(item: Item): Uint8Array {
  return encodeBencode({
    k: item.key,
    salt: item.salt,
    seq: item.sequence,
    sig: item.signature,
    v: item.value,
  });
}

/** Undefined for an item that our own memory has garbled: it is not signed by the key. */
function readItem(bytes: Uint8Array, link: UpdateLink): Item | undefined {
  const decoded = decodeDictionary(bytes);
  if (!decoded.ok) return undefined;
  const value = field.bytes(decoded.value, 'v');
  const signature = field.bytes(decoded.value, 'sig');
  const sequence = field.count(decoded.value, 'seq');
  if (value === undefined || signature === undefined || sequence === undefined) return undefined;
  const { publicKey, salt } = link;
  if (!nodeSignatures.verify(publicKey, signedBytes(salt, sequence, value), signature)) return undefined;
  return { value, signature, sequence, key: publicKey, ...(salt === undefined ? {} : { salt }) };
}
