/**
 * A pool of worker threads that prove pieces, one job a piece, batched a message. They start when jobs come that need
 * them, or before where somebody says that many will come; a few small pieces are proved by the main thread without any
 * (`inline-prover.ts`). They are unreferenced while idle, so that a pool never keeps a process alive, and end when
 * nothing came for a minute: each takes 10 MiB.
 *
 * Jobs come in groups, one a share. A batch is of one group, and only batches of the same group queue at one thread:
 * when a disk hangs, the threads that wait for it are its share's alone, and a few more are started for the others.
 *
 * Invariant: a worker that is ready has at most `BATCHES_AHEAD` batches, another none; the others wait here, in order.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { INLINE_BYTES, InlineProver } from './inline-prover.ts';
import {
  type BatchReply,
  FILE_LOCKS,
  packBatch,
  type PieceJob,
  type PieceProver,
  type PieceVerdict,
  type ReadyReply,
  unpackReply,
} from './piece-batch.ts';

/** One runs while the next is on its way: no worker waits for the main thread. */
const BATCHES_AHEAD = 2;
/** A batch stays short enough that threads share the work evenly, long enough to amortise the message. */
const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_PIECES = 64;
const MAX_WORKERS = 8;
/** Longest wait for threads at the end. */
const CLOSE_MS = 2000;
/** No batch takes so long unless its disk hangs. */
const STUCK_MS = 3000;
/** Without a job for so long, threads give their memory back. */
const IDLE_MS = 60_000;
/** Threads beyond the usual number, for the others while some are stuck. */
const MAX_SPARE = 4;

interface Waiting {
  readonly job: PieceJob;
  readonly done: (verdict: PieceVerdict) => void;
}

interface Thread {
  readonly worker: Worker;
  /** It has started. */
  isReady: boolean;
  outstanding: number;
  /** The share that its batches belong to. */
  group: number;
  /** When it got its first batch, or last finished one. */
  busySince: number;
}

/** First in, first out, without moving the entries. */
class Queue {
  readonly #entries: Waiting[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get first(): Waiting {
    return this.#entries[this.#head]!;
  }

  push(entry: Waiting): void {
    this.#entries.push(entry);
  }

  takeFirst(): Waiting {
    const first = this.#entries[this.#head++]!;
    this.#trim();
    return first;
  }

  takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    while (this.length > 0 && batch.length < BATCH_PIECES && bytes < BATCH_BYTES) {
      const entry = this.#entries[this.#head++]!;
      batch.push(entry);
      bytes += entry.job.length;
    }
    this.#trim();
    return batch;
  }

  #trim(): void {
    if (this.length > 0 && this.#head <= 4096) return;
    this.#entries.splice(0, this.#head);
    this.#head = 0;
  }
}

export class PiecePool implements PieceProver {
  readonly #size: number;
  readonly #idleMs: number;
  readonly #inline = new InlineProver();
  readonly #threads: Thread[] = [];
  /** Of threads that had nothing to do. */
  readonly #endings = new Set<Promise<unknown>>();
  /** By group; the one that was served last is at the end. */
  readonly #queues = new Map<number, Queue>();
  readonly #batches = new Map<number, { readonly entries: readonly Waiting[]; readonly thread: Thread }>();
  readonly #arenas = new Map<number, SharedArrayBuffer>();
  readonly #locks = new SharedArrayBuffer(FILE_LOCKS * Int32Array.BYTES_PER_ELEMENT);
  #nextId = 0;
  #scheduled = false;
  #closed = false;
  #stuckTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  /** It was told that jobs come, and none has come since. */
  #isWarm = false;

  /**
   * @param size threads; all cores by default
   * @param idleMs how long threads wait for a job before they end
   */
  constructor(size: number = Math.min(availableParallelism(), MAX_WORKERS), idleMs: number = IDLE_MS) {
    this.#size = Math.max(1, size);
    this.#idleMs = idleMs;
  }

  /** Threads that run, whether they have something to do or not. */
  get threadCount(): number {
    return this.#threads.length;
  }

  get size(): number {
    return this.#size;
  }

