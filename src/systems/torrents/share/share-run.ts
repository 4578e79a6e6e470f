/**
 * Runs one share from start to stop: passes events between its swarm, its files and its search for peers, and moves it
 * through the states of `core/share-life.ts`.
 */
import { resolve } from 'node:path';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { ProvedData } from '../../../data/storage/node/storage-options.ts';
import { type Address, addressKey } from '../../../ground/address.ts';
import { toHex } from '../../../ground/bytes.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { denyHashes, describeDenial } from '../../../ground/filter.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import { resolveNames, separateNames } from '../../../net/link/node/resolve-peers.ts';
import type { PeerSource } from '../swarm/core/peer-pool.ts';
import type { SwarmEvent } from '../swarm/core/sink.ts';
import { ShareDriver } from '../swarm/node/share-driver.ts';
import type { PeerContext } from './context.ts';
import { ShareLife } from './core/share-life.ts';
import { addKnownLayers } from './known-torrents.ts';
import { ShareBuckets } from './limits.ts';
import type { FetchStrategy, ShareSetup } from './options.ts';
import { PeerSearch } from './peer-search.ts';
import { Readers } from './readers.ts';
import { type ContentEvents, ShareContent } from './share-content.ts';
import { describeClosed, type ShareResult } from './status.ts';
import { WebSeeds } from './web-seeds.ts';

/** Interval at which waiting calls look again by themselves. */
export const LOOK_MS = 1000;
/** Longest wait for hashing to end, so that the files are free; a disk that hangs never answers. */
const OPENING_MS = 3000;

export interface ShareRunOptions {
  readonly peer: PeerContext;
  readonly setup: ShareSetup;
  /** For people: warnings and bans. */
  readonly onNotice: (message: string, about?: 'peer') => void;
  /** All of it is closed. */
  readonly onStopped: () => void;
}

export class ShareRun {
  readonly infoHashV1: Uint8Array | undefined;
  readonly infoHashV2: Uint8Array | undefined;
  /** Resolves when all that is wanted is here, proved and under its final name; rejects with a ShoalError. */
  readonly done: Promise<ShareResult>;
  readonly driver: ShareDriver;
  readonly life: ShareLife<ShareContent>;
  readonly buckets: ShareBuckets;
  readonly search: PeerSearch;
  readonly readers: Readers;
  /** Woken at each new phase, and when files of a person are lost or found. */
  readonly changes: Wakeup = new Wakeup();
  webSeeds: WebSeeds | undefined;
  /** How often files of a person were lost or found. */
  fileChanges = 0;
  /** Why the last connection to a peer ended, for people. */
  lastGone: string | undefined;

  readonly #peer: PeerContext;
  readonly #setup: Omit<ShareSetup, 'torrent'>;
  /** Until it is kept in the state folder. */
  #torrent: ShareSetup['torrent'];
  readonly #onNotice: ShareRunOptions['onNotice'];
  readonly #onStopped: ShareRunOptions['onStopped'];
  readonly #startedAt = performance.now();
  readonly #abort = new AbortController();
  #strategy: FetchStrategy;
  #unlock: () => void = () => {};
  #saving: Promise<void> | undefined;
  /** Settled when no opening of the files is under way. */
  #opening: Promise<void> = Promise.resolve();
  readonly #ending: PromiseWithResolvers<ShareResult> = Promise.withResolvers();

