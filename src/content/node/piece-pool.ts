/**
 * A pool of worker threads that prove pieces, one job a piece, batched a message. Workers start with the first job
 * and are unreferenced while idle, so that a pool never keeps a process alive.
 *
 * Invariant: a worker has at most `BATCHES_AHEAD` batches; what waits, waits here, in order.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  type BatchReply,
  FILE_LOCKS,
  packBatch,
  type PieceJob,
  type PieceVerdict,
  unpackReply,
} from './piece-batch.ts';

/** One runs while the next is on its way: no worker waits for the main thread. */
const BATCHES_AHEAD = 2;
/** A batch stays short enough that threads share the work evenly, long enough to amortise the message. */
const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_PIECES = 64;
const MAX_WORKERS = 8;

interface Waiting {
  readonly job: PieceJob;
  readonly done: (verdict: PieceVerdict) => void;
}

interface Thread {
  readonly worker: Worker;
  outstanding: number;
}

export class PiecePool {
  readonly #size: number;
  readonly #threads: Thread[] = [];
  readonly #queue: Waiting[] = [];
  #queueHead = 0;
  readonly #batches = new Map<number, { readonly entries: readonly Waiting[]; readonly thread: Thread }>();
  readonly #arenas = new Map<number, SharedArrayBuffer>();
  readonly #locks = new SharedArrayBuffer(FILE_LOCKS * Int32Array.BYTES_PER_ELEMENT);
  #nextId = 0;
  #scheduled = false;
  #closed = false;

  /** @param size threads; all cores by default */
  constructor(size: number = Math.min(availableParallelism(), MAX_WORKERS)) {
    this.#size = Math.max(1, size);
  }

  get size(): number {
    return this.#size;
  }

  /** Jobs handed in whose verdict has not come. */
  get pending(): number {
    let running = 0;
    for (const batch of this.#batches.values()) running += batch.entries.length;
    return this.#queue.length - this.#queueHead + running;
  }

  /** `done` is called once, from the event loop, never from within `submit`. */
  submit(job: PieceJob, done: (verdict: PieceVerdict) => void): void {
    this.#queue.push({ job, done });
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After this round of the event loop, not after each read: with small pieces many come in one round.
    setImmediate(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  run(job: PieceJob): Promise<PieceVerdict> {
    return new Promise((resolve) => this.submit(job, resolve));
  }

  /** Memory that jobs may refer to by the returned number. */
  createArena(lengthBytes: number): { readonly id: number; readonly bytes: Uint8Array<SharedArrayBuffer> } {
    const id = this.#nextId++;
    const memory = new SharedArrayBuffer(lengthBytes);
    this.#arenas.set(id, memory);
    for (const { worker } of this.#threads) worker.postMessage({ kind: 'arena', id, memory });
    return { id, bytes: new Uint8Array(memory) };
  }

  dropArena(id: number): void {
    this.#arenas.delete(id);
    for (const { worker } of this.#threads) worker.postMessage({ kind: 'drop-arena', id, memory: undefined });
  }

  /** Stops the threads. Jobs that have not run are dropped without a verdict. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    while (!this.#closed && this.#queueHead < this.#queue.length) {
      const thread = this.#idlestThread();
      if (thread === undefined) return;
      const entries = this.#takeBatch();
      const id = this.#nextId++;
      this.#batches.set(id, { entries, thread });
      if (thread.outstanding++ === 0) thread.worker.ref();
      const request = packBatch(
        id,
        entries.map(({ job }) => job),
      );
      thread.worker.postMessage(request, [request.numbers.buffer, request.expected.buffer]);
    }
  }

  #idlestThread(): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads)
      if (best === undefined || thread.outstanding < best.outstanding) best = thread;
    if (best !== undefined && best.outstanding === 0) return best;
    if (this.#threads.length < this.#size) return this.#startThread();
    return best !== undefined && best.outstanding < BATCHES_AHEAD ? best : undefined;
  }

  #takeBatch(): Waiting[] {
    const entries: Waiting[] = [];
    let bytes = 0;
    while (this.#queueHead < this.#queue.length && entries.length < BATCH_PIECES && bytes < BATCH_BYTES) {
      const entry = this.#queue[this.#queueHead++]!;
      entries.push(entry);
      bytes += entry.job.length;
    }
    if (this.#queueHead === this.#queue.length) {
      this.#queue.length = 0;
      this.#queueHead = 0;
    } else if (this.#queueHead > 4096) {
      this.#queue.splice(0, this.#queueHead);
      this.#queueHead = 0;
    }
    return entries;
  }

  #startThread(): Thread {
    const file = import.meta.url.endsWith('.ts') ? './piece-worker.ts' : './piece-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    const thread: Thread = { worker, outstanding: 0 };
    worker.on('message', (reply: BatchReply) => this.#finish(reply));
    worker.on('error', (error) => {
      throw error;
    });
    worker.unref();
    worker.postMessage({ kind: 'start', locks: this.#locks });
    for (const [id, memory] of this.#arenas) worker.postMessage({ kind: 'arena', id, memory });
    this.#threads.push(thread);
    return thread;
  }

  #finish(reply: BatchReply): void {
    const batch = this.#batches.get(reply.id)!;
    this.#batches.delete(reply.id);
    if (--batch.thread.outstanding === 0) batch.thread.worker.unref();
    const verdicts = unpackReply(reply);
    for (const [index, entry] of batch.entries.entries()) entry.done(verdicts[index]!);
    this.#dispatch();
  }
}
