/**
 * Following a share that changes (BEP 46): finds the newest signed version in the DHT, fetches what is new of it, shows it
 * when it is complete, and seeds it. This file drives `core/follow-life.ts`, which decides; `shown-version.ts` knows what is
 * shown, and `version-folder.ts` swaps the folders.
 */
import { stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { UpdateLink } from '../../../data/content/update-link.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import type { ShareFiles } from '../../../data/storage/node/share-files.ts';
import type { Address } from '../../../ground/address.ts';
import { assert } from '../../../ground/assert.ts';
import { toHex } from '../../../ground/bytes.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { makeFolder } from '../../../ground/node/make-folder.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import type { Item } from '../../../net/dht/core/operations.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import { mutableTarget } from '../../../net/dht/wire/items.ts';
import { FollowLife, type Version } from './core/follow-life.ts';
import type { ShareLimits } from './limits.ts';
import type { SearchWays } from './options.ts';
import type { ShoalPeer } from './peer.ts';
import { reuseData } from './reuse.ts';
import type { Share } from './share.ts';
import { ShownVersion } from './shown-version.ts';
import { contentOf, isSignedBy, linkOf, pointerOf, versionOf } from './version-item.ts';
import type { ShareResult } from './status.ts';
import { VersionFolder } from './version-folder.ts';

export interface FollowOptions extends ShareLimits, Pick<SearchWays, 'usesLsd'> {
  readonly link: UpdateLink;
  readonly outputDir: string;
  /** Seconds between looks for a newer version. */
  readonly everySeconds?: number | undefined;
  /** Peers to ask besides those that are found. */
  readonly peers?: readonly Address[] | undefined;
  readonly signal: AbortSignal;
  readonly onNotice?: (message: string) => void;
  /** The newest version was looked for, whatever was found. */
  readonly onLook?: (() => void) | undefined;
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

export const DEFAULT_EVERY_SECONDS = 300;
const DHT_READY_MS = 10_000;
const REUSED_MARK = 'reused';
const LOCK = 'follow';

/** What was fetched, until it is shown. */
interface Fetched {
  readonly item: Item;
  readonly metainfo: Metainfo;
  readonly result: ShareResult;
  readonly reusedBytes: number;
}

export class Follower {
  readonly #peer: ShoalPeer;
  readonly #dht: DhtService;
  readonly #options: FollowOptions;
  readonly #target: Uint8Array;
  readonly #folder: VersionFolder;
  readonly #shown: ShownVersion;
  readonly #changes = new Wakeup();
  readonly #events: FollowEvent[] = [];
  /** What the machine asked for and has no answer yet. */
  readonly #work = new Set<Promise<void>>();
  #life: FollowLife | undefined;
  #failure: { readonly error: unknown } | undefined;
  #found: Item | undefined;
  #fetching: Share | undefined;
  #fetched: Fetched | undefined;
  #seeding: Share | undefined;
  /** A rule kept the version here from being seeded. */
  #isDenied = false;

  /** @throws ShoalError bad-argument without a DHT */
  constructor(peer: ShoalPeer, options: FollowOptions) {
    if (peer.dht === undefined)
      throw new ShoalError('bad-argument', 'following needs the DHT: leave out --no-dht');
    this.#peer = peer;
    this.#dht = peer.dht;
    this.#options = options;
    const { link, outputDir } = options;
    this.#target = mutableTarget(link.publicKey, link.salt, nodeHasher);
    this.#folder = new VersionFolder(resolve(outputDir), toHex(this.#target).slice(0, 16));
    this.#shown = new ShownVersion({ peer, link, target: this.#target, outputDir });
  }

  /** Runs until the signal; a failed version throws, and the next start goes on with it. @throws ShoalError */
  async *run(): AsyncGenerator<FollowEvent> {
    const { signal, outputDir } = this.#options;
    const { state } = this.#peer;
    const folder = resolve(outputDir);
    const lockKey = `${LOCK} ${toHex(this.#target)}`;
    state.lock(lockKey, folder);
    try {
      await makeFolder(folder).catch((error: unknown) => {
        throw fromSystemError(`cannot make the folder ${folder}`, error);
      });
      const interrupted = await this.#folder.recover();
      if (interrupted !== undefined) {
        await this.#shown.recall(interrupted);
        await this.#folder.settle();
      }
      this.#shown.load();
      await this.#seedPresent();
      this.#life = this.#createLife();
      yield* this.#drive(this.#life, signal);
    } finally {
      this.#life?.handleStop();
      await this.#fetching?.stop();
      await Promise.all(this.#work);
      await this.#stopSeeding();
      await this.#folder.tidy();
      state.unlock(lockKey, folder);
    }
  }

  /** Looks for a newer version now, instead of at the next interval. */
  lookNow(): void {
    this.#life?.handleWanted(performance.now());
    this.#changes.wake();
  }

  async *#drive(life: FollowLife, signal: AbortSignal): AsyncGenerator<FollowEvent> {
    for (;;) {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) yield event;
      if (this.#failure !== undefined) throw this.#failure.error;
      if (signal.aborted) return;
      const at = life.nextTimeout();
      const nowMs = performance.now();
      if (at !== undefined && nowMs >= at) life.handleTimeout(nowMs);
      else await this.#changes.wait(at === undefined ? 60_000 : at - nowMs, signal);
    }
  }

  #createLife(): FollowLife {
    const { everySeconds = DEFAULT_EVERY_SECONDS } = this.#options;
    const { item } = this.#shown;
    const sink = {
      look: () => this.#do(() => this.#look()),
      fetch: (version: Version) => this.#do(() => this.#fetch(version)),
      abandon: () => this.#do(async () => this.#fetching?.stop()),
      show: () => this.#do(() => this.#show()),
      renumber: () => this.#shown.renumber(this.#found!),
      put: () => this.#do(() => this.#put()),
      tellNothingFound: () => this.#tell({ type: 'nothing-found' }),
      tellUpToDate: ({ sequence }: Version) => this.#do(() => this.#tellUpToDate(sequence)),
    };
    return new FollowLife(sink, everySeconds * 1000, item === undefined ? undefined : versionOf(item));
  }

  #tell(event: FollowEvent): void {
    this.#events.push(event);
    this.#changes.wake();
  }

  #do(work: () => Promise<void>): void {
    const working = work()
      .catch((error: unknown) => {
        if (!this.#options.signal.aborted) this.#failure ??= { error };
      })
      .finally(() => {
        this.#work.delete(working);
        this.#changes.wake();
      });
    this.#work.add(working);
  }

  async #tellUpToDate(sequence: number): Promise<void> {
    if (this.#maySeedAgain()) await this.#seedPresent();
    const path = await this.#shown.path();
    if (path !== undefined) this.#tell({ type: 'up-to-date', sequence, path });
  }

  async #look(): Promise<void> {
    const found = await this.#find();
    this.#options.onLook?.();
    this.#found = found;
    const newest = found === undefined ? undefined : versionOf(found);
    const isPresent = (await this.#shown.path()) !== undefined;
    this.#life!.handleLook(performance.now(), { newest, isPresent });
  }

  /** The newest item of the network and of our memory. */
  async #find(): Promise<Item | undefined> {
    const { link, signal } = this.#options;
    await this.#dht.waitUntilReady(DHT_READY_MS, signal);
    const found = await this.#dht
      .getItem(this.#target, { salt: link.salt, signal })
      .catch(() => ({ item: undefined }));
    const kept = this.#shown.item;
    const { item } = found;
    if (item?.sequence === undefined || !isSignedBy(item, link)) return kept;
    return kept === undefined || item.sequence > kept.sequence! ? item : kept;
  }

  async #fetch(version: Version): Promise<void> {
    const item = this.#found!;
    const pointer = pointerOf(item);
    const before = this.#shown.metainfo;
    // The same version again: the share that seeds it has lost its files, and a peer runs a share only once.
    if (before !== undefined && contentOf(before) === version.content) await this.#stopSeeding();
    const key = toHex(pointer.infoHash);
    const staging = this.#folder.stagingOf(key);
    await this.#folder.removeStaging(key);
    const { signal, peers, onNotice } = this.#options;
    let reusedBytes = 0;
    const share = await this.#peer.get(linkOf(pointer), {
      ...this.#preferences,
      outputDir: staging,
      signal,
      ...(peers === undefined ? {} : { peers }),
      prepare: async (metainfo, files) => {
        reusedBytes = await this.#reuse({ before, metainfo, files }, staging);
      },
    });
    if (onNotice !== undefined) share.onNotice = onNotice;
    this.#fetching = share;
    try {
      if (!this.#isFetching(version)) return;
      this.#tell({ type: 'fetching', sequence: version.sequence, share });
      const result = await share.done;
      assert(share.metainfo !== undefined, 'what was fetched is known');
      this.#fetched = { item, metainfo: share.metainfo, result, reusedBytes };
    } catch (error) {
      // A newer version is out: this one was given up.
      if (this.#isFetching(version)) throw error;
    } finally {
      // One that was given up may end after the next has begun.
      if (this.#fetching === share) this.#fetching = undefined;
      await share.stop();
    }
    this.#life!.handleFetched(version);
  }

  get #preferences(): ShareLimits & SearchWays {
    const { downloadLimit, uploadLimit, usesLsd } = this.#options;
    return { downloadLimit, uploadLimit, usesLsd };
  }

  #isFetching(version: Version): boolean {
    const { state } = this.#life!;
    return state.is === 'fetching' && state.version === version;
  }

  /** @returns bytes that the new version has in common with the one that is shown */
  async #reuse({ before, metainfo, files }: ReuseOptions, staging: string): Promise<number> {
    const { outputDir, signal } = this.#options;
    if (before === undefined || (await exists(join(staging, REUSED_MARK)))) return 0;
    const old = await locate(nodeDisk, before.info, outputDir).catch(() => undefined);
    if (old === undefined) return 0;
    await files.makeOutputFolder();
    const oldFiles = this.#peer.filesInPlace(before, old.diskPaths);
    const bytes = await reuseData({ metainfo: before, files: oldFiles }, { metainfo, files }, signal);
    await writeFile(join(staging, REUSED_MARK), '');
    return bytes;
  }

  async #show(): Promise<void> {
    const { item, metainfo, result, reusedBytes } = this.#fetched!;
    this.#fetched = undefined;
    await this.#stopSeeding();
    const old = await this.#shown.present();
    const { path, kept } = await this.#folder.show(result.path, old, this.#shown.memoOf(item, metainfo));
    await this.#shown.remember(item, metainfo);
    await this.#folder.settle();
    await this.#seedPresent();
    const { size, downloadBytes } = result;
    this.#tell({ type: 'version', sequence: item.sequence!, path, size, reusedBytes, downloadBytes, kept });
    this.#life!.handleShown(performance.now());
  }

  /** Seeds the version here, unless a person changed its files: they are not what the publisher signed. */
  async #seedPresent(): Promise<void> {
    this.#seeding = undefined;
    this.#isDenied = false;
    const present = await this.#shown.present();
    if (present === undefined || !present.isUntouched) return;
    try {
      this.#seeding = await this.#peer.seed(present.metainfo, dirname(present.path), this.#preferences);
    } catch (error) {
      this.#isDenied = error instanceof ShoalError && error.code === 'denied';
      this.#options.onNotice?.(`the version here is not seeded: ${(error as Error).message}`);
    }
  }

  /** A rule ended it, or kept it from starting, and is gone. */
  #maySeedAgain(): boolean {
    const { metainfo } = this.#shown;
    const phase = this.#seeding?.phase;
    if (metainfo === undefined || !(this.#isDenied || phase === 'failed' || phase === 'stopped'))
      return false;
    return this.#peer.denialOf([metainfo.infoHashV1, metainfo.infoHashV2], 'share') === undefined;
  }

  async #stopSeeding(): Promise<void> {
    await this.#seeding?.stop();
    this.#seeding = undefined;
  }

  async #put(): Promise<void> {
    const { item } = this.#shown;
    const { signal } = this.#options;
    const results = item === undefined ? [] : await this.#dht.putItem(item, { signal }).catch(() => []);
    const isStored = results.some((result) => result.stored > 0);
    this.#life!.handlePut(performance.now(), isStored);
  }
}

interface ReuseOptions {
  readonly before: Metainfo | undefined;
  readonly metainfo: Metainfo;
  readonly files: ShareFiles;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