  /** Jobs handed in whose verdict has not come. */
  get pending(): number {
    let count = this.#inline.running;
    for (const batch of this.#batches.values()) count += batch.entries.length;
    for (const queue of this.#queues.values()) count += queue.length;
    return count;
  }

  /**
   * A thread takes 40 ms to start, in which a fast peer sends tens of mebibytes: begun when it connects, it is ready for
   * them.
   */
  warm(bytes: number): void {
    // Once a job: of a share that stands still, peers come and go, and no piece.
    if (this.#closed || this.#isWarm || bytes <= INLINE_BYTES) return;
    this.#isWarm = true;
    while (this.#threads.length < this.#size) this.#startThread();
    this.#restLater();
  }

  /** `done` is called once, from the event loop, never from within `submit`. */
  submit(job: PieceJob, done: (verdict: PieceVerdict) => void): void {
    this.#isWarm = false;
    const group = job.group ?? 0;
    let queue = this.#queues.get(group);
    if (queue === undefined) {
      queue = new Queue();
      this.#queues.set(group, queue);
    }
    queue.push({ job, done });
    this.#dispatchSoon();
  }

  run(job: PieceJob): Promise<PieceVerdict> {
    return new Promise((resolve) => this.submit(job, resolve));
  }

  /** A number that keeps one share's jobs apart from another's. */
  newGroup(): number {
    return ++this.#nextId;
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
    clearTimeout(this.#stuckTimer);
    clearTimeout(this.#idleTimer);
    const ended = Promise.all([...this.#threads.map(({ worker }) => worker.terminate()), ...this.#endings]);
    // One that waits for a disk that hangs ends when the disk answers, and not before.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
  }

  /** After this round of the event loop, not after each read: with small pieces many come in one round. */
  #dispatchSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    let isMoving = !this.#closed;
    // A disk hangs: what goes to others is for threads, which wait for one share each.
    const isStuck = this.#inline.isStuckFor(STUCK_MS);
    const isInline = isMoving && this.#threads.length === 0 && !isStuck;
    if (isInline) this.#proveHere();
    while (isMoving) {
      isMoving = false;
      for (const [group, queue] of this.#queues) {
        if (isInline && this.#inline.takes(queue.first.job)) continue;
        const thread = this.#threadFor(group);
        if (thread === undefined) continue;
        isMoving = true;
        this.#send(thread, group, queue.takeBatch());
        this.#putBack(group, queue);
      }
    }
    if (this.#queues.size > 0) this.#lookAgain();
  }

  /** The queue was served: the others come first now. */
  #putBack(group: number, queue: Queue): void {
    this.#queues.delete(group);
    if (queue.length > 0) this.#queues.set(group, queue);
  }

  /** One piece a round of the event loop, which must not be held up. */
  #proveHere(): void {
    if (!this.#inline.hasRoom) return;
    for (const [group, queue] of this.#queues) {
      const { job } = queue.first;
      if (!this.#inline.takes(job)) continue;
      const { done } = queue.takeFirst();
      this.#putBack(group, queue);
      const proved = this.#inline.run(job, this.#arenas.get(job.memory!.arena)!);
      void proved.then((verdict) => {
        if (this.#closed) return;
        done(verdict);
        this.#restLater();
        this.#dispatchSoon();
      });
      if (this.#queues.size > 0) this.#dispatchSoon();
      return;
    }
  }

  #send(thread: Thread, group: number, entries: readonly Waiting[]): void {
    const id = this.#nextId++;
    this.#batches.set(id, { entries, thread });
    if (thread.outstanding++ === 0) {
      thread.worker.ref();
      thread.busySince = performance.now();
    }
    thread.group = group;
    const request = packBatch(
      id,
      entries.map((entry) => entry.job),
    );
    thread.worker.postMessage(request, [request.numbers.buffer, request.expected.buffer]);
  }

  /** While every thread is busy, waiting jobs are sent after the next verdict, or when a thread turns out to be stuck. */
  #lookAgain(): void {
    if (this.#stuckTimer !== undefined) return;
    this.#stuckTimer = setTimeout(() => {
      this.#stuckTimer = undefined;
      this.#dispatch();
    }, STUCK_MS);
    this.#stuckTimer.unref();
  }

  #restLater(): void {
    if (this.#idleTimer !== undefined) return void this.#idleTimer.refresh();
    this.#idleTimer = setTimeout(() => this.#rest(), this.#idleMs);
    this.#idleTimer.unref();
  }

  #rest(): void {
    // The verdict of what runs begins another minute.
    if (this.#closed || this.pending > 0) return;
    this.#inline.reset();
    for (const { worker } of this.#threads.splice(0)) {
      const ending = worker.terminate().finally(() => this.#endings.delete(ending));
      this.#endings.add(ending);
    }
  }

  #threadFor(group: number): Thread | undefined {
    let own: Thread | undefined;
    let stuck = 0;
    let starting = 0;
    for (const thread of this.#threads) {
      if (!thread.isReady) starting++;
      else if (thread.outstanding === 0) return thread;
      else if (performance.now() - thread.busySince > STUCK_MS) {
        // Its disk hangs: more of its jobs would only take more threads.
        if (thread.group === group) return undefined;
        stuck++;
      } else if (thread.group === group && thread.outstanding < BATCHES_AHEAD) own ??= thread;
    }
    if (own !== undefined) return own;
    // It takes what waits when it is ready; not more of them than there is to do.
    if (starting < this.#waiting && this.#threads.length < this.#size + Math.min(stuck, MAX_SPARE))
      this.#startThread();
    return undefined;
  }

  /** Jobs that no thread has. */
  get #waiting(): number {
    let count = 0;
    for (const queue of this.#queues.values()) count += queue.length;
    return count;
  }

  #startThread(): void {
    const file = import.meta.url.endsWith('.ts') ? './piece-worker.ts' : './piece-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    const thread: Thread = { worker, isReady: false, outstanding: 0, group: 0, busySince: 0 };
    worker.on('message', (reply: BatchReply | ReadyReply) => {
      if (reply.kind === 'batch') return this.#finish(reply);
      thread.isReady = true;
      worker.unref();
      this.#dispatch();
    });
    worker.on('error', (error) => {
      throw error;
    });
    // Until it is ready it keeps the process alive, for those who wait for it.
    worker.postMessage({ kind: 'start', locks: this.#locks });
    for (const [id, memory] of this.#arenas) worker.postMessage({ kind: 'arena', id, memory });
    this.#threads.push(thread);
  }

  #finish(reply: BatchReply): void {
    const batch = this.#batches.get(reply.id)!;
    this.#batches.delete(reply.id);
    batch.thread.busySince = performance.now();
    if (--batch.thread.outstanding === 0) batch.thread.worker.unref();
    const verdicts = unpackReply(reply);
    for (const [index, entry] of batch.entries.entries()) entry.done(verdicts[index]!);
    this.#restLater();
    this.#dispatch();
  }
}
