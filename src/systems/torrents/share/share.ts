/**
 * One share of a running peer: ties its swarm, its files, its trackers and its record in the state folder together,
 * from start to stop.
 *
 * Phases: metadata → checking → fetching ⇄ paused, → seeding → stopped; in place: checking → seeding; `failed` ends each.
 */
import { resolve } from 'node:path';
import { formatMagnet } from '../../../data/content/magnet.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { type Address, addressKey } from '../../../ground/address.ts';
import { formatCount } from '../../../ground/count.ts';
import type { Bitfield } from '../../../ground/bitfield.ts';
import { toHex } from '../../../ground/bytes.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { piecePriorities, piecesOf } from '../../../data/storage/selection.ts';
import { dropBanned } from '../swarm/core/admission.ts';
import { ShareDriver } from '../swarm/node/share-driver.ts';
import type { PeerSource } from '../swarm/core/peer-pool.ts';
import type { SwarmEvent } from '../swarm/core/sink.ts';
import type { PeerContext } from './context.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import { WebSeeds } from './web-seeds.ts';
import { ProgressCounter } from './progress.ts';
import type { ProvedData, ShareStorage, StorageEvents } from '../../../data/storage/node/share-storage.ts';
import { applyManner, type FetchManner } from './manner.ts';
import { PeerSearch } from './peer-search.ts';
import { Readers } from './readers.ts';
import { resolveNames, separateNames } from '../../../net/link/node/resolve-peers.ts';
import type { LimitGroup, ShareLimits, ShareSetup } from './share-setup.ts';
import {
  describeGone,
  describePeers,
  describeSwarm,
  fileProgressOf,
  briefStatusOf,
  type PeerStatus,
  type BriefStatus,
  type SharePhase,
  type ShareResult,
  type ShareStatus,
} from './status.ts';
import { TokenBucket } from '../../../ground/token-bucket.ts';

export class Share {
  readonly infoHashV1: Uint8Array | undefined;
  readonly infoHashV2: Uint8Array | undefined;
  /** Resolves when all that is wanted is here, proved and under its final name; rejects with a ShoalError. */
  readonly done: Promise<ShareResult>;
  /** For people: warnings and bans. */
  onNotice: (message: string, about?: 'peer') => void = () => {};

  readonly #peer: PeerContext;
  readonly #setup: ShareSetup;
  readonly #driver: ShareDriver;
  readonly #startedAt = performance.now();
  readonly #abort = new AbortController();
  readonly #changes = new Wakeup();
  readonly #downloadLimit: TokenBucket;
  readonly #uploadLimit: TokenBucket;
  readonly #search: PeerSearch;
  #webSeeds: WebSeeds | undefined;
  #phase: SharePhase = 'metadata';
  #metainfo: Metainfo | undefined;
  #storage: ShareStorage | undefined;
  #counter: ProgressCounter | undefined;
  #wantedFiles: ReadonlySet<number> = new Set();
  #checked: readonly [number, number] = [0, 0];
  #completing: Promise<void> | undefined;
  #manner: FetchManner;
  /** Files that were lost or found. */
  #news = 0;
  readonly #readers: Readers;
  #isLocked = false;
  /** Piece layers came from peers that are not saved yet. */
  #hasNewLayers = false;
  #stopping: Promise<void> | undefined;
  #resolve!: (result: ShareResult) => void;
  #reject!: (error: unknown) => void;

