/**
 * Proves small pieces on the main thread, and writes them by the threads of libuv: as long as the pool has no
 * thread. Starting one takes as much CPU time as hashing 60 MiB, and 10 MiB of memory: most transfers are smaller than that.
 *
 * Only what is quick: a piece of 1 MiB is hashed in a millisecond. Files are not read here.
 */
import { write } from 'node:fs';
import {
  DIGEST_LENGTH,
  HEADER_NUMBERS,
  packBatch,
  PIECE_OK,
  PIECE_UNWRITABLE,
  type PieceJob,
  type PieceStatus,
  type PieceVerdict,
  type SliceFailure,
  unpackReply,
} from './piece-batch.ts';
import { proveInMemory, readHeader } from './piece-proof.ts';

/** From so many bytes on, threads are worth their start. */
export const INLINE_BYTES: number = 32 * 1024 * 1024;
const MAX_PIECE_BYTES = 1024 * 1024;
/** A piece that lies in more files than these is written by a thread, which waits for none of libuv's. */
const MAX_SLICES = 16;
/** Writes that run side by side: a disk that hangs takes no more threads of libuv than this. */
const MAX_WRITES = 2;

export class InlineProver {
  #bytesLeft = INLINE_BYTES;
  #running = 0;
  /** When it began the first of what runs, or last finished one. */
  #busySince = 0;

  /** Pieces that are proved, and being written. */
  get running(): number {
    return this.#running;
  }

  get hasRoom(): boolean {
    return this.#running < MAX_WRITES;
  }

  /** Nothing was finished for so long. */
  isStuckFor(milliseconds: number): boolean {
    return this.#running > 0 && performance.now() - this.#busySince >= milliseconds;
  }

  /** A transfer was over: the next one is small again. */
  reset(): void {
    this.#bytesLeft = INLINE_BYTES;
  }

  /** Whether such a job is done here; `hasRoom` says whether now. */
  takes({ memory, length, slices }: PieceJob): boolean {
    if (memory === undefined || length > Math.min(this.#bytesLeft, MAX_PIECE_BYTES)) return false;
    // What is compared is read.
    return slices.length <= MAX_SLICES && slices.every(({ fd }) => fd >= -1);
  }

  /** @param arena in which the piece lies */
  async run(job: PieceJob, arena: SharedArrayBuffer): Promise<PieceVerdict> {
    this.#bytesLeft -= job.length;
    if (this.#running++ === 0) this.#busySince = performance.now();
    try {
      const { numbers, expected } = packBatch(0, [job]);
      const memory = new Uint8Array(arena, job.memory!.offset, job.length);
      const digests = new Uint8Array(DIGEST_LENGTH);
      const proof = proveInMemory(
        readHeader(numbers.subarray(0, HEADER_NUMBERS), 0),
        memory,
        expected,
        digests,
      );
      const failure = proof.status === PIECE_OK ? await writeAll(job, memory) : undefined;
      const status: PieceStatus = failure === undefined ? proof.status : PIECE_UNWRITABLE;
      const { blockHashes } = proof;
      const detail = {
        index: 0,
        ...(blockHashes === undefined ? {} : { blockHashes }),
        ...(failure === undefined ? {} : { failure }),
      };
      const statuses = Uint8Array.of(status);
      return unpackReply({ kind: 'batch', id: 0, statuses, digests, details: [detail] })[0]!;
    } finally {
      this.#running--;
      this.#busySince = performance.now();
    }
  }
}

async function writeAll({ slices }: PieceJob, memory: Uint8Array): Promise<SliceFailure | undefined> {
  let from = 0;
  for (const [slice, { fd, fileOffset, length }] of slices.entries()) {
    try {
      for (let done = 0; fd >= 0 && done < length; )
        done += await writeSome(fd, memory.subarray(from + done, from + length), fileOffset + done);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      return { code: code ?? 'UNKNOWN', message, slice };
    }
    from += length;
  }
  return undefined;
}

function writeSome(fd: number, bytes: Uint8Array, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, offset, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}
