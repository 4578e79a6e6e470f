/**
 * Runs one follow (BEP 46): finds the newest signed version in the DHT, has what is new of it fetched, shows it when it is
 * whole, and has it seeded. This file drives `core/follow-life.ts`, which decides; `versions.ts` is the port through which the
 * shares of the versions run, `shown-version.ts` knows what is shown, and `version-folder.ts` swaps the folders.
 */
import { stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { UpdateLink } from '../../../data/content/update-link.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import type { ShareFiles } from '../../../data/storage/node/share-files.ts';
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
import type { ShoalPeer } from './peer.ts';
import { reuseData } from './reuse.ts';
import { ShownVersion } from './shown-version.ts';
import { contentOf, isSignedBy, linkOf, pointerOf, versionOf } from './version-item.ts';
import { VersionFolder } from './version-folder.ts';
import type { VersionFetch, VersionShares, WholeVersion } from './versions.ts';

export interface FollowRunOptions {
  readonly link: UpdateLink;
  readonly outputDir: string;
  /** Seconds between looks for a newer version. */
  readonly everySeconds?: number | undefined;
  readonly shares: VersionShares;
  readonly signal: AbortSignal;
  /** The newest version was looked for, whatever was found. */
  readonly onLook?: (() => void) | undefined;
}

export type FollowRunEvent =
  /** No DHT node has the item yet. */
  | { readonly type: 'nothing-found' }
  /** The version here is the newest in the network. */
  | { readonly type: 'up-to-date'; readonly sequence: number; readonly path: string }
  /** A newer version is being fetched. */
  | { readonly type: 'fetching'; readonly sequence: number }
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
  readonly whole: WholeVersion;
  readonly reusedBytes: number;
}

export class FollowRun {
  readonly #peer: ShoalPeer;
  readonly #dht: DhtService;
  readonly #options: FollowRunOptions;
  readonly #target: Uint8Array;
  readonly #folder: VersionFolder;
  readonly #shown: ShownVersion;
  readonly #changes = new Wakeup();
  readonly #events: FollowRunEvent[] = [];
  /** What the machine asked for and has no answer yet. */
  readonly #work = new Set<Promise<void>>();
  #life: FollowLife | undefined;
  #failure: { readonly error: unknown } | undefined;
  #found: Item | undefined;
  #fetching: VersionFetch | undefined;
  #fetched: Fetched | undefined;

  /** @throws ShoalError bad-argument without a DHT */
  constructor(peer: ShoalPeer, options: FollowRunOptions) {
    if (peer.dht === undefined)
      throw new ShoalError('bad-argument', 'following needs the DHT: leave out --no-dht');
    this.#peer = peer;
    this.#dht = peer.dht;
    this.#options = options;
    const { link, outputDir } = options;
    this.#target = mutableTarget(link.publicKey, link.salt, nodeHasher);
    this.#folder = new VersionFolder(resolve(outputDir), toHex(this.#target));
    const stagingOf = (infoHash: string): string => this.#folder.stagingOf(infoHash);
    this.#shown = new ShownVersion({ peer, link, target: this.#target, outputDir, stagingOf });
  }

  /** Runs until the signal; a failed version throws, and the next start goes on with it. @throws ShoalError */
  async *run(): AsyncGenerator<FollowRunEvent> {
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
      await this.#showPresent();
      this.#life = this.#createLife();
      yield* this.#drive(this.#life, signal);
    } finally {
      this.#life?.handleStop();
      await this.#fetching?.leave();
      await Promise.all(this.#work);
      await this.#options.shares.close();
      await this.#folder.tidy();
      state.unlock(lockKey, folder);
    }
  }

  /** Looks for a newer version now, instead of at the next interval. */
  lookNow(): void {
    this.#life?.handleWanted(performance.now());
    this.#changes.wake();
  }

