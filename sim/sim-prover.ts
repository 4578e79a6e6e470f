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
} from '../src/data/disk/piece-batch.ts';
import { merkleRoot } from '../src/data/content/merkle.ts';
import { equalBytes } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import type { SimDisk } from './disk.ts';
import { leavesOf } from './swarm-node.ts';
import type { World } from './world.ts';

const PROOF_MS = 5;

function toCompare(slice: FdSlice): FdSlice {
  return { ...slice, fd: fdToCompare(slice.fd) ?? -1 };
}

export class SimProver implements PieceProver {
  readonly size = 2;
  readonly #world: World;
  readonly #disk: SimDisk;
  readonly #arenas = new Map<number, Uint8Array>();
  #nextId = 1;

  constructor(world: World, disk: SimDisk) {
    this.#world = world;
    this.#disk = disk;
  }

  newGroup(): number {
    return this.#nextId++;
  }

  /** Memory of one piece. */
  keep(data: Uint8Array): number {
    const id = this.#nextId++;
    this.#arenas.set(id, data);
    return id;
  }

  drop(id: number): void {
    this.#arenas.delete(id);
  }

  run(job: PieceJob): Promise<PieceVerdict> {
    return new Promise((resolve) => this.submit(job, resolve));
  }

  submit(job: PieceJob, done: (verdict: PieceVerdict) => void): void {
    const memory = job.memory === undefined ? undefined : this.#arenas.get(job.memory.arena)!;
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