  constructor(peer: PeerContext, setup: ShareSetup) {
    this.#peer = peer;
    this.#setup = setup;
    this.#metainfo = setup.metainfo;
    this.infoHashV1 = setup.metainfo?.infoHashV1 ?? setup.magnet?.infoHashV1;
    this.infoHashV2 = setup.metainfo?.infoHashV2 ?? setup.magnet?.infoHashV2;
    this.done = new Promise((resolveDone, reject) => {
      this.#resolve = resolveDone;
      this.#reject = reject;
    });
    this.done.catch(() => {});
    this.#downloadLimit = new TokenBucket(setup.downloadLimit, peer.downloadLimit);
    this.#uploadLimit = new TokenBucket(setup.uploadLimit, peer.uploadLimit);
    this.#driver = new ShareDriver(
      {
        ...peer.swarmOptions,
        infoHashV1: this.infoHashV1,
        infoHashV2: this.infoHashV2,
        needsMetadata: setup.metainfo === undefined,
        downloadLimit: this.#downloadLimit,
        uploadLimit: this.#uploadLimit,
        isSequential: setup.isSequential === true,
        isSuperSeeding: setup.isSuperSeeding === true,
      },
      peer,
      (event) => this.#handleEvent(event),
    );
    this.#search = this.#openSearch();
    this.#manner = {
      isSequential: setup.isSequential === true,
      isOnDemand: false,
      isEndsFirst: false,
      priorities: new Map(),
      ...setup.manner,
    };
    this.#readers = new Readers({
      whenKnown: (signal) => this.whenKnown(signal),
      storage: () => this.#requireStorage(),
      have: () => this.#driver.swarm.share!.picker.have,
      isOver: () => this.#phase === 'failed' || this.#phase === 'stopped',
      setUrgent: (urgent) => this.#driver.call((swarm, now) => swarm.handleUrgent(now, urgent)),
    });
  }

  get driver(): ShareDriver {
    return this.#driver;
  }
  /** Web servers (BEP 19) that the metadata or the link names. */
  get webSeedCount(): number {
    return (this.#metainfo?.webSeeds ?? this.#setup.magnet?.webSeeds ?? []).length;
  }
  get metainfo(): Metainfo | undefined {
    return this.#metainfo;
  }
  /** While it is not known what is here, there is nothing to tell an incoming peer. */
  get takesLinks(): boolean {
    return this.#phase !== 'checking' && this.#phase !== 'failed' && this.#phase !== 'stopped';
  }
  get phase(): SharePhase {
    return this.#phase;
  }
  /** 40 hex digits of v1, or 64 of v2: the key under which it is remembered. */
  get key(): string {
    return toHex(this.infoHashV1 ?? this.infoHashV2!);
  }
  get name(): string {
    return this.#metainfo?.info.name ?? this.#setup.magnet?.name ?? this.key;
  }
  get folder(): string {
    const { place } = this.#setup;
    if (this.#storage !== undefined) return this.#storage.folder;
    return place.kind === 'place' ? place.path : resolve(place.outputDir);
  }

  /**
   * A link that works for as long as we are up: it names our own addresses besides the trackers. A private share's
   * peers come from its trackers only (BEP 27), so its link names none.
   */
  magnet(ownAddresses: readonly Address[] = []): string {
    return formatMagnet({
      ...(this.infoHashV1 === undefined ? {} : { infoHashV1: this.infoHashV1 }),
      ...(this.infoHashV2 === undefined ? {} : { infoHashV2: this.infoHashV2 }),
      name: this.name,
      trackers: this.#search.trackers.flat(),
      webSeeds: this.#metainfo?.webSeeds ?? [],
      peers: this.#metainfo?.info.isPrivate === true ? [] : ownAddresses,
    });
  }

  /** Returns when the search for peers has begun. @param proved of a share in place @throws ShoalError */
  async start(proved?: ProvedData): Promise<void> {
    try {
      this.#peer.state.lock(this.key, this.folder);
      this.#isLocked = true;
      if (this.#metainfo !== undefined) await this.#openFiles(this.#metainfo, proved);
      this.#search.startAnnouncing();
      if (this.#setup.peers !== undefined) this.addPeers(this.#setup.peers);
      if (this.#metainfo?.info.isPrivate !== true) {
        const named = [...(this.#metainfo?.dhtNodes ?? []), ...(this.#setup.magnet?.peers ?? [])];
        this.#search.startFinding(named);
      }
    } catch (error) {
      this.#fail(error instanceof ShoalError ? error : fromSystemError('cannot start', error));
      throw error;
    }
  }

  /** @param source who told of them; peers that a person named are asked first */
  addPeers(addresses: readonly Address[], source: PeerSource = 'person'): void {
    if (this.#phase === 'failed' || this.#phase === 'stopped') return;
    const { known, named } = separateNames(addresses);
    this.#driver.call((swarm, now) => swarm.handleCandidates(now, known, source));
    if (named.length > 0) void resolveNames(named).then((found) => this.addPeers(found, source));
  }

  /** From now on. Absent: no limit of its own. */
  setLimits({ downloadLimit, uploadLimit, maxPeers }: Partial<ShareLimits>, group?: LimitGroup): void {
    this.#driver.swarm.maxPeers = maxPeers ?? this.#peer.swarmOptions.maxPeers;
    if (group !== undefined) {
      this.#downloadLimit.setParent(group.download, group.reserve);
      this.#uploadLimit.setParent(group.upload, group.reserve);
    }
    this.#downloadLimit.setRate(downloadLimit ?? Number.POSITIVE_INFINITY);
    this.#uploadLimit.setRate(uploadLimit ?? Number.POSITIVE_INFINITY);
  }

  /** Announces to these from now on, and to no others. */
  setTrackers(tiers: readonly (readonly string[])[]): Promise<void> {
    return this.#search.setTrackers(tiers);
  }

  /** Ends what connects us to addresses that are blocked by now. */
  dropBlocked(): void {
    this.#driver.call((swarm) => dropBanned(swarm, swarm.pool));
  }

  /** Asks the trackers now. */
  reannounce(): void {
    this.#search.reannounce();
  }

  status(): ShareStatus {
    const isChecking = this.#phase === 'checking';
    return describeSwarm(this.#driver.swarm, {
      phase: this.#phase,
      name: this.name,
      totalBytes: isChecking ? this.#checked[1] : (this.#counter?.totalBytes ?? 0),
      doneBytes: isChecking ? this.#checked[0] : (this.#counter?.doneBytes ?? 0),
      troubles: (this.#storage?.troubles ?? []).map(({ code, message }) => ({ code, message })),
      trackers: this.#search.trackerStatus,
      webSeeds: this.#webSeeds?.status() ?? [],
      dht: this.#search.dhtStatus,
    });
  }

  /** The part of the status that is cheap: programs ask for it every second, for thousands of shares. */
  briefStatus(): BriefStatus {
    return briefStatusOf(this.#driver.swarm, this.#phase, `${this.#checked[0]} ${this.#news}`);
  }

  /** Which pieces are here, for drawing. */
  pieceMap(): Bitfield | undefined {
    return this.#driver.swarm.share?.picker.have;
  }

  /** By file: its path below the folder of a fetched share, as it is named now; empty while that is not known. */
  filePaths(): readonly (readonly string[] | undefined)[] {
    return this.#storage?.files.paths ?? [];
  }

  /** How many peers have each piece. */
  get availability(): (piece: number) => number {
    const rarity = this.#driver.swarm.share?.picker.rarity;
    return (piece) => rarity?.availability(piece) ?? 0;
  }

  peers(): PeerStatus[] {
    return describePeers(this.#driver.swarm);
  }

  /** Bytes of each file that are here and proved. */
  fileProgress(): Float64Array {
    return fileProgressOf(this.#driver.swarm);
  }

  /**
   * The bytes of a file from `start` to before `end`, as they come: what is not here is fetched before everything else,
   * and some way ahead. Waits while nobody has it.
   * @throws ShoalError aborted when the share stops; file-changed, io-error when the disk refuses
   */
  read(file: number, start: number, end: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#readers.read({ file, start, end }, signal);
  }

  /** Resolves when it is known what is in it and what of that is here. @throws ShoalError aborted */
  async whenKnown(signal?: AbortSignal): Promise<Metainfo> {
    while (this.#storage === undefined || this.#metainfo === undefined || this.#phase === 'checking') {
      if (this.#phase === 'failed' || this.#phase === 'stopped' || signal?.aborted === true)
        throw new ShoalError('aborted', `"${this.name}" was stopped`);
      await this.#changes.wait(1000, signal);
    }
    return this.#metainfo;
  }

  /** How it fetches, from now on; what is absent stays as it is. */
  setManner(manner: Partial<FetchManner>): void {
    this.#manner = { ...this.#manner, ...manner };
    this.#applyManner(manner.priorities !== undefined);
  }

  #applyManner(hasNewPriorities: boolean): void {
    const geometry = this.#storage?.files.geometry;
    if (geometry === undefined) return;
    const files = hasNewPriorities ? { geometry, wanted: this.#wantedFiles } : undefined;
    this.#driver.call((swarm, now) => applyManner(swarm, now, this.#manner, files));
  }

  /** Yields the status now and then, and once more when the phase changes; ends when the share stops or fails. */
  async *progress(options: { intervalMs?: number; signal?: AbortSignal } = {}): AsyncGenerator<ShareStatus> {
    while (options.signal?.aborted !== true) {
      yield this.status();
      if (this.#phase === 'stopped' || this.#phase === 'failed') return;
      await this.#changes.wait(options.intervalMs ?? 1000, options.signal);
    }
  }

  /** Tells trackers, closes connections, writes the record that makes the next start quick. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const failed = this.#phase === 'failed';
    this.#phase = 'stopped';
    this.#abort.abort();
    this.#webSeeds?.stop();
    // While connections are open: it remembers who let us in.
    const told = this.#search.stop();
    this.#driver.stop();
    await told;
    this.#saveLayers();
    await this.#storage?.close().catch((error: unknown) => {
      this.onNotice(`what came last is checked at the next start: ${(error as Error).message}`);
    });
    this.#driver.releaseMemory();
    this.#readers.handlePiece();
    if (this.#isLocked) this.#peer.state.unlock(this.key, this.folder);
    this.#peer.forget(this);
    this.#changes.wake();
    if (!failed) this.#reject(new ShoalError('aborted', 'the share was stopped'));
  }

  #openSearch(): PeerSearch {
    return new PeerSearch(this.#peer, {
      key: this.key,
      infoHashV1: this.infoHashV1,
      infoHashV2: this.infoHashV2,
      trackers: this.#setup.trackers,
      swarm: this.#driver.swarm,
      leftBytes: () =>
        this.#counter === undefined ? undefined : this.#counter.totalBytes - this.#counter.doneBytes,
      onPeers: (peers, source) => this.addPeers(peers, source),
    });
  }

  #handleEvent(event: SwarmEvent): void {
    switch (event.type) {
      case 'metadata':
        this.#metainfo = {
          ...event.metainfo,
          trackers: this.#search.trackers,
          webSeeds: this.#setup.magnet?.webSeeds ?? [],
        };
        if (this.#metainfo.info.isPrivate) this.#search.stopFinding();
        this.#openFiles(this.#metainfo, undefined).catch((error: unknown) => this.#fail(error));
        break;
      case 'metadata-unusable':
        this.#fail(
          ShoalError.fromMalformed('bad-torrent', 'the metadata that this link names is broken', event.error),
        );
        break;
      case 'piece':
        for (const file of this.#counter?.handlePiece(event.piece) ?? []) this.#storage!.handleWhole(file);
        this.#readers.handlePiece();
        break;
      case 'complete':
        this.#search.handleCompleted();
        void this.#complete();
        break;
      case 'wrong-piece':
        this.onNotice(`piece ${event.piece} came with a wrong hash and is fetched again`);
        break;
      case 'banned':
        this.onNotice(`${addressKey(event.address)} is banned: ${event.reason}`);
        break;
      case 'closed':
        this.#webSeeds?.handleClosed(event.id, event.blame);
        this.onNotice(describeGone(event.address, event.blame), 'peer');
        break;
      case 'dht-node':
        this.#peer.dht?.addNode('peer', event.address.host, event.address.port);
        break;
      case 'layer':
        this.#hasNewLayers = true;
        if (this.#driver.swarm.hashes.missingLayers === 0) this.#saveLayers();
        break;
      case 'connected':
        break;
    }
  }

  /** The metadata is known: metadata → checking → fetching or seeding. */
  async #openFiles(metainfo: Metainfo, proved: ProvedData | undefined): Promise<void> {
    this.#setPhase('checking');
    this.#wantedFiles = this.#setup.select?.(metainfo) ?? new Set(metainfo.info.files.keys());
    const storage = await this.#peer.openStorage({
      metainfo,
      key: this.key,
      folder: this.folder,
      place: this.#setup.place,
      trackers: this.#search.trackers,
      wanted: this.#wantedFiles,
      signal: this.#abort.signal,
      onProgress: (done, total) => (this.#checked = [done, total]),
      events: this.#storageEvents(),
      totals: () => ({
        uploaded: this.#driver.swarm.uploaded.total,
        downloaded: this.#driver.swarm.downloaded.total,
      }),
      prepare: this.#setup.prepare,
      proved,
    });
    if (this.#abort.signal.aborted) return storage.close();
    this.#storage = storage;
    const { geometry } = storage.files;
    const wantedPieces = piecesOf(geometry, this.#wantedFiles);
    this.#counter = new ProgressCounter(geometry, this.#wantedFiles, wantedPieces, storage.present);
    this.#driver.setStorage(storage);
    const pieces = Array.from({ length: geometry.pieceCount }, (_, piece) => piece);
    const present = pieces.filter((piece) => storage.present.has(piece));
    this.#driver.call((swarm, now) => {
      const { priorities, isEndsFirst } = this.#manner;
      if (wantedPieces.count < geometry.pieceCount || priorities.size > 0 || isEndsFirst)
        swarm.handlePriorities(now, piecePriorities(geometry, this.#wantedFiles, priorities, isEndsFirst));
      // Nothing is asked for before it is known that only what is read shall be.
      swarm.downloads.isPaused = true;
      swarm.handleShare(now, metainfo, present);
      applyManner(swarm, now, this.#manner, undefined);
      swarm.handlePaused(now, false);
    });
    for (const file of this.#counter.wholeFiles()) storage.handleWhole(file);
    if (this.#driver.swarm.isComplete) await this.#complete();
    else {
      this.#setPhase('fetching');
      this.#askWebSeeds(metainfo.webSeeds);
    }
  }

  /** While something is missing. */
  #askWebSeeds(urls: readonly string[]): void {
    if (this.#webSeeds !== undefined) return this.#webSeeds.fill();
    this.#webSeeds = WebSeeds.begin({
      driver: this.#driver,
      infoHash: this.infoHashV1 ?? this.infoHashV2!.subarray(0, 20),
      urls,
      mayReachPrivate: () => this.#peer.guards.mayReachPrivate,
    });
  }

  #storageEvents(): StorageEvents {
    return {
      onTrouble: (error) => {
        this.#driver.call((swarm, now) => swarm.handlePaused(now, true));
        this.#driver.setHeldBack(false);
        if (this.#phase === 'fetching') this.#setPhase('paused');
        this.onNotice(`paused: ${error.message}`);
      },
      onRecovered: () => {
        this.#driver.call((swarm, now) => swarm.handlePaused(now, false));
        if (this.#phase === 'paused') this.#setPhase('fetching');
        this.onNotice('it goes on');
      },
      onFinished: (file) => void this.#storage?.watch(file),
      onWarning: (message) => (this.#setup.onWarning ?? this.onNotice)(message),
      onLost: (pieces) => {
        for (const piece of pieces) this.#counter?.handleLost(piece);
        this.#driver.lose(pieces, true);
      },
      onUnreadable: (pieces, error) => {
        for (const piece of pieces) this.#counter?.handleLost(piece);
        this.#driver.lose(pieces, false);
        this.onNotice(`${error.message} (${formatCount(pieces.length, 'piece')})`);
        this.#news++;
        this.#changes.wake();
      },
      onReadable: (pieces, path) => {
        for (const piece of pieces) this.#counter?.handlePiece(piece);
        this.#driver.call((swarm, now) => swarm.handleFound(now, pieces));
        this.onNotice(`${path} is offered again (${formatCount(pieces.length, 'piece')})`);
        this.#news++;
        this.#changes.wake();
      },
    };
  }

  /**
   * Moves the files to another folder, while it goes on.
   * @throws ShoalError name-conflict, no-space, no-permission, …
   */
  async moveTo(folder: string): Promise<void> {
    await this.#requireStorage().moveTo(folder);
  }

  /**
   * Gives a file another name below the share's folder.
   * @param file its index in the torrent
   * @throws ShoalError name-conflict, unsafe-path
   */
  async renameFile(file: number, path: string): Promise<void> {
    await this.#requireStorage().rename(file, path.split('/'));
  }

  /**
   * Other files are wanted from now on. What is whole stays; what was fetched of others that are dropped is removed.
   * @throws ShoalError
   */
  async select(wanted: ReadonlySet<number>): Promise<void> {
    const storage = this.#requireStorage();
    const { geometry } = storage.files;
    const { picker } = this.#driver.swarm.share!;
    const { lost, found } = await storage.select(wanted, picker.have);
    // Only now: pieces went on arriving until the storage held still.
    const have = picker.have.clone();
    for (const piece of lost) have.delete(piece);
    for (const piece of found) if (picker.active(piece) === undefined) have.add(piece);
    this.#wantedFiles = wanted;
    const pieces = piecesOf(geometry, wanted);
    this.#counter = new ProgressCounter(geometry, wanted, pieces, have);
    this.#driver.lose(lost, true);
    this.#driver.call((swarm, now) => swarm.handleFound(now, found));
    this.#applyManner(true);
    for (const file of this.#counter.wholeFiles()) storage.handleWhole(file);
    if (this.#driver.swarm.isComplete) await this.#complete();
    else {
      if (this.#phase === 'seeding') this.#setPhase('fetching');
      this.#askWebSeeds(this.#metainfo!.webSeeds);
    }
  }

  #requireStorage(): ShareStorage {
    if (this.#storage === undefined)
      throw new ShoalError('unsupported', 'what it holds is not known yet: try again when it is fetching');
    return this.#storage;
  }

  /** Looks at once whether what kept it from going on is gone, as it does now and then. */
  resume(): void {
    this.#storage?.retry();
  }

  /** All that is wanted is proved: it is saved, gets its name, and only then is it here. */
  #complete(): Promise<void> {
    this.#completing ??= this.#completeOnce()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#completing = undefined));
    return this.#completing;
  }

  async #completeOnce(): Promise<void> {
    await this.#storage!.settle();
    if (this.#phase === 'failed' || this.#phase === 'stopped') return;
    // Something was lost again before all was saved.
    if (!this.#driver.swarm.isComplete) return;
    const { files } = this.#storage!;
    await files.finishLinks();
    this.#storage!.saveTorrent();
    const { uploaded, downloaded } = this.#driver.swarm;
    if (this.#wantedFiles.size === this.#metainfo!.info.files.length) await files.removeEdges();
    this.#setPhase('seeding');
    this.#resolve({
      path: this.#storage!.resultPath,
      size: this.#counter!.totalBytes,
      seconds: (performance.now() - this.#startedAt) / 1000,
      downloadBytes: downloaded.total,
      uploadBytes: uploaded.total,
    });
  }

  /** Without its piece layers, what was fetched of a v2 share could not be proved at the next start. */
  #saveLayers(): void {
    if (!this.#hasNewLayers || this.#storage === undefined) return;
    this.#hasNewLayers = false;
    try {
      this.#storage.saveTorrent();
    } catch (error) {
      this.onNotice(`piece layers are not saved, peers are asked again: ${(error as Error).message}`);
    }
  }

  /** The torrent in the state folder, written when the share was opened. */
  get torrentPath(): string {
    return this.#peer.state.torrents.pathOf(this.key);
  }

  #setPhase(phase: SharePhase): void {
    if (this.#phase === 'stopped' || this.#phase === 'failed') return;
    this.#phase = phase;
    this.#changes.wake();
  }

  #fail(error: unknown): void {
    if (this.#phase === 'stopped' || this.#phase === 'failed') return;
    this.#setPhase('failed');
    this.#reject(error instanceof ShoalError ? error : fromSystemError('the share failed', error));
  }
}