  async *#drive(life: FollowLife, signal: AbortSignal): AsyncGenerator<FollowRunEvent> {
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
      abandon: () => this.#do(async () => this.#fetching?.abandon()),
      show: () => this.#do(() => this.#show()),
      renumber: () => this.#shown.renumber(this.#found!),
      put: () => this.#do(() => this.#put()),
      tellNothingFound: () => this.#tell({ type: 'nothing-found' }),
      tellUpToDate: ({ sequence }: Version) => this.#do(() => this.#tellUpToDate(sequence)),
    };
    return new FollowLife(sink, everySeconds * 1000, item === undefined ? undefined : versionOf(item));
  }

  #tell(event: FollowRunEvent): void {
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
    const { metainfo } = this.#shown;
    if (metainfo !== undefined && this.#options.shares.mayShowAgain(metainfo)) await this.#showPresent();
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
    const infoHash = toHex(pointer.infoHash);
    const staging = this.#folder.stagingOf(infoHash);
    await this.#folder.removeStaging(infoHash);
    const isFirst = (await this.#shown.path()) === undefined;
    let reusedBytes = 0;
    const fetch = await this.#options.shares.fetch({
      sequence: version.sequence,
      link: linkOf(pointer),
      infoHash,
      staging,
      isShown: before !== undefined && contentOf(before) === version.content,
      isFirst,
      prepare: async (metainfo, files, signal) => {
        reusedBytes = await this.#reuse({ before, metainfo, files, signal }, staging);
      },
    });
    this.#fetching = fetch;
    let whole: WholeVersion | undefined;
    try {
      if (this.#isFetching(version)) {
        this.#tell({ type: 'fetching', sequence: version.sequence });
        whole = await fetch.done;
      }
    } catch (error) {
      if (this.#isFetching(version)) throw error;
    } finally {
      // One that was given up may end after the next has begun.
      if (this.#fetching === fetch) this.#fetching = undefined;
      if (whole === undefined || !this.#isFetching(version)) await this.#letGo(fetch, version);
    }
    if (whole === undefined) return;
    this.#fetched = { item, whole, reusedBytes };
    this.#life!.handleFetched(version);
  }

  /** It failed, or the run ends: another run goes on with it. Else a newer version is out. */
  async #letGo(fetch: VersionFetch, version: Version): Promise<void> {
    const hasEnded = this.#life!.state.is === 'stopped';
    await (hasEnded || this.#isFetching(version) ? fetch.leave() : fetch.abandon());
  }

  #isFetching(version: Version): boolean {
    const { state } = this.#life!;
    return state.is === 'fetching' && state.version === version;
  }

  /** @returns bytes that the new version has in common with the one that is shown */
  async #reuse({ before, metainfo, files, signal }: ReuseOptions, staging: string): Promise<number> {
    const { outputDir } = this.#options;
    if (before === undefined || (await exists(join(staging, REUSED_MARK)))) return 0;
    const old = await locate(nodeDisk, before.info, outputDir).catch(() => undefined);
    if (old === undefined) return 0;
    await files.makeOutputFolder();
    const oldFiles = this.#peer.filesInPlace(before, old.diskPaths);
    const bytes = await reuseData({ metainfo: before, files: oldFiles }, { metainfo, files }, signal);
    // The next start copies the rest.
    if (signal.aborted) return bytes;
    await writeFile(join(staging, REUSED_MARK), '');
    return bytes;
  }

  async #show(): Promise<void> {
    const { item, whole, reusedBytes } = this.#fetched!;
    this.#fetched = undefined;
    const { metainfo, size, downloadBytes } = whole;
    const { path, kept } = await this.#options.shares.whileStopped(async () => {
      const old = await this.#shown.present();
      const shown =
        whole.inPlace === undefined
          ? await this.#folder.show(whole.path, old, this.#shown.memoOf(item, metainfo))
          : { path: whole.path, kept: undefined };
      await this.#shown.remember(item, metainfo, whole.inPlace === 'person');
      await this.#folder.settle();
      await this.#showPresent();
      return shown;
    });
    this.#tell({
      ...{ type: 'version', sequence: item.sequence!, path, size, downloadBytes, kept },
      reusedBytes: whole.inPlace === undefined ? reusedBytes : size,
    });
    this.#life!.handleShown(performance.now());
  }

  async #showPresent(): Promise<void> {
    const present = await this.#shown.present();
    if (present !== undefined) await this.#options.shares.show(present);
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
  readonly signal: AbortSignal;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
