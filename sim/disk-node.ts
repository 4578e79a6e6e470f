/**
 * A simulated peer with a disk: the driver and the storage that ship, on `SimDisk`. What
 * `systems/torrents/share/share-content.ts` does between the two is done here in a few lines.
 */
import { FileHandles } from '../src/data/disk/file-handles.ts';
import { toHex } from '../src/ground/bytes.ts';
import type { ShoalError } from '../src/ground/errors.ts';
import { createPrng } from '../src/ground/prng.ts';
import { ProgressCounter } from '../src/systems/torrents/share/core/progress.ts';
import { ShareStorage } from '../src/data/storage/node/share-storage.ts';
import type { FileName, Move, ShareRecord, ShareRecords } from '../src/data/storage/records.ts';
import { piecesOf } from '../src/data/storage/selection.ts';
import type { SwarmEvent } from '../src/systems/torrents/swarm/core/sink.ts';
import type { SimDisk } from './disk.ts';
import { SimProver } from './sim-prover.ts';
import { SimPeer, type SimPeerOptions } from './sim-peer.ts';
import type { Share } from './swarm-sim.ts';
import type { Network } from './streams.ts';
import type { World } from './world.ts';

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
  readonly share: Share;
  readonly disk: SimDisk;
  readonly records: ShareRecords;
  readonly wanted?: ReadonlySet<number>;
}

export const OUTPUT = '/out';

export class DiskNode {
  readonly node: SimPeer;
  storage: ShareStorage | undefined;
  readonly troubles: ShoalError[] = [];
  recoveries = 0;
  /** All that is wanted is saved and has its name. */
  isDone = false;
  readonly #world: World;
  readonly #options: DiskNodeOptions;
  readonly #prover: SimProver;
  readonly #wanted: ReadonlySet<number>;
  #counter: ProgressCounter | undefined;

  constructor(world: World, network: Network, options: DiskNodeOptions) {
    const { address, share, disk, wanted } = options;
    this.#world = world;
    this.#options = options;
    this.#prover = new SimProver(world, disk);
    this.#wanted = wanted ?? new Set(share.metainfo.info.files.keys());
    this.node = new SimPeer(world, network, {
      address,
      metainfo: share.metainfo,
      prover: this.#prover,
      onEvent: (event) => this.#handleEvent(event),
    });
  }

  /** What lies on the disk is looked at, then the node goes to the network. */
  async start(): Promise<void> {
    const storage = await this.#openStorage();
    this.storage = storage;
    const { driver, swarm } = this.node;
    driver.setStorage(storage);
    const { geometry } = storage.files;
    const wantedPieces = piecesOf(geometry, this.#wanted);
    this.#counter = new ProgressCounter(geometry, this.#wanted, wantedPieces, storage.present);
    if (wantedPieces.count < geometry.pieceCount)
      driver.call((machine, now) =>
        machine.handlePriorities(now, (piece) => (wantedPieces.has(piece) ? 4 : 0)),
      );
    const pieces = Array.from({ length: geometry.pieceCount }, (_, piece) => piece);
    this.node.start(pieces.filter((piece) => storage.present.has(piece)));
    for (const file of this.#counter.wholeFiles()) storage.handleComplete(file);
    if (swarm.isComplete) await this.#complete();
  }

  #openStorage(): Promise<ShareStorage> {
    const { share, disk, records } = this.#options;
    const { metainfo } = share;
    const { driver, swarm, clock } = this.node;
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
      wanted: this.#wanted,
      signal: new AbortController().signal,
      onProgress: () => {},
      totals: () => ({ uploaded: 0, downloaded: swarm.downloaded.total }),
      events: {
        onTrouble: (error) => {
          this.troubles.push(error);
          driver.call((machine, now) => machine.handlePaused(now, true));
        },
        onRecovered: () => {
          this.recoveries++;
          driver.call((machine, now) => machine.handlePaused(now, false));
        },
        onWarning: () => {},
        onFinished: (file) => void this.storage?.watch(file),
        onLost: (pieces) => this.#lose(pieces, true),
        onUnreadable: (pieces, error) => {
          this.troubles.push(error);
          this.#lose(pieces, false);
        },
        onReadable: (pieces) => driver.call((machine, now) => machine.handleFound(now, pieces)),
      },
    });
  }

  #lose(pieces: readonly number[], isWanted: boolean): void {
    for (const piece of pieces) this.#counter!.handleLost(piece);
    this.node.driver.lose(pieces, isWanted);
  }

  #handleEvent(event: SwarmEvent): void {
    if (event.type === 'piece')
      for (const file of this.#counter?.handlePiece(event.piece) ?? []) this.storage!.handleComplete(file);
    else if (event.type === 'complete') void this.#complete();
  }

  async #complete(): Promise<void> {
    await this.storage!.settle();
    // Something was lost again before all was saved.
    if (this.node.isDown || !this.node.swarm.isComplete) return;
    await this.storage!.files.finishLinks();
    this.isDone = true;
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
