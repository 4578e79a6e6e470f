/**
 * A share's data in memory, where the driver otherwise has `ShareStorage`: for swarms in which disks are not the matter.
 * It asserts what storage promises: nothing is served that was not proved, and no piece is proved twice.
 */
import { type Geometry, v1PieceHash, v2PieceHash } from '../../src/data/content/geometry.ts';
import type { Metainfo } from '../../src/data/content/metainfo.ts';
import { PIECE_OK, type PieceJob, type PieceVerdict } from '../../src/data/disk/piece-batch.ts';
import type { AcquiredSlices } from '../../src/data/storage/node/share-files.ts';
import { assert } from '../../src/ground/assert.ts';
import type { BlockSource } from '../../src/systems/torrents/swarm/node/block-sender.ts';
import type { DriverStorage } from '../../src/systems/torrents/swarm/node/share-driver.ts';
import { type ProverDisk, SimProver } from '../world/prover.ts';
import type { World } from '../world/world.ts';

export interface MemoryStorageOptions {
  readonly name: string;
  readonly geometry: Geometry;
  /** With the piece layers that are known by now. */
  readonly metainfo: () => Metainfo;
  /** All data, for a seed. */
  readonly data?: readonly Uint8Array[] | undefined;
}

/** A piece's number stands for the descriptor of its file. */
export class MemoryStorage implements DriverStorage, BlockSource, ProverDisk {
  readonly pieces: (Uint8Array | undefined)[];
  readonly prover: SimProver;
  wrongPieces = 0;
  /** The process is gone: nothing is proved any more. */
  isDead = false;
  readonly #options: MemoryStorageOptions;
  readonly #proving = new Set<number>();

  constructor(world: World, options: MemoryStorageOptions) {
    this.#options = options;
    const { geometry, data } = options;
    this.pieces = [...(data ?? new Array<undefined>(geometry.pieceCount).fill(undefined))];
    this.prover = new SimProver(world, this);
  }

  get guard(): BlockSource {
    return this;
  }

  get present(): number[] {
    return [...this.pieces.keys()].filter((piece) => this.pieces[piece] !== undefined);
  }

  /** There are no files to make. */
  expect(): void {}

  prove(
    piece: number,
    memory: NonNullable<PieceJob['memory']>,
    wantsBlockHashes: boolean,
    done: (verdict: PieceVerdict) => void,
  ): void {
    const { name, geometry, metainfo } = this.#options;
    const isNew = !this.#proving.has(piece) && this.pieces[piece] === undefined;
    assert(isNew, `${name}: piece ${piece} is proved twice`);
    const [expectedV1, expectedV2] = [
      v1PieceHash(metainfo(), piece),
      v2PieceHash(metainfo(), geometry, piece),
    ];
    const hasHash = expectedV1 !== undefined || expectedV2 !== undefined;
    assert(hasHash, `${name}: piece ${piece} was fetched without a hash to prove it`);
    this.#proving.add(piece);
    const job = {
      memory,
      length: geometry.pieceLength(piece),
      hashedLength: expectedV1 === undefined ? 0 : geometry.hashedLength(piece),
      treeWidth: expectedV2 === undefined ? 0 : geometry.treeWidth(piece),
      slices: [],
      expectedV1,
      expectedV2,
      wantsBlockHashes,
    };
    this.prover.submit(job, (verdict) => {
      this.#proving.delete(piece);
      if (verdict.status === PIECE_OK) this.pieces[piece] = this.prover.memory(memory, job.length).slice();
      else this.wrongPieces++;
      done(verdict);
    });
  }

  tryAcquire(piece: number, begin: number, length: number): AcquiredSlices {
    return {
      slices: [{ file: 0, fd: piece, fileOffset: begin, length }],
      isStale: () => false,
      release: () => {},
    };
  }

  async acquire(piece: number, begin: number, length: number): Promise<AcquiredSlices> {
    return this.tryAcquire(piece, begin, length);
  }

  async read(_piece: number, fd: number, views: readonly Uint8Array[], offset: number): Promise<number> {
    return this.readNow(fd, views, offset);
  }

  async requireUnchanged(): Promise<void> {}

  handleFailure(piece: number): void {
    assert(false, `${this.#options.name}: piece ${piece} could not be read`);
  }

  isHanging(): boolean {
    return false;
  }

  readNow(fd: number, views: readonly Uint8Array[], offset: number): number {
    const source = this.pieces[fd];
    assert(source !== undefined, `${this.#options.name} serves piece ${fd}, which it has not proved`);
    let at = offset;
    for (const view of views) {
      view.set(source.subarray(at, at + view.length));
      at += view.length;
    }
    return at - offset;
  }

  writeNow(): void {}
}
