/** One share of a running peer, as programs see it: the library's face of `share-run.ts`. */
import { formatMagnet } from '../../../data/content/magnet.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { ProvedData } from '../../../data/storage/node/storage-options.ts';
import type { Address } from '../../../ground/address.ts';
import type { Bitfield } from '../../../ground/bitfield.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import { dropBanned } from '../swarm/core/admission.ts';
import type { PeerSource } from '../swarm/core/peer-pool.ts';
import type { ShareDriver } from '../swarm/node/share-driver.ts';
import type { PeerContext } from './context.ts';
import type { LimitGroup, ShareLimits } from './limits.ts';
import type { FetchStrategy, ShareSetup } from './options.ts';
import { LOOK_MS, ShareRun } from './share-run.ts';
import {
  describePeers,
  describeSwarm,
  fileProgressOf,
  type PeerStatus,
  type BriefStatus,
  briefStatusOf,
  type SharePhase,
  type ShareResult,
  type ShareStatus,
} from './status.ts';

export class Share {
  /** For people: warnings and bans. */
  onNotice: (message: string, about?: 'peer') => void = () => {};
  /** A rule denies it from now on: it has failed, and is being stopped. */
  onDenied: (error: ShoalError) => void = () => {};
  readonly #peer: PeerContext;
  readonly #run: ShareRun;
  #stopping: Promise<void> | undefined;

