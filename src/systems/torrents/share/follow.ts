/**
 * Following a share that changes (BEP 46): finds the newest signed version in the DHT, fetches what is new of it, and shows
 * it when it is complete. An older version never replaces a newer one; the item is put again, so that it lives on
 * while its publisher is away; the version that is here is seeded.
 *
 * Steps of a version: found → fetching (into a hidden folder, with what the old version has in common) → shown → seeded.
 */
import { stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { formatMagnet } from '../../../data/content/magnet.ts';
import { decodeMetainfo, encodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import type { UpdateLink } from '../../../data/content/update-link.ts';
import { decodeDictionary, encodeBencode, field } from '../../../ground/bencode.ts';
import type { Address } from '../../../ground/address.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { makeFolder } from '../../../ground/node/make-folder.ts';
import type { Item } from '../../../net/dht/core/operations.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import { nodeSignatures } from '../../../net/dht/node/ed25519.ts';
import {
  decodePointer,
  mutableTarget,
  signedBytes,
  type TorrentPointer,
} from '../../../net/dht/wire/items.ts';
import type { FollowRecord } from '../state/network-memory.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import type { ShoalPeer } from './peer.ts';
import { REPUT_MS } from './publish.ts';
import { reuseData } from './reuse.ts';
import type { Share } from './share.ts';
import type { ShareResult } from './status.ts';
import { isSameState, VersionFolder } from './version-folder.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';

export interface FollowOptions {
  readonly link: UpdateLink;
  readonly outputDir: string;
  /** Seconds between looks for a newer version. */
  readonly everySeconds?: number | undefined;
  /** Peers to ask besides those that are found. */
  readonly peers?: readonly Address[] | undefined;
  readonly signal: AbortSignal;
  readonly onNotice?: (message: string) => void;
}

export type FollowEvent =
  /** No DHT node has the item yet. */
  | { readonly type: 'nothing-found' }
  /** The version here is the newest in the network. */
  | { readonly type: 'up-to-date'; readonly sequence: number; readonly path: string }
  /** A newer version is being fetched; `share` has the progress. */
  | { readonly type: 'fetching'; readonly sequence: number; readonly share: Share }
  | {
      readonly type: 'version';
      readonly sequence: number;
      readonly path: string;
      readonly size: number;
      /** Bytes copied from the old version, and bytes fetched from peers. */
      readonly reusedBytes: number;
      readonly downloadBytes: number;
      /** Path of the old version, kept because a person had changed it. */
      readonly kept: string | undefined;
    };

/** In hex. */
interface Memo {
  readonly item: string;
  readonly torrent: string;
}

const DEFAULT_EVERY_SECONDS = 300;
/** Between looks while no version was found. */
const FIRST_LOOKS_MS = 5000;
const REUSED_MARK = 'reused';
const LOCK = 'follow';

export class Follower {
  readonly #peer: ShoalPeer;
  readonly #dht: DhtService;
  readonly #options: FollowOptions;
  readonly #target: Uint8Array;
  readonly #folder: VersionFolder;
  readonly #wakeup = new Wakeup();
  #record: FollowRecord | undefined;
  #seeding: Share | undefined;
  #putAt = 0;
  /** A newer version is known already. */
  #isHurried = false;

  /** @throws ShoalError bad-argument without a DHT */
  constructor(peer: ShoalPeer, options: FollowOptions) {
    if (peer.dht === undefined)
      throw new ShoalError('bad-argument', 'following needs the DHT: leave out --no-dht');
    this.#peer = peer;
    this.#dht = peer.dht;
    this.#options = options;
    const { publicKey, salt } = options.link;
    this.#target = mutableTarget(publicKey, salt, nodeHasher);
    this.#folder = new VersionFolder(resolve(options.outputDir), toHex(this.#target).slice(0, 16));
  }

  /** Runs until the signal; a failed version throws, and the next start goes on with it. @throws ShoalError */
  async *run(): AsyncGenerator<FollowEvent> {
    const { signal, outputDir, everySeconds = DEFAULT_EVERY_SECONDS } = this.#options;
    const { state } = this.#peer;
    const folder = resolve(outputDir);
    const lockKey = `${LOCK} ${toHex(this.#target)}`;
    state.lock(lockKey, folder);
    try {
      await makeFolder(folder).catch((error: unknown) => {
        throw fromSystemError(`cannot make the folder ${folder}`, error);
      });
      const interrupted = await this.#folder.recover();
      if (interrupted !== undefined) await this.#recall(interrupted);
      this.#record = state.network.loadFollow(toHex(this.#target), folder);
      await this.#seedPresent();
      while (!signal.aborted) {
        const item = await this.#find();
        if (item === undefined) yield { type: 'nothing-found' };
        else if (item.sequence! > (this.#record?.sequence ?? -1)) yield* this.#update(item);
        else if (this.#record !== undefined) {
          const path = await this.#presentPath();
          // A person removed the files: fetch the same version again.
          if (path === undefined) yield* this.#update(item);
          else yield { type: 'up-to-date', sequence: this.#record.sequence, path };
        }
        await this.#putAgain();
        const pauseMs = this.#isHurried ? 0 : item === undefined ? FIRST_LOOKS_MS : everySeconds * 1000;
        this.#isHurried = false;
        await this.#wakeup.wait(pauseMs, signal);
      }
    } finally {
      await this.#stopSeeding();
      await this.#folder.tidy();
      state.unlock(lockKey, folder);
    }
  }

  /** The newest item of the network and of our memory. */
  async #find(): Promise<Item | undefined> {
    const { link, signal } = this.#options;
    await this.#dht.waitUntilReady(10_000, signal);
    const found = await this.#dht
      .getItem(this.#target, { salt: link.salt, signal })
      .catch(() => ({ item: undefined }));
    const kept = this.#record === undefined ? undefined : readItem(this.#record.item, link);
    const { item } = found;
    if (item?.sequence === undefined || !isKeyOf(item, link)) return kept;
    return kept === undefined || item.sequence > kept.sequence! ? item : kept;
  }

  async *#update(item: Item): AsyncGenerator<FollowEvent> {
    const pointer = decodePointer(item.value);
    if (pointer === undefined) {
      throw new ShoalError(
        'bad-torrent',
        `version ${item.sequence} points at nothing that is a torrent (BEP 46)`,
      );
    }
    const { signal } = this.#options;
    const before = this.#record === undefined ? undefined : readTorrent(this.#record.torrent);
    if (before !== undefined && isSamePointer(before, pointer) && (await this.#presentPath()) !== undefined) {
      // The same content under a new number.
      this.#remember(item, this.#record!.torrent, this.#record!.fingerprints);
      return;
    }
    // The same version again: the share that seeds it has lost its files, and a peer runs a share only once.
    if (before !== undefined && isSamePointer(before, pointer)) await this.#stopSeeding();
    const key = toHex(pointer.infoHash);
    const staging = this.#folder.stagingOf(key);
    await this.#folder.removeStaging(key);
    let reusedBytes = 0;
    const share = await this.#peer.get(linkOf(pointer), {
      outputDir: staging,
      signal,
      ...(this.#options.peers === undefined ? {} : { peers: this.#options.peers }),
      prepare: async (metainfo, files) => {
        if (before === undefined || (await exists(join(staging, REUSED_MARK)))) return;
        const old = await locate(nodeDisk, before.info, this.#options.outputDir).catch(() => undefined);
        if (old === undefined) return;
        await files.makeOutputFolder();
        const oldFiles = this.#peer.filesInPlace(before, old.diskPaths);
        reusedBytes = await reuseData({ metainfo: before, files: oldFiles }, { metainfo, files }, signal);
        await writeFile(join(staging, REUSED_MARK), '');
      },
    });
    if (this.#options.onNotice !== undefined) share.onNotice = this.#options.onNotice;
    yield { type: 'fetching', sequence: item.sequence!, share };
    const result = await this.#fetchUnlessSuperseded(share, item.sequence!);
    if (result === undefined) return;
    const metainfo = share.metainfo!;
    await this.#stopSeeding();
    const old = await this.#present(before);
    const memo: Memo = { item: toHex(writeItem(item)), torrent: toHex(encodeMetainfo(metainfo)) };
    const { path, kept } = await this.#folder.show(result.path, old, JSON.stringify(memo));
    await this.#rememberShown(item, metainfo);
    await this.#folder.settle();
    await this.#seedPresent();
    const { size, downloadBytes } = result;
    yield { type: 'version', sequence: item.sequence!, path, size, reusedBytes, downloadBytes, kept };
  }

  /** Waits until a version is fetched; undefined when a newer one comes out first. */
  async #fetchUnlessSuperseded(share: Share, sequence: number): Promise<ShareResult | undefined> {
    const done = new AbortController();
    try {
      return await Promise.race([share.done, this.#newerThan(sequence, done.signal)]);
    } finally {
      done.abort();
      await share.stop();
    }
  }

  /** Resolves when there is a newer version; never, once it is aborted. */
  async #newerThan(sequence: number, signal: AbortSignal): Promise<undefined> {
    const pause = new Wakeup();
    while (!signal.aborted) {
      await pause.wait(1000 * (this.#options.everySeconds ?? DEFAULT_EVERY_SECONDS), signal);
      if (signal.aborted) break;
      const item = await this.#find();
      if (item?.sequence !== undefined && item.sequence > sequence) {
        this.#isHurried = true;
        return undefined;
      }
    }
    return new Promise(() => {});
  }

  /** Records a version that was shown just before a crash. */
  async #recall(text: string): Promise<void> {
    const [item, metainfo] = readMemo(text, this.#options.link);
    if (item !== undefined && metainfo !== undefined) await this.#rememberShown(item, metainfo);
    await this.#folder.settle();
  }

  async #presentPath(): Promise<string | undefined> {
    const metainfo = this.#record === undefined ? undefined : readTorrent(this.#record.torrent);
    if (metainfo === undefined) return undefined;
    return (await locate(nodeDisk, metainfo.info, this.#options.outputDir).catch(() => undefined))?.path;
  }

  /** The version that is shown, and whether its files are unchanged. */
  async #present(
    metainfo: Metainfo | undefined,
  ): Promise<{ path: string; metainfo: Metainfo; isUntouched: boolean } | undefined> {
    if (metainfo === undefined || this.#record === undefined) return undefined;
    const place = await locate(nodeDisk, metainfo.info, this.#options.outputDir).catch(() => undefined);
    if (place === undefined) return undefined;
    const prints = await this.#peer.filesInPlace(metainfo, place.diskPaths).fingerprint();
    return { path: place.path, metainfo, isUntouched: isSameState(this.#record.fingerprints, prints) };
  }

  /** Records what is shown now; it counts as whole, so that seeding reads nothing again. */
  async #rememberShown(item: Item, metainfo: Metainfo): Promise<void> {
    const { path, diskPaths } = await locate(nodeDisk, metainfo.info, this.#options.outputDir);
    const files = this.#peer.filesInPlace(metainfo, diskPaths);
    const prints = await files.fingerprint();
    const fingerprints = JSON.stringify(prints);
    const torrent = encodeMetainfo(metainfo);
    const have = new Bitfield(files.geometry.pieceCount);
    have.fillAll();
    const key = toHex(metainfo.infoHashV1 ?? metainfo.infoHashV2!);
    this.#peer.state.torrents.save(key, { folder: path, kind: 'place' }, torrent);
    this.#peer.state.shares.put({
      key,
      folder: path,
      kind: 'place',
      have: have.bytes,
      trust: 'all',
      epoch: 0,
      prints: new Map(prints.map(({ file, size, modifiedMs }) => [file, { size, modifiedMs }])),
      uploaded: 0,
      downloaded: 0,
    });
    this.#remember(item, torrent, fingerprints);
  }

  #remember(item: Item, torrent: Uint8Array, fingerprints: string): void {
    const folder = resolve(this.#options.outputDir);
    this.#record = {
      target: toHex(this.#target),
      folder,
      sequence: item.sequence!,
      torrent,
      fingerprints,
      item: writeItem(item),
    };
    this.#peer.state.network.saveFollow(this.#record);
    this.#putAt = 0;
  }

  /** Seeds the version here, unless a person changed its files: they are not what the publisher signed. */
  async #seedPresent(): Promise<void> {
    this.#seeding = undefined;
    const metainfo = this.#record === undefined ? undefined : readTorrent(this.#record.torrent);
    const present = await this.#present(metainfo);
    if (present === undefined || !present.isUntouched) return;
    try {
      this.#seeding = await this.#peer.seed(present.metainfo, dirname(present.path), {});
    } catch (error) {
      this.#options.onNotice?.(`the version here is not seeded: ${(error as Error).message}`);
    }
  }

  async #stopSeeding(): Promise<void> {
    await this.#seeding?.stop();
    this.#seeding = undefined;
  }

  async #putAgain(): Promise<void> {
    if (this.#record === undefined || performance.now() < this.#putAt) return;
    const item = readItem(this.#record.item, this.#options.link);
    if (item === undefined) return;
    const results = await this.#dht.putItem(item, { signal: this.#options.signal }).catch(() => []);
    if (results.some((result) => result.stored > 0)) this.#putAt = performance.now() + REPUT_MS;
  }
}

function linkOf(pointer: TorrentPointer): string {
  const { infoHash, infoHashV2 } = pointer;
  const isTruncated = infoHashV2 !== undefined && toHex(infoHashV2).startsWith(toHex(infoHash));
  return formatMagnet({
    ...(isTruncated ? {} : { infoHashV1: infoHash }),
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    trackers: [],
    webSeeds: [],
    peers: [],
  });
}

function isSamePointer(metainfo: Metainfo, pointer: TorrentPointer): boolean {
  const { infoHashV1, infoHashV2 } = metainfo;
  const own = infoHashV1 ?? infoHashV2!.subarray(0, 20);
  return toHex(own) === toHex(pointer.infoHash);
}

function isKeyOf(item: Item, link: UpdateLink): boolean {
  return item.key !== undefined && toHex(item.key) === toHex(link.publicKey);
}

function readTorrent(bytes: Uint8Array): Metainfo | undefined {
  const decoded = decodeMetainfo(bytes, nodeHasher);
  return decoded.ok ? decoded.value : undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
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
