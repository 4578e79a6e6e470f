/**
 * A simulated peer with a disk: the driver, the storage, and the content between the two that ship
 * (`systems/torrents/share/share-content.ts`), on `SimDisk`.
 */
import { FileHandles } from '../../src/data/disk/file-handles.ts';
import { toHex } from '../../src/ground/bytes.ts';
import type { ShoalError } from '../../src/ground/errors.ts';
import { createPrng } from '../../src/ground/prng.ts';
import type { Metainfo } from '../../src/data/content/metainfo.ts';
import { ShareStorage } from '../../src/data/storage/node/share-storage.ts';
import type { StorageEvents } from '../../src/data/storage/node/storage-options.ts';
import type { FileName, Move, ShareRecord, ShareRecords } from '../../src/data/storage/records.ts';
import type { FetchStrategy } from '../../src/systems/torrents/share/options.ts';
import { ShareContent } from '../../src/systems/torrents/share/share-content.ts';
import type { SwarmEvent } from '../../src/systems/torrents/swarm/core/sink.ts';
import type { SimDisk } from '../world/disk.ts';
import { SimProver } from '../world/prover.ts';
import { SimPeer, type SimPeerOptions } from './sim-peer.ts';
import type { MadeShare } from './swarm-sim.ts';
import type { Network } from '../world/streams.ts';
import type { World } from '../world/world.ts';

/** A database that keeps its promises: what was put is there after a power loss, all of it or nothing. */
export class SimRecords implements ShareRecords {
  readonly #disk: SimDisk;
  #record: ShareRecord | undefined;
  #move: Move | undefined;
  readonly #names = new Map<number, FileName>();

  constructor(disk: SimDisk) {
    this.#disk = disk;
  }

  get(): ShareRecord | undefined {
    return this.#record;
  }

  put(record: ShareRecord): void {
    if (this.#disk.touch())
      this.#record = { ...record, have: record.have.slice(), prints: new Map(record.prints) };
  }

  update(update: Parameters<ShareRecords['update']>[0]): void {
    const prints = new Map([...this.#record!.prints, ...update.prints]);
    this.put({ ...this.#record!, ...update, prints });
  }

  beginMove(_key: string, from: string, to: string): void {
    if (this.#disk.touch()) this.#move = { from, to };
  }
  findMove(): Move | undefined {
    return this.#move;
  }
  finishMove(_key: string, { to }: Move): void {
    if (!this.#disk.touch()) return;
    this.#move = undefined;
    this.#record = { ...this.#record!, folder: to };
  }
  cancelMove(): void {
    if (this.#disk.touch()) this.#move = undefined;
  }
  setName(): void {}
  setNames(_key: string, _folder: string, paths: ReadonlyMap<number, readonly string[]>): void {
    if (!this.#disk.touch()) return;
    for (const [file, path] of paths) this.#names.set(file, { path, previous: undefined });
  }
  names(): ReadonlyMap<number, FileName> {
    return this.#names;
  }
}

export interface DiskNodeOptions extends Pick<SimPeerOptions, 'address'> {
  readonly share: MadeShare;
  readonly disk: SimDisk;
  readonly records: ShareRecords;
  readonly wanted?: ReadonlySet<number>;
}

export const OUTPUT = '/out';

/** All of it, the rarest first. */
const PLAIN: FetchStrategy = {
  isSequential: false,
  isOnDemand: false,
  isEndsFirst: false,
  priorities: new Map(),
};

export class DiskNode {
  readonly node: SimPeer;
  readonly troubles: ShoalError[] = [];
  recoveries = 0;
  /** All that is wanted is saved and has its name. */
  isDone = false;
  readonly #world: World;
  readonly #options: DiskNodeOptions;
  readonly #prover: SimProver;
  #content: ShareContent | undefined;

  constructor(world: World, network: Network, options: DiskNodeOptions) {
    const { address, share, disk } = options;
    this.#world = world;
    this.#options = options;
    this.#prover = new SimProver(world, disk);
    this.node = new SimPeer(world, network, {
      address,
      metainfo: share.metainfo,
      prover: this.#prover,
      onEvent: (event) => this.#handleEvent(event),
    });
  }

  get storage(): ShareStorage | undefined {
    return this.#content?.storage;
  }

  /** Checks the data on the disk, then starts networking. */
  async start(): Promise<void> {
    const { share, wanted } = this.#options;
    const { driver, swarm } = this.node;
    // Each machine fills its own copy: layers that one learns must not appear at another.
    const metainfo = { ...share.metainfo, pieceLayers: new Map(share.metainfo.pieceLayers) };
    const files = wanted ?? new Set(metainfo.info.files.keys());
    this.#content = await ShareContent.open({
      driver,
      metainfo,
      wanted: files,
      openStorage: (events) => this.#openStorage(metainfo, files, events),
      events: {
        onTrouble: (error) => this.troubles.push(error),
        onRecovered: () => this.recoveries++,
        onWarning: () => {},
        onNotice: () => {},
        onFilesChanged: () => {},
      },
    });
    this.node.listen();
    this.#content.start(PLAIN);
    if (swarm.isComplete) await this.#complete();
  }

  #openStorage(
    metainfo: Metainfo,
    wanted: ReadonlySet<number>,
    events: StorageEvents,
  ): Promise<ShareStorage> {
    const { disk, records } = this.#options;
    const { swarm, clock } = this.node;
    // A person starts it where it lies.
    const folder = records.get('', '')?.folder ?? OUTPUT;
    return ShareStorage.open({
      context: {
        prover: this.#prover,
        handles: new FileHandles(disk),
        records,
        torrents: { has: () => true, save: () => {}, addPlace: () => {}, drop: () => {} },
        journalsFolder: '/state/journals',
        edgesFolder: '/state/edges',
        prng: createPrng(this.#world.prng.below(0x1_0000_0000)),
        clock,
      },
      metainfo,
      key: toHex(metainfo.infoHashV1 ?? metainfo.infoHashV2!),
      folder,
      place: { kind: 'fetch', outputDir: folder },
      trackers: [],
      wanted,
      signal: new AbortController().signal,
      onProgress: () => {},
      totals: () => ({ uploaded: 0, downloaded: swarm.downloaded.total }),
      events: {
        ...events,
        onUnreadable: (pieces, error) => {
          this.troubles.push(error);
          events.onUnreadable(pieces, error);
        },
      },
    });
  }

  #handleEvent(event: SwarmEvent): void {
    if (event.type === 'piece') this.#content!.handlePiece(event.piece);
    else if (event.type === 'layer') this.#content!.handleLayer();
    else if (event.type === 'complete') void this.#complete();
  }

  async #complete(): Promise<void> {
    try {
      this.isDone = (await this.#content!.save(() => this.node.isDown)) || this.isDone;
    } catch (error) {
      // A disk that died with its process refuses everything.
      if (!this.node.isDown) this.troubles.push(error as ShoalError);
    }
  }

  /** An orderly stop. */
  async stop(): Promise<void> {
    this.node.driver.stop();
    await this.storage?.close();
    this.node.driver.releaseMemory();
    this.node.crash();
  }

  /** The process dies; what the disk was told to do is done. */
  crash(): void {
    this.node.crash();
    void this.storage?.abandon();
  }
}