  constructor({ peer, setup, onNotice, onStopped }: ShareRunOptions) {
    this.#peer = peer;
    const { torrent, ...kept } = setup;
    this.#setup = kept;
    this.#torrent = torrent;
    this.#onNotice = onNotice;
    this.#onStopped = onStopped;
    this.life = new ShareLife(setup.metainfo, () => this.changes.wake());
    this.infoHashV1 = setup.metainfo?.infoHashV1 ?? setup.magnet?.infoHashV1;
    this.infoHashV2 = setup.metainfo?.infoHashV2 ?? setup.magnet?.infoHashV2;
    this.done = this.#ending.promise;
    this.done.catch(() => {});
    this.buckets = new ShareBuckets(setup, { download: peer.downloadLimit, upload: peer.uploadLimit });
    const isSequential = setup.isSequential === true;
    const plain = { isSequential, isOnDemand: false, isEndsFirst: false, priorities: new Map() };
    this.#strategy = { ...plain, ...setup.strategy };
    this.driver = new ShareDriver(
      {
        ...peer.swarmOptions,
        infoHashV1: this.infoHashV1,
        infoHashV2: this.infoHashV2,
        needsMetadata: setup.metainfo === undefined,
        downloadLimit: this.buckets.download,
        uploadLimit: this.buckets.upload,
        isSequential,
        isSuperSeeding: setup.isSuperSeeding === true,
      },
      peer,
      (event) => this.#handleEvent(event),
    );
    this.search = this.#createSearch();
    this.readers = new Readers({
      whenKnown: (signal) => this.whenKnown(signal),
      storage: () => this.requireContent().storage,
      have: () => this.driver.swarm.content!.picker.have,
      isOver: () => this.life.isOver,
      setUrgent: (urgent) => this.driver.call((swarm, now) => swarm.handleUrgent(now, urgent)),
    });
  }

  get metainfo(): Metainfo | undefined {
    return this.life.state.metainfo;
  }

  /** 40 hex digits of v1, or 64 of v2. */
  get key(): string {
    return toHex(this.infoHashV1 ?? this.infoHashV2!);
  }

  get name(): string {
    return this.metainfo?.info.name ?? this.#setup.magnet?.name ?? this.key;
  }

