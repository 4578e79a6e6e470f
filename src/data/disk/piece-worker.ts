/**
 * The worker thread behind `piece-pool.ts`: hashes pieces and writes the proved ones. Everything here is synchronous
 * on purpose; the thread does one thing at a time and touches each byte while it is in the cache.
 */
import { readlinkSync, readSync, writeSync, writevSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { equalBytes } from '../../ground/bytes.ts';
import {
  type ArenaRequest,
  type BatchDetail,
  type BatchReply,
  type BatchRequest,
  DIGEST_LENGTH,
  fdToCompare,
  FILE_LOCKS,
  HEADER_NUMBERS,
  PIECE_OK,
  PIECE_UNREADABLE,
  PIECE_UNWRITABLE,
  type ReadyReply,
  SLICE_DIFFERS,
  type SliceFailure,
  type StartRequest,
} from './piece-batch.ts';
import {
  CHUNK_LENGTH,
  judge,
  PieceHash,
  type PieceHeader,
  proveInMemory,
  readHeader,
} from './piece-proof.ts';

/** The lock saves time and protects nothing: a thread that holds it so long writes to a disk that hangs, perhaps another disk. */
const MAX_LOCK_MS = 200;

/** Of a range from -20 to 19. */
const WORKER_NICENESS = 4;

const port = parentPort!;
const arenas = new Map<number, Uint8Array>();
let chunkBuffer: Uint8Array | undefined;

/** Hashing can wait, the event loop cannot: without this, a thread that wakes up pushes it off its core. */
function stepBack(): void {
  try {
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, WORKER_NICENESS);
  } catch {
    // Not Linux, where a priority is the process's.
  }
}

stepBack();

let locks: Int32Array = new Int32Array(FILE_LOCKS);

const ready: ReadyReply = { kind: 'ready' };
port.postMessage(ready);

port.on('message', (request: BatchRequest | ArenaRequest | StartRequest) => {
  if (request.kind === 'start') locks = new Int32Array(request.locks);
  else if (request.kind === 'batch') {
    const reply = runBatch(request);
    port.postMessage(reply, [reply.statuses.buffer, reply.digests.buffer]);
  } else if (request.memory === undefined) arenas.delete(request.id);
  else arenas.set(request.id, new Uint8Array(request.memory));
});

interface Slices {
  readonly numbers: Float64Array;
  readonly at: number;
  readonly count: number;
}

function runBatch(request: BatchRequest): BatchReply {
  const statuses = new Uint8Array(request.count);
  const digests = new Uint8Array(request.count * DIGEST_LENGTH);
  const details: BatchDetail[] = [];
  const gathered = new GatheredWrite((index, failure) => {
    statuses[index] = PIECE_UNWRITABLE;
    const at = details.findIndex((detail) => detail.index === index);
    if (at < 0) details.push({ index, failure });
    else details[at] = { ...details[at]!, failure };
  });
  let at = 0;
  for (let index = 0; index < request.count; index++) {
    const { numbers } = request;
    const sliceCount = numbers[at + 6]!;
    const slices: Slices = { numbers, at: at + HEADER_NUMBERS, count: sliceCount };
    const digest = digests.subarray(index * DIGEST_LENGTH, (index + 1) * DIGEST_LENGTH);
    const expected = request.expected.subarray(index * DIGEST_LENGTH, (index + 1) * DIGEST_LENGTH);
    const verdict = runPiece(readHeader(numbers, at), slices, expected, digest);
    statuses[index] = verdict.status;
    if (verdict.detail !== undefined) details.push({ index, ...verdict.detail });
    if (verdict.toWrite !== undefined) gathered.add(index, slices, verdict.toWrite);
    at += HEADER_NUMBERS + 3 * sliceCount;
  }
  gathered.flush();
  return { kind: 'batch', id: request.id, statuses, digests, details };
}

interface Verdict {
  readonly status: number;
  readonly detail?: Omit<BatchDetail, 'index'>;
  /** Right, and not written yet. */
  readonly toWrite?: Uint8Array;
}

/** Right pieces that lie one after the other in a file: one system call writes them all. */
class GatheredWrite {
  readonly #onFailure: (index: number, failure: SliceFailure) => void;
  #fd = -1;
  #start = 0;
  #end = 0;
  #views: Uint8Array[] = [];
  #pieces: { readonly index: number; readonly slices: Slices }[] = [];

  constructor(onFailure: (index: number, failure: SliceFailure) => void) {
    this.#onFailure = onFailure;
  }