  constructor(peer: PeerContext, setup: ShareSetup) {
    this.#peer = peer;
    this.#run = new ShareRun({
      peer,
      setup,
      onNotice: (message, about) => this.onNotice(message, about),
      onStopped: () => peer.forget(this),
    });
  }

  get infoHashV1(): Uint8Array | undefined {
    return this.#run.infoHashV1;
  }

  get infoHashV2(): Uint8Array | undefined {
    return this.#run.infoHashV2;
  }

  /** Resolves when all that is wanted is here, proved and under its final name; rejects with a ShoalError. */
  get done(): Promise<ShareResult> {
    return this.#run.done;
  }

  get driver(): ShareDriver {
    return this.#run.driver;
  }

  /** Web servers (BEP 19) that the metadata or the link names. */
  get webSeedCount(): number {
    return this.#run.webSeedCount;
  }

  /** All that are known of it: a link may name one of two. */
  get infoHashes(): readonly (Uint8Array | undefined)[] {
    const { metainfo } = this;
    return [this.infoHashV1, this.infoHashV2, metainfo?.infoHashV1, metainfo?.infoHashV2];
  }

  get metainfo(): Metainfo | undefined {
    return this.#run.life.state.metainfo;
  }

  /** While it is not known what is here, there is nothing to tell an incoming peer. */
  get takesLinks(): boolean {
    return this.#run.life.takesLinks;
  }

  get phase(): SharePhase {
    return this.#run.life.state.phase;
  }

  /** 40 hex digits of v1, or 64 of v2: the key under which it is remembered. */
  get key(): string {
    return this.#run.key;
  }

  get name(): string {
    return this.#run.name;
  }

  get folder(): string {
    return this.#run.folder;
  }

  /** The torrent in the state folder, written when the share was opened. */
  get torrentPath(): string {
    return this.#peer.state.torrents.pathOf(this.key);
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
      trackers: this.#run.search.trackers.flat(),
      webSeeds: this.metainfo?.webSeeds ?? [],
      peers: this.metainfo?.info.isPrivate === true ? [] : ownAddresses,
    });
  }

  /**
   * Starts; for a share in place `proved` are the pieces that are right. Returns when peers are being looked for.
   * @throws ShoalError
   */
  start(proved?: ProvedData): Promise<void> {
    return this.#run.start(proved);
  }

  /** Tells trackers, closes connections, writes the record that makes the next start quick. */
  stop(): Promise<void> {
    this.#stopping ??= this.#run.stop();
    return this.#stopping;
  }

  /** @param source where the addresses came from; those that a person named are dialled first */
  addPeers(addresses: readonly Address[], source: PeerSource = 'person'): void {
    this.#run.addPeers(addresses, source);
  }

  /** From now on. Absent: no limit of its own. */
  setLimits(limits: ShareLimits, group?: LimitGroup): void {
    this.#run.driver.swarm.maxPeers = limits.maxPeers ?? this.#peer.swarmOptions.maxPeers;
    this.#run.buckets.set(limits, group);
  }

  /** Announces to these from now on, and to no others. */
  setTrackers(tiers: readonly (readonly string[])[]): Promise<void> {
    return this.#run.search.setTrackers(tiers);
  }

  /** Closes connections to addresses that are blocked now. */
  dropBlocked(): void {
    this.#run.driver.call((swarm) => dropBanned(swarm, swarm.pool));
  }

  /** Ends it: no data of it moves any more. `done` rejects if it is waited for. */
  async deny(error: ShoalError): Promise<void> {
    this.#run.fail(error);
    this.onDenied(error);
    await this.stop();
  }

  /** Asks the trackers now. */
  reannounce(): void {
    this.#run.search.reannounce();
  }

  status(): ShareStatus {
    const { state } = this.#run.life;
    const [doneBytes, totalBytes] =
      state.phase === 'checking'
        ? [state.checkedBytes, state.bytesToCheck]
        : [state.files?.doneBytes ?? 0, state.files?.totalBytes ?? 0];
    return describeSwarm(this.#run.driver.swarm, {
      phase: state.phase,
      name: this.name,
      totalBytes,
      doneBytes,
      troubles: (this.#run.life.state.files?.storage?.troubles ?? []).map(({ code, message }) => ({
        code,
        message,
      })),
      trackers: this.#run.search.trackerStatus,
      webSeeds: this.#run.webSeeds?.status() ?? [],
      dht: this.#run.search.dhtStatus,
      lastGone: this.#run.lastGone,
    });
  }

  /** The rates, and whether anything else of the status changed: little work, asked every second of thousands of shares. */
  briefStatus(): BriefStatus {
    const { state } = this.#run.life;
    const checked = state.phase === 'checking' ? state.checkedBytes : '';
    return briefStatusOf(this.#run.driver.swarm, state.phase, `${checked} ${this.#run.fileChanges}`);
  }

  /** Which pieces are here, for drawing. */
  pieceMap(): Bitfield | undefined {
    return this.#run.driver.swarm.content?.picker.have;
  }

  /** By file: its path below the folder of a fetched share, as it is named now; empty while that is not known. */
  filePaths(): readonly (readonly string[] | undefined)[] {
    return this.#run.life.state.files?.storage?.files.paths ?? [];
  }

  /** How many peers have each piece. */
  get availability(): (piece: number) => number {
    const rarity = this.#run.driver.swarm.content?.picker.rarity;
    return (piece) => rarity?.availability(piece) ?? 0;
  }

  peers(): PeerStatus[] {
    const { driver } = this.#run;
    return describePeers({
      swarm: driver.swarm,
      transportOf: (id) => driver.carrierOf(id),
      encryptionOf: (id) => driver.encryptionOf(id),
    });
  }

  /** Bytes of each file that are here and proved. */
  fileProgress(): Float64Array {
    return fileProgressOf(this.#run.driver.swarm);
  }

  /**
   * The bytes of a file from `start` to before `end`, as they come. Missing pieces are fetched before all others, and some
   * way ahead. Waits while no peer has them.
   * @throws ShoalError aborted when the share stops; file-changed, io-error when the disk refuses
   */
  read(file: number, start: number, end: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#run.readers.read({ file, start, end }, signal);
  }

  /** Resolves when the metadata is known and the files are checked. @throws ShoalError aborted */
  whenKnown(signal?: AbortSignal): Promise<Metainfo> {
    return this.#run.whenKnown(signal);
  }

  /** Yields the status now and then, and once more when the phase changes; ends when the share stops or fails. */
  async *progress(options: { intervalMs?: number; signal?: AbortSignal } = {}): AsyncGenerator<ShareStatus> {
    while (options.signal?.aborted !== true) {
      yield this.status();
      if (this.#run.life.isOver) return;
      await this.#run.changes.wait(options.intervalMs ?? LOOK_MS, options.signal);
    }
  }

  /** From now on; what is absent stays as it is. */
  setStrategy(strategy: Partial<FetchStrategy>): void {
    this.#run.setStrategy(strategy);
  }

  /**
   * Moves the files to another folder, while it goes on.
   * @throws ShoalError name-conflict, no-space, no-permission, …
   */
  async moveTo(folder: string): Promise<void> {
    await this.#run.requireContent().storage.moveTo(folder);
  }

  /**
   * Gives a file another name below the share's folder.
   * @param file its index in the torrent
   * @throws ShoalError name-conflict, unsafe-path
   */
  async renameFile(file: number, path: string): Promise<void> {
    await this.#run.requireContent().storage.rename(file, path.split('/'));
  }

  /**
   * Changes the wanted files. Complete files stay; incomplete ones that are no longer wanted are removed.
   * @throws ShoalError
   */
  select(wanted: ReadonlySet<number>): Promise<void> {
    return this.#run.select(wanted);
  }

  /** Retries at once after a disk error, as it does by itself now and then. */
  resume(): void {
    this.#run.life.state.files?.storage?.retry();
  }
}
