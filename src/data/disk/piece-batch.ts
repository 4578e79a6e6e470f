/**
 * The packed form in which pieces travel to worker threads and their verdicts back. One message carries many pieces,
 * so that the cost of crossing threads is paid once a batch, also when pieces are 16 KiB.
 *
 * A job proves a piece: it hashes the data (from shared memory or from open files), compares where hashes are
 * expected, and, for data from memory that proved right, writes it to the files.
 */

/**
 * File descriptors are the process's, so workers use those that the main thread opened. Of a piece that is written, a
 * slice with `comparedOnly(fd)` is compared with what lies there; if it differs, the piece is written nowhere.
 */
export interface FdSlice {
  readonly fd: number;
  readonly fileOffset: number;
  readonly length: number;
}

export function comparedOnly(fd: number): number {
  return -2 - fd;
}

/** The file descriptor of a slice that is only compared; undefined for others. */
export function fdToCompare(fd: number): number | undefined {
  return fd <= -2 ? -2 - fd : undefined;
}

/** `SliceFailure.code` of a slice that was compared. */
export const SLICE_DIFFERS = 'DIFFERS';

/** Proves pieces: the pool of worker threads, or its twin in the simulated world. */
export interface PieceProver {
  /** Jobs that it works on side by side. */
  readonly size: number;
  /** So many bytes will come soon in jobs: it gets ready for them. */
  warm(bytes: number): void;
  /** `done` is called once, never from within `submit`. */
  submit(job: PieceJob, done: (verdict: PieceVerdict) => void): void;
  run(job: PieceJob): Promise<PieceVerdict>;
  /** A number that keeps one share's jobs apart from another's. */
  newGroup(): number;
}

export interface PieceJob {
  /** Where the data is: a stretch of a shared arena, or `slices` themselves. */
  readonly memory?: { readonly arena: number; readonly offset: number };
  /** Bytes of data. */
  readonly length: number;
  /** Bytes that the v1 hash covers (the rest is zeros); 0 for no v1 hash. */
  readonly hashedLength: number;
  /** Leaves of the v2 tree under the piece; 0 for no v2 hash. */
  readonly treeWidth: number;
  /** Where the data is read from, or written to once proved. An `fd` of -1 stands for zeros that exist nowhere. */
  readonly slices: readonly FdSlice[];
  readonly expectedV1?: Uint8Array | undefined;
  readonly expectedV2?: Uint8Array | undefined;
  /** Return the SHA-256 of each block also when the piece is right. */
  readonly wantsBlockHashes?: boolean;
  /** Jobs of one group wait for one disk, see `PiecePool`. */
  readonly group?: number | undefined;
}

/** 0 right, 1 wrong, 2 not readable (or too short), 3 not writable. */
export type PieceStatus = 0 | 1 | 2 | 3;
export const PIECE_OK = 0;
export const PIECE_MISMATCH = 1;
export const PIECE_UNREADABLE = 2;
export const PIECE_UNWRITABLE = 3;

export interface PieceVerdict {
  readonly status: PieceStatus;
  /** The hashes found; all zeros without a request for them. */
  readonly v1: Uint8Array;
  readonly v2: Uint8Array;
  /** On mismatch from memory, and when wanted: SHA-256 of each block, which in a v2 share are the leaves. 32 bytes a block. */
  readonly blockHashes?: Uint8Array;
  /** Unreadable and unwritable only. */
  readonly failure?: SliceFailure;
}

export interface SliceFailure {
  /** The system's, `ENOSPC` for instance; `SHORT` for a file that ends too early. */
  readonly code: string;
  readonly message: string;
  /** Which of the job's slices. */
  readonly slice: number;
}

export const V1_LENGTH = 20;
export const V2_LENGTH = 32;
export const DIGEST_LENGTH: number = V1_LENGTH + V2_LENGTH;

export interface BatchRequest {
  readonly kind: 'batch';
  readonly id: number;
  readonly count: number;
  /** A piece: arena (-1 for files), arena offset, length, hashedLength, treeWidth, flags, slice count, slices. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** DIGEST_LENGTH bytes a piece, meaningful where the flags say so. */
  readonly expected: Uint8Array<ArrayBuffer>;
}

