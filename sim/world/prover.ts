/** Proves pieces in the simulated world: what the worker threads do, on a simulated disk, in virtual time. */
import {
  type FdSlice,
  fdToCompare,
  PIECE_MISMATCH,
  PIECE_OK,
  PIECE_UNREADABLE,
  PIECE_UNWRITABLE,
  type PieceJob,
  type PieceProver,
  type PieceVerdict,
  SLICE_DIFFERS,
  type SliceFailure,
} from '../../src/data/disk/piece-batch.ts';
import { merkleRoot } from '../../src/data/content/merkle.ts';
import { equalBytes } from '../../src/ground/bytes.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { BLOCK_LENGTH } from '../../src/ground/units.ts';
import type { SimDisk } from './disk.ts';
import type { PieceArenas } from '../../src/systems/torrents/swarm/node/piece-memory.ts';
import type { World } from './world.ts';

/** Hashing and writing take this long: data proves while more arrives. */
const PROOF_MS = 5;

/** Where pieces are read from and written to. */
export type ProverDisk = Pick<SimDisk, 'isDead' | 'isHanging' | 'readNow' | 'writeNow'>;

/** The SHA-256 of each block. */
export function leavesOf(data: Uint8Array): Uint8Array {
  const leaves = new Uint8Array(Math.ceil(data.length / BLOCK_LENGTH) * 32);
  for (let at = 0; at * BLOCK_LENGTH < data.length; at++) {
    leaves.set(nodeHasher.sha256(data.subarray(at * BLOCK_LENGTH, (at + 1) * BLOCK_LENGTH)), at * 32);
  }
  return leaves;
}

function toCompare(slice: FdSlice): FdSlice {
  return { ...slice, fd: fdToCompare(slice.fd) ?? -1 };
}

export class SimProver implements PieceProver, PieceArenas {
  readonly size = 2;
  readonly #world: World;
  readonly #disk: ProverDisk;
  readonly #arenas = new Map<number, Uint8Array<SharedArrayBuffer>>();
  #nextId = 1;

  constructor(world: World, disk: ProverDisk) {
    this.#world = world;
    this.#disk = disk;
  }

  newGroup(): number {
    return this.#nextId++;
  }

  createArena(lengthBytes: number): { readonly id: number; readonly bytes: Uint8Array<SharedArrayBuffer> } {
    const id = this.#nextId++;
    const bytes = new Uint8Array(new SharedArrayBuffer(lengthBytes));
    this.#arenas.set(id, bytes);
    return { id, bytes };
  }

  dropArena(id: number): void {
    this.#arenas.delete(id);
  }

  /** The bytes that a job means. */
  memory({ arena, offset }: NonNullable<PieceJob['memory']>, length: number): Uint8Array {
    return this.#arenas.get(arena)!.subarray(offset, offset + length);
  }

  /** It has no threads. */
  warm(_bytes: number): void {}

  run(job: PieceJob): Promise<PieceVerdict> {
    return new Promise((resolve) => this.submit(job, resolve));
  }

  submit(job: PieceJob, done: (verdict: PieceVerdict) => void): void {
    const memory = job.memory === undefined ? undefined : this.memory(job.memory, job.length);
    const attempt = (): void => {
      if (this.#disk.isDead) return;
      const open = job.slices.map(({ fd }) => fdToCompare(fd) ?? fd);
      if (open.some((fd) => fd >= 0 && this.#disk.isHanging(fd))) {
        this.#world.after(100, attempt);
        return;
      }
      const verdict = this.#prove(job, memory);
      if (!this.#disk.isDead) done(verdict);
    };
    this.#world.after(PROOF_MS, attempt);
  }

  #prove(job: PieceJob, memory: Uint8Array | undefined): PieceVerdict {
    const nothing = { v1: new Uint8Array(20), v2: new Uint8Array(32) };
    const data = memory ?? new Uint8Array(job.length);
    if (memory === undefined) {
      const failure = this.#each(job, data, (fd, view, offset) => {
        if (this.#disk.readNow(fd, [view], offset) < view.length)
          throw Object.assign(new Error('short'), { code: 'SHORT' });
      });
      if (failure !== undefined) return { ...nothing, status: PIECE_UNREADABLE, failure };
    }
    const padded = new Uint8Array(Math.max(job.hashedLength, data.length));
    padded.set(data);
    const v1 = job.hashedLength > 0 ? nodeHasher.sha1(padded.subarray(0, job.hashedLength)) : nothing.v1;
    const v2 = job.treeWidth > 0 ? merkleRoot(leavesOf(data), job.treeWidth, 0, nodeHasher) : nothing.v2;
    const isRight =
      (job.expectedV1 === undefined || equalBytes(v1, job.expectedV1)) &&
      (job.expectedV2 === undefined || equalBytes(v2, job.expectedV2));
    const wantsHashes = job.wantsBlockHashes === true || (!isRight && memory !== undefined);
    const detail = wantsHashes ? { blockHashes: leavesOf(data) } : {};
    if (!isRight || memory === undefined)
      return { v1, v2, status: isRight ? PIECE_OK : PIECE_MISMATCH, ...detail };
    const failure =
      this.#each({ ...job, slices: job.slices.map(toCompare) }, data, (fd, view, offset) => {
        const there = new Uint8Array(view.length);
        if (this.#disk.readNow(fd, [there], offset) < there.length || !equalBytes(there, view))
          throw Object.assign(new Error('the file holds other bytes'), { code: SLICE_DIFFERS });
      }) ?? this.#each(job, data, (fd, view, offset) => this.#disk.writeNow(fd, view, offset));
    if (failure !== undefined) return { v1, v2, status: PIECE_UNWRITABLE, failure };
    return { v1, v2, status: PIECE_OK, ...detail };
  }

  #each(
    job: PieceJob,
    data: Uint8Array,
    action: (fd: number, view: Uint8Array, offset: number) => void,
  ): SliceFailure | undefined {
    let at = 0;
    for (const [slice, { fd, fileOffset, length }] of job.slices.entries()) {
      try {
        if (fd >= 0) action(fd, data.subarray(at, at + length), fileOffset);
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        return { code: code ?? 'UNKNOWN', message, slice };
      }
      at += length;
    }
    return undefined;
  }
}