  add(index: number, slices: Slices, memory: Uint8Array): void {
    const fd = slices.numbers[slices.at]!;
    const fileOffset = slices.numbers[slices.at + 1]!;
    const isSimple = slices.count === 1 && fd >= 0;
    if (!isSimple || fd !== this.#fd || fileOffset !== this.#end) this.flush();
    if (!isSimple) return this.#writeAlone(index, slices, memory);
    if (this.#views.length === 0) [this.#fd, this.#start] = [fd, fileOffset];
    this.#views.push(memory);
    this.#pieces.push({ index, slices });
    this.#end = fileOffset + memory.length;
  }

  flush(): void {
    const [views, pieces] = [this.#views, this.#pieces];
    if (views.length === 0) return;
    [this.#views, this.#pieces] = [[], []];
    if (views.length > 1 && this.#writeTogether(views)) return;
    // One of them, or together it did not work: then it should be known which fail.
    for (const [i, { index, slices }] of pieces.entries()) this.#writeAlone(index, slices, views[i]!);
  }

  #writeTogether(views: readonly Uint8Array[]): boolean {
    let written = 0;
    const failure = attempt(() =>
      withFileLock(this.#fd, () => (written = writevSync(this.#fd, views, this.#start))),
    );
    return failure === undefined && written === this.#end - this.#start;
  }

  #writeAlone(index: number, slices: Slices, memory: Uint8Array): void {
    const failure = attempt((progress) => writeSlices(slices, memory, progress));
    if (failure !== undefined) this.#onFailure(index, failure);
  }
}

function runPiece(header: PieceHeader, slices: Slices, expected: Uint8Array, digest: Uint8Array): Verdict {
  const { arena, offset, length, hashedLength } = header;
  if (arena >= 0) {
    const memory = arenas.get(arena)!.subarray(offset, offset + length);
    const { status, blockHashes } = proveInMemory(header, memory, expected, digest);
    const detail = blockHashes === undefined ? {} : { detail: { blockHashes } };
    return status === PIECE_OK ? { status, toWrite: memory, ...detail } : { status, ...detail };
  }
  const hashes = PieceHash.of(header);
  const failure = attempt((progress) =>
    readSlices(slices, length, progress, (data, isAll) => hashes.add(data, isAll, hashedLength)),
  );
  if (failure !== undefined) return { status: PIECE_UNREADABLE, detail: { failure } };
  const { status, blockHashes } = judge(header, hashes, expected, digest);
  return blockHashes === undefined ? { status } : { status, detail: { blockHashes } };
}

/** Which slice is being worked on, for naming the file that failed. */
interface SliceProgress {
  slice: number;
}

function readSlices(
  slices: Slices,
  length: number,
  progress: SliceProgress,
  onData: (data: Uint8Array, isAll: boolean) => void,
): void {
  chunkBuffer ??= new Uint8Array(CHUNK_LENGTH);
  let filled = 0;
  for (let i = 0; i < slices.count; i++) {
    progress.slice = i;
    const fd = slices.numbers[slices.at + 3 * i]!;
    let fileOffset = slices.numbers[slices.at + 3 * i + 1]!;
    let left = slices.numbers[slices.at + 3 * i + 2]!;
    while (left > 0) {
      const step = Math.min(left, CHUNK_LENGTH - filled);
      let got = step;
      if (fd < 0) chunkBuffer.fill(0, filled, filled + step);
      else got = readSync(fd, chunkBuffer, filled, step, fileOffset);
      if (got === 0)
        throw Object.assign(new Error('the file is shorter than it should be'), { code: 'SHORT' });
      filled += got;
      fileOffset += got;
      left -= got;
      if (filled === CHUNK_LENGTH) {
        onData(chunkBuffer, length === CHUNK_LENGTH);
        filled = 0;
      }
    }
  }
  if (filled > 0) onData(chunkBuffer.subarray(0, filled), filled === length);
}

function writeSlices(slices: Slices, memory: Uint8Array, progress: SliceProgress): void {
  compareSlices(slices, memory, progress);
  let at = 0;
  for (let i = 0; i < slices.count; i++) {
    progress.slice = i;
    const fd = slices.numbers[slices.at + 3 * i]!;
    const fileOffset = slices.numbers[slices.at + 3 * i + 1]!;
    const length = slices.numbers[slices.at + 3 * i + 2]!;
    const from = at;
    if (fd >= 0) {
      withFileLock(fd, () => {
        for (let done = 0; done < length; ) {
          done += writeSync(fd, memory, from + done, length - done, fileOffset + done);
        }
      });
    }
    at += length;
  }
}

/** Before anything is written. */
function compareSlices(slices: Slices, memory: Uint8Array, progress: SliceProgress): void {
  let at = 0;
  for (let i = 0; i < slices.count; i++) {
    progress.slice = i;
    const fd = fdToCompare(slices.numbers[slices.at + 3 * i]!);
    const fileOffset = slices.numbers[slices.at + 3 * i + 1]!;
    const length = slices.numbers[slices.at + 3 * i + 2]!;
    if (fd !== undefined && !isSameInFile(fd, fileOffset, memory.subarray(at, at + length)))
      throw Object.assign(new Error('the file holds other bytes'), { code: SLICE_DIFFERS });
    at += length;
  }
}

function isSameInFile(fd: number, fileOffset: number, bytes: Uint8Array): boolean {
  chunkBuffer ??= new Uint8Array(CHUNK_LENGTH);
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(fd, chunkBuffer, 0, Math.min(CHUNK_LENGTH, bytes.length - at), fileOffset + at);
    if (got === 0 || !equalBytes(chunkBuffer.subarray(0, got), bytes.subarray(at, at + got))) return false;
    at += got;
  }
  return true;
}

/**
 * One writer a file: the kernel takes the inode's lock for a write, and a second writer *spins* for it, on a core that
 * the network could use (a third of all CPU time in a 2 GiB download to one file). Sleeping costs nothing.
 */
function withFileLock(fd: number, action: () => void): void {
  const lock = fd % FILE_LOCKS;
  let isOurs = Atomics.compareExchange(locks, lock, 0, 1) === 0;
  for (const until = performance.now() + MAX_LOCK_MS; !isOurs && performance.now() < until; ) {
    Atomics.wait(locks, lock, 1, MAX_LOCK_MS);
    isOurs = Atomics.compareExchange(locks, lock, 0, 1) === 0;
  }
  try {
    action();
  } finally {
    if (isOurs) {
      Atomics.store(locks, lock, 0);
      Atomics.notify(locks, lock, 1);
    }
  }
}

function attempt(action: (progress: SliceProgress) => void): SliceFailure | undefined {
  const progress = { slice: 0 };
  try {
    action(progress);
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code: code ?? 'UNKNOWN', message, slice: progress.slice };
  }
}