export interface ArenaRequest {
  readonly kind: 'arena' | 'drop-arena';
  readonly id: number;
  readonly memory: SharedArrayBuffer | undefined;
}

/** The first message to a worker. */
export interface StartRequest {
  readonly kind: 'start';
  /** One lock word a group of files, see `withFileLock`. */
  readonly locks: SharedArrayBuffer;
}

export const FILE_LOCKS = 64;

/** The first message of a worker: it can work from now on. */
export interface ReadyReply {
  readonly kind: 'ready';
}

export interface BatchReply {
  readonly kind: 'batch';
  readonly id: number;
  readonly statuses: Uint8Array<ArrayBuffer>;
  readonly digests: Uint8Array<ArrayBuffer>;
  readonly details: readonly BatchDetail[];
}

export interface BatchDetail {
  readonly index: number;
  readonly blockHashes?: Uint8Array;
  readonly failure?: SliceFailure;
}

export const EXPECT_V1 = 1;
export const EXPECT_V2 = 2;
export const WANT_BLOCK_HASHES = 4;
export const HEADER_NUMBERS = 7;

export function packBatch(id: number, jobs: readonly PieceJob[]): BatchRequest {
  let size = 0;
  for (const job of jobs) size += HEADER_NUMBERS + 3 * job.slices.length;
  const numbers = new Float64Array(size);
  const expected = new Uint8Array(jobs.length * DIGEST_LENGTH);
  let at = 0;
  for (const [index, job] of jobs.entries()) {
    let flags = 0;
    if (job.expectedV1 !== undefined) {
      flags |= EXPECT_V1;
      expected.set(job.expectedV1, index * DIGEST_LENGTH);
    }
    if (job.expectedV2 !== undefined) {
      flags |= EXPECT_V2;
      expected.set(job.expectedV2, index * DIGEST_LENGTH + V1_LENGTH);
    }
    if (job.wantsBlockHashes === true) flags |= WANT_BLOCK_HASHES;
    numbers[at++] = job.memory?.arena ?? -1;
    numbers[at++] = job.memory?.offset ?? 0;
    numbers[at++] = job.length;
    numbers[at++] = job.hashedLength;
    numbers[at++] = job.treeWidth;
    numbers[at++] = flags;
    numbers[at++] = job.slices.length;
    for (const slice of job.slices) {
      numbers[at++] = slice.fd;
      numbers[at++] = slice.fileOffset;
      numbers[at++] = slice.length;
    }
  }
  return { kind: 'batch', id, count: jobs.length, numbers, expected };
}

/** One of a batch. Most callers read the status alone, so the digests are views that are made on demand. */
class BatchVerdict implements PieceVerdict {
  readonly status: PieceStatus;
  readonly blockHashes?: Uint8Array;
  readonly failure?: SliceFailure;
  readonly #digests: Uint8Array;
  readonly #at: number;

  constructor({ statuses, digests, details }: BatchReply, index: number) {
    this.status = statuses[index] as PieceStatus;
    this.#digests = digests;
    this.#at = index * DIGEST_LENGTH;
    const detail = details.length === 0 ? undefined : details.find((entry) => entry.index === index);
    if (detail?.blockHashes !== undefined) this.blockHashes = detail.blockHashes;
    if (detail?.failure !== undefined) this.failure = detail.failure;
  }

  get v1(): Uint8Array {
    return this.#digests.subarray(this.#at, this.#at + V1_LENGTH);
  }

  get v2(): Uint8Array {
    return this.#digests.subarray(this.#at + V1_LENGTH, this.#at + DIGEST_LENGTH);
  }
}

export function unpackReply(reply: BatchReply): PieceVerdict[] {
  const verdicts: PieceVerdict[] = [];
  for (let i = 0; i < reply.statuses.length; i++) verdicts.push(new BatchVerdict(reply, i));
  return verdicts;
}