  /** Web servers (BEP 19) that the metadata or the link names. */
  get webSeedCount(): number {
    return (this.metainfo?.webSeeds ?? this.#setup.magnet?.webSeeds ?? []).length;
  }

  /** In place: the path that is shared. Fetched: the output folder. */
  get folder(): string {
    const { place } = this.#setup;
    const { files } = this.life.state;
    if (files !== undefined) return files.storage.folder;
    return place.kind === 'place' ? place.path : resolve(place.outputDir);
  }

  /**
   * Starts; for a share in place `proved` are the pieces that are right. Returns when peers are being looked for.
   * @throws ShoalError
   */
  async start(proved?: ProvedData): Promise<void> {
    const { metainfo } = this;
    const { magnet, peers } = this.#setup;
    try {
      this.#peer.state.lock(this.key, this.folder);
      this.#unlock = () => this.#peer.state.unlock(this.key, this.folder);
      if (metainfo !== undefined) await (this.#opening = this.#open(metainfo, proved));
      this.search.startAnnouncing();
      if (peers !== undefined) this.addPeers(peers, 'person');
      if (metainfo?.info.isPrivate !== true)
        this.search.startFinding([...(metainfo?.dhtNodes ?? []), ...(magnet?.peers ?? [])]);
    } catch (error) {
      this.fail(error instanceof ShoalError ? error : fromSystemError('cannot start', error));
      throw error;
    }
  }

  /** Once. */
  async stop(): Promise<void> {
    const isAborted = this.life.handleStop();
    this.#abort.abort();
    this.webSeeds?.stop();
    // Before the connections close: it saves the addresses of open ones.
    const told = this.search.stop();
    this.driver.stop();
    await told;
    await withTimeLimit(this.folder, this.#opening, { ms: OPENING_MS }).catch(() => {});
    this.#saveLayers(() => this.life.state.files?.saveLayers());
    await this.life.state.files?.storage.close().catch((error: unknown) => {
      this.#onNotice(`what came last is checked at the next start: ${(error as Error).message}`);
    });
    this.driver.releaseMemory();
    this.readers.handlePiece();
    this.#unlock();
    this.#onStopped();
    this.changes.wake();
    if (isAborted) this.#ending.reject(new ShoalError('aborted', 'the share was stopped'));
  }

  addPeers(addresses: readonly Address[], source: PeerSource): void {
    if (this.life.isOver) return;
    // Peers of the local network announce themselves to all: this share was not to be found there.
    if (source === 'local' && this.#setup.usesLsd === false) return;
    const { known, named } = separateNames(addresses);
    this.driver.call((swarm, now) => swarm.handleCandidates(now, known, source));
    if (named.length > 0) void resolveNames(named).then((found) => this.addPeers(found, source));
  }

  /** Resolves when it is known what is in it and what of that is here. @throws ShoalError aborted */
  async whenKnown(signal?: AbortSignal): Promise<Metainfo> {
    for (;;) {
      const { state } = this.life;
      if (state.phase !== 'checking' && state.files !== undefined && state.metainfo !== undefined)
        return state.metainfo;
      if (this.life.isOver || signal?.aborted === true)
        throw new ShoalError('aborted', `"${this.name}" was stopped`);
      await this.changes.wait(LOOK_MS, signal);
    }
  }

  setStrategy(strategy: Partial<FetchStrategy>): void {
    this.#strategy = { ...this.#strategy, ...strategy };
    this.life.state.files?.applyStrategy(this.#strategy, strategy.priorities !== undefined);
  }

  async select(wanted: ReadonlySet<number>): Promise<void> {
    await this.requireContent().select(wanted, this.#strategy);
    if (this.driver.swarm.isComplete) await this.#save();
    else this.#fetchMissing();
  }

  /** @throws ShoalError unsupported while it is not known what is in it */
  requireContent(): ShareContent {
    const { files } = this.life.state;
    if (files === undefined)
      throw new ShoalError('unsupported', 'what it holds is not known yet: try again when it is fetching');
    return files;
  }

  #createSearch(): PeerSearch {
    return new PeerSearch(this.#peer, {
      key: this.key,
      infoHashV1: this.infoHashV1,
      infoHashV2: this.infoHashV2,
      trackers: this.#setup.trackers,
      ways: this.#setup,
      swarm: this.driver.swarm,
      leftBytes: () => {
        const { files } = this.life.state;
        return files === undefined ? undefined : files.totalBytes - files.doneBytes;
      },
      onPeers: (peers, source) => this.addPeers(peers, source),
    });
  }

  #handleEvent(event: SwarmEvent): void {
    const { files } = this.life.state;
    switch (event.type) {
      case 'metadata':
        this.#handleMetadata(event.metainfo);
        break;
      case 'metadata-unusable':
        this.fail(
          ShoalError.fromMalformed('bad-torrent', 'the metadata that this link names is broken', event.error),
        );
        break;
      case 'piece':
        files?.handlePiece(event.piece);
        this.readers.handlePiece();
        break;
      case 'complete':
        this.search.handleCompleted();
        void this.#save();
        break;
      case 'wrong-piece':
        this.#onNotice(`piece ${event.piece} came with a wrong hash and is fetched again`);
        break;
      case 'banned':
        this.#onNotice(`${addressKey(event.address)} is banned: ${event.reason}`);
        break;
      case 'closed':
        this.webSeeds?.handleClosed(event.id, event.blame);
        this.lastGone = describeClosed(event.address, event.blame);
        this.#onNotice(this.lastGone, 'peer');
        break;
      case 'dht-node':
        this.#peer.dht?.addNode('peer', event.address.host, event.address.port);
        break;
      case 'layer':
        this.#saveLayers(() => files?.handleLayer());
        break;
      case 'connected':
        break;
    }
  }

  /** Peers sent what the link names. */
  #handleMetadata(fetched: Metainfo): void {
    if (this.life.isOver) return;
    const webSeeds = this.#setup.magnet?.webSeeds ?? [];
    const metainfo = { ...fetched, trackers: this.search.trackers, webSeeds };
    // The link may have named one info hash of two.
    const denial = denyHashes(this.#peer.filter, [fetched.infoHashV1, fetched.infoHashV2], 'share');
    if (denial !== undefined)
      return this.fail(new ShoalError('denied', describeDenial('this share', denial)));
    if (metainfo.info.isPrivate) this.search.stopFinding();
    addKnownLayers(this.#peer.state, metainfo, this.folder);
    this.#opening = this.#open(metainfo, undefined).catch((error: unknown) => this.fail(error));
  }

  /** The metadata is known: checks what is on the disk, and fetches the rest. */
  async #open(metainfo: Metainfo, proved: ProvedData | undefined): Promise<void> {
    this.life.handleMetadata(metainfo);
    const wanted = this.#setup.select?.(metainfo) ?? new Set(metainfo.info.files.keys());
    const { swarm } = this.driver;
    const content = await ShareContent.open({
      driver: this.driver,
      metainfo,
      wanted,
      openStorage: (events) =>
        this.#peer.openStorage({
          metainfo,
          key: this.key,
          folder: this.folder,
          place: this.#setup.place,
          trackers: this.search.trackers,
          torrent: this.#torrent,
          wanted,
          signal: this.#abort.signal,
          onProgress: (done, total) => this.life.handleChecked(done, total),
          events,
          totals: () => ({ uploaded: swarm.uploaded.total, downloaded: swarm.downloaded.total }),
          prepare: this.#setup.prepare,
          proved,
        }),
      events: this.#contentEvents(),
    });
    this.#torrent = undefined;
    // It ended meanwhile.
    if (!this.life.handleOpened(content)) return content.storage.close();
    content.start(this.#strategy);
    if (swarm.isComplete) await this.#save();
    else this.#fetchMissing();
  }

  #contentEvents(): ContentEvents {
    return {
      onTrouble: (error) => {
        this.life.handleTrouble();
        this.#onNotice(`paused: ${error.message}`);
      },
      onRecovered: () => {
        this.life.handleRecovered();
        this.#onNotice('it goes on');
      },
      onWarning: (message) => (this.#setup.onWarning ?? this.#onNotice)(message),
      onNotice: (message) => this.#onNotice(message),
      onFilesChanged: () => {
        this.fileChanges++;
        this.changes.wake();
      },
    };
  }

  #fetchMissing(): void {
    this.life.handleMissing();
    if (this.webSeeds !== undefined) return this.webSeeds.fill();
    this.webSeeds = WebSeeds.begin({
      driver: this.driver,
      infoHash: this.infoHashV1 ?? this.infoHashV2!.subarray(0, 20),
      urls: this.metainfo!.webSeeds,
      mayReachPrivate: () => this.#peer.guards.mayReachPrivate,
    });
  }

  /** All that is wanted is proved: it is saved, gets its name, and only then is it here. */
  #save(): Promise<void> {
    this.#saving ??= this.#saveOnce()
      .catch((error: unknown) => this.fail(error))
      .finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  async #saveOnce(): Promise<void> {
    const content = this.requireContent();
    const { swarm } = this.driver;
    if (!(await content.save(() => this.life.isOver))) {
      // Pieces were lost meanwhile: `complete` follows again when they are fetched.
      if (!this.life.isOver && !swarm.isComplete) this.#fetchMissing();
      return;
    }
    this.life.handleSaved();
    this.#ending.resolve({
      path: content.storage.resultPath,
      size: content.totalBytes,
      seconds: (performance.now() - this.#startedAt) / 1000,
      downloadBytes: swarm.downloaded.total,
      uploadBytes: swarm.uploaded.total,
    });
  }

  #saveLayers(save: () => void): void {
    try {
      save();
    } catch (error) {
      this.#onNotice(`piece layers are not saved, peers are asked again: ${(error as Error).message}`);
    }
  }

  /** It ends; `done` rejects if it is waited for. */
  fail(error: unknown): void {
    const failure = error instanceof ShoalError ? error : fromSystemError('the share failed', error);
    if (this.life.handleFailure(failure)) this.#ending.reject(failure);
  }
}
