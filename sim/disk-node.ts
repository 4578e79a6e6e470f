/**
 * A simulated peer with a disk: the swarm machine and the storage that ship, on `SimDisk`. What `systems/torrents/share/share-content.ts` does
 * between the two is done here in a few lines.
 */
import { FileHandles } from '../src/data/disk/file-handles.ts';
import { PIECE_MISMATCH, PIECE_UNWRITABLE } from '../src/data/disk/piece-batch.ts';
import { toHex } from '../src/ground/bytes.ts';
import type { ShoalError } from '../src/ground/errors.ts';
import { createPrng } from '../src/ground/prng.ts';
import { ProgressCounter } from '../src/systems/torrents/share/progress.ts';
import { ShareStorage } from '../src/data/storage/node/share-storage.ts';
import type { FileName, Move, ShareRecord, ShareRecords } from '../src/data/storage/records.ts';
import type { Clock } from '../src/data/storage/node/stall-watch.ts';
import { piecesOf } from '../src/data/storage/selection.ts';
import type { ProofVerdict } from '../src/systems/torrents/swarm/core/downloads.ts';
import type { SwarmEvent } from '../src/systems/torrents/swarm/core/sink.ts';
import { BlockSender } from '../src/systems/torrents/swarm/node/block-sender.ts';
import { FrameCache, ShareFrames } from '../src/systems/torrents/swarm/node/frame-cache.ts';
import type { SimDisk } from './disk.ts';
import { SimProver } from './sim-prover.ts';
import { type NodeOptions, type NodeStorage, SwarmNode } from './swarm-node.ts';
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

  setTorrent(): void {}
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

export interface DiskNodeOptions extends Omit<NodeOptions, 'storage' | 'metainfo' | 'data'> {
  readonly share: Share;
  readonly disk: SimDisk;
  readonly records: ShareRecords;
  readonly wanted?: ReadonlySet<number>;
}

export const OUTPUT = '/out';

export class DiskNode implements NodeStorage {
  readonly node: SwarmNode;
  storage: ShareStorage | undefined;
  readonly troubles: ShoalError[] = [];
  recoveries = 0;
  /** All that is wanted is saved and has its name. */
  isDone = false;
  readonly #world: World;
  readonly #options: DiskNodeOptions;
  readonly #prover: SimProver;
  readonly #wanted: ReadonlySet<number>;
  readonly #frames = new ShareFrames(new FrameCache());
  #counter: ProgressCounter | undefined;

  constructor(world: World, network: Network, options: DiskNodeOptions) {
    this.#world = world;
    this.#options = options;
    this.#prover = new SimProver(world, options.disk);
    this.#wanted = options.wanted ?? new Set(options.share.metainfo.info.files.keys());
    this.node = new SwarmNode(world, network, {
      ...options,
      metainfo: options.share.metainfo,
      storage: this,
    });
  }

  /** What lies on the disk is looked at, then the node goes to the network. */
  async start(): Promise<void> {
    const { share, disk, records } = this.#options;
    const { node } = this;
    const clock: Clock = {
      now: () => this.#world.now,
      after: (ms, action) => this.#world.after(ms, () => !node.isDown && action()),
    };
    const { metainfo } = share;
    // A person starts it where it lies.
    const folder = records.get('', '')?.folder ?? OUTPUT;
    const storage = await ShareStorage.open({
      context: {
        prover: this.#prover,
        handles: new FileHandles(disk),
        records,
        torrents: { save: () => {}, drop: () => {} },
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
      totals: () => ({ uploaded: 0, downloaded: node.swarm.downloaded.total }),
      events: {
        onTrouble: (error) => {
          this.troubles.push(error);
          node.call(() => node.swarm.handlePaused(this.#world.now, true));
        },
        onRecovered: () => {
          this.recoveries++;
          node.call(() => node.swarm.handlePaused(this.#world.now, false));
        },
        onWarning: () => {},
        onFinished: (file) => void this.storage?.watch(file),
        onLost: (pieces) => this.#lose(pieces, true),
        onUnreadable: (pieces, error) => {
          this.troubles.push(error);
          this.#lose(pieces, false);
        },
        onReadable: (pieces) => {
          node.setPresent(pieces, share.pieces);
          node.call(() => node.swarm.handleFound(this.#world.now, pieces));
        },
      },
    });
    this.storage = storage;
    const { geometry } = storage.files;
    const wantedPieces = piecesOf(geometry, this.#wanted);
    this.#counter = new ProgressCounter(geometry, this.#wanted, wantedPieces, storage.present);
    const present = [...share.pieces.keys()].filter((piece) => storage.present.has(piece));
    node.setPresent(present, share.pieces);
    if (wantedPieces.count < geometry.pieceCount)
      node.call(() =>
        node.swarm.handlePriorities(this.#world.now, (piece) => (wantedPieces.has(piece) ? 4 : 0)),
      );
    node.start();
    for (const file of this.#counter.wholeFiles()) storage.handleWhole(file);
    if (node.swarm.isComplete) await this.#complete();
  }

  #lose(pieces: readonly number[], isWanted: boolean): void {
    for (const piece of pieces) {
      this.#counter!.handleLost(piece);
      this.node.pieces[piece] = undefined;
    }
    this.#frames.forget();
    this.node.call(() => this.node.swarm.handleLost(this.#world.now, pieces, isWanted));
  }

  prove(piece: number, data: Uint8Array, wantsHashes: boolean, done: (verdict: ProofVerdict) => void): void {
    const arena = this.#prover.keep(data);
    this.storage!.prove(piece, { arena, offset: 0 }, wantsHashes, ({ status, blockHashes }) => {
      this.#prover.drop(arena);
      const detail = blockHashes === undefined ? {} : { blockHashes };
      done({ isRight: status !== PIECE_MISMATCH, storageFailed: status === PIECE_UNWRITABLE, ...detail });
    });
  }

  createSender(
    write: (bytes: Uint8Array, taken: (isSent: boolean) => void) => void,
    id: number,
  ): BlockSender {
    const { node } = this;
    const { guard } = this.storage!;
    // Frame buffers are used again once the socket has the bytes; simulated streams copy what they are given.
    const link = {
      write: (bytes: Uint8Array, taken?: (isSent: boolean) => void) =>
        write(bytes.slice(), taken ?? (() => {})),
    };
    return new BlockSender(link, guard, this.#frames, {
      onSent: (bytes) => node.call(() => node.swarm.handleSent(this.#world.now, id, bytes)),
      isHad: (piece) => node.swarm.share!.picker.have.has(piece),
      onLost: (blocks) => node.call(() => node.swarm.handleUnread(this.#world.now, id, blocks)),
      onReadFailed: (blocks, piece, cause) => {
        node.call(() => node.swarm.handleUnread(this.#world.now, id, blocks));
        guard.handleFailure(piece, cause, node.swarm.share!.picker.have);
      },
    });
  }

  handleEvent(event: SwarmEvent): void {
    if (event.type === 'piece')
      for (const file of this.#counter?.handlePiece(event.piece) ?? []) this.storage!.handleWhole(file);
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
    await this.storage?.close();
    this.node.crash();
  }

  /** The process dies; what the disk was told to do is done. */
  crash(): void {
    this.node.crash();
    void this.storage?.abandon();
  }
}
