/**
 * Sends blocks over one link. Requested blocks wait here until a batch of them is in the frame cache, read straight from
 * the files into their places behind message headers that are written already, and leaves in one write: no block is
 * copied on its way.
 */
import type { Link } from '../../../../ground/ports.ts';
import type { ReadGuard } from '../../../../data/storage/node/read-guard.ts';
import type { AcquiredSlices } from '../../../../data/storage/node/share-files.ts';
import { type Block, FRAME_BLOCKS, segmentsOf, type ShareFrames, type Spot } from './frame-cache.ts';

export type { Block } from './frame-cache.ts';

/** Reads blocks that were proved; a share's read guard. */
export type BlockSource = Pick<
  ReadGuard,
  'tryAcquire' | 'acquire' | 'read' | 'requireUnchanged' | 'handleFailure'
>;

/** One batch is read while another is written. */
const BATCHES_AHEAD = 2;

export interface SenderEvents {
  /** The socket has taken so many bytes of blocks. */
  onSent(bytes: number): void;
  /** Whether a piece is still ours to send: it may be lost between the request and the reading. */
  hasPiece(piece: number): boolean;
  /** None of the blocks will be sent: one of their pieces was lost. */
  onLost(blocks: readonly Block[]): void;
  /** None of the blocks will be sent; this piece is the reason. */
  onReadFailed(blocks: readonly Block[], piece: number, cause: unknown): void;
}

export class BlockSender {
  readonly #link: Pick<Link, 'write'>;
  readonly #guard: BlockSource;
  readonly #frames: ShareFrames;
  readonly #events: SenderEvents;
  #queue: Block[] = [];
  #batches = 0;
  #isReading = false;
  #isClosed = false;

  constructor(link: Pick<Link, 'write'>, guard: BlockSource, frames: ShareFrames, events: SenderEvents) {
    this.#link = link;
    this.#guard = guard;
    this.#frames = frames;
    this.#events = events;
  }

  add(piece: number, begin: number, length: number): void {
    this.#queue.push({ piece, begin, length });
  }

  close(): void {
    this.#isClosed = true;
    this.#queue.length = 0;
  }

  /** Sends what is at hand, and starts reading if there is something to read and room for it. */
  kick(): void {
    while (!this.#isClosed && !this.#isReading && this.#queue.length > 0 && this.#batches < BATCHES_AHEAD) {
      const batch = this.#takeBatch();
      if (batch.length === 0) continue;
      this.#batches++;
      const losses = this.#frames.losses;
      const spots = this.#place(batch);
      const loading = new Set(spots.map(({ frame }) => frame.loading));
      loading.delete(undefined);
      if (loading.size === 0) this.#finish(batch, spots, losses);
      else this.#await(batch, spots, loading, losses);
    }
  }

  /** Without those that were lost while they waited: where they lay, other bytes may lie by now. */
  #takeBatch(): Block[] {
    const taken = this.#queue.splice(0, FRAME_BLOCKS);
    const batch = taken.filter(({ piece }) => this.#events.hasPiece(piece));
    if (batch.length < taken.length) this.#events.onLost(taken.filter((block) => !batch.includes(block)));
    return batch;
  }

  /** Where each block lies or will lie. */
  #place(batch: readonly Block[]): Spot[] {
    const found = batch.map((block) => this.#frames.find(block));
    const missing = batch.filter((_, i) => found[i] === undefined);
    if (missing.length === 0) return found as Spot[];
    const loaded = this.#frames.load(missing, (spots) => this.#read(missing, spots));
    let next = 0;
    return found.map((spot) => spot ?? loaded[next++]!);
  }

  #await(
    batch: readonly Block[],
    spots: readonly Spot[],
    loading: ReadonlySet<Promise<void> | undefined>,
    losses: number,
  ): void {
    this.#isReading = true;
    Promise.all(loading).then(
      () => {
        this.#isReading = false;
        this.#finish(batch, spots, losses);
        this.kick();
      },
      (error: unknown) => {
        const { piece, cause } =
          error instanceof BlockFailure ? error : { piece: batch[0]!.piece, cause: error };
        this.#isReading = false;
        this.#giveUp(spots, () => this.#events.onReadFailed(batch, piece, cause));
      },
    );
  }

  /** A piece may be lost and come again while it is read: then what was read is of the time in between. */
  #finish(batch: readonly Block[], spots: readonly Spot[], losses: number): void {
    if (this.#frames.losses !== losses) this.#giveUp(spots, () => this.#queue.unshift(...batch));
    else if (batch.every(({ piece }) => this.#events.hasPiece(piece))) this.#send(batch, spots);
    else this.#giveUp(spots, () => this.#events.onLost(batch));
  }

  #release(spots: readonly Spot[]): void {
    this.#batches--;
    for (const { frame } of spots) this.#frames.cache.unpin(frame);
  }

  #giveUp(spots: readonly Spot[], tell: () => void): void {
    this.#release(spots);
    if (this.#isClosed) return;
    tell();
    this.kick();
  }

  #send(batch: readonly Block[], spots: readonly Spot[]): void {
    let bytes = 0;
    for (const block of batch) bytes += block.length;
    const segments = segmentsOf(spots);
    const last = segments.pop()!;
    for (const segment of segments) this.#link.write(segment);
    this.#link.write(last, (isSent) => {
      this.#release(spots);
      // What a broken connection loses was never uploaded.
      if (isSent) this.#events.onSent(bytes);
      this.kick();
    });
  }

  /** Fills the places; consecutive blocks of a file take one system call. */
  async #read(batch: readonly Block[], spots: readonly Spot[]): Promise<void> {
    const runs: Run[] = [];
    const held: AcquiredSlices[] = [];
    try {
      for (let i = 0; i < batch.length; ) {
        const { piece, begin } = batch[i]!;
        const first = i;
        let length = 0;
        // A stretch of one piece is found once.
        for (; i < batch.length && batch[i]!.piece === piece && batch[i]!.begin === begin + length; i++)
          length += batch[i]!.length;
        let acquired = this.#guard.tryAcquire(piece, begin, length);
        if (acquired === undefined) {
          // Never wait for files while holding others: the sum of all who do might be more than may be open.
          await this.#readRuns(runs, held);
          acquired = await blaming(piece, this.#guard.acquire(piece, begin, length));
        }
        held.push(acquired);
        plan(runs, piece, acquired, spots.slice(first, i));
      }
      await this.#readRuns(runs, held);
    } finally {
      for (const acquired of held) acquired.release();
    }
  }

  /** Reads, sees that what was read is what was proved, and lets go of the files. */
  async #readRuns(runs: Run[], held: AcquiredSlices[]): Promise<void> {
    if (held.length === 0) return;
    // All of them to their end: one that fails must not leave another writing into a frame that is somebody else's by then.
    const readings = await Promise.allSettled(runs.map((run) => blaming(run.piece, this.#readRun(run))));
    for (const reading of readings) if (reading.status === 'rejected') throw reading.reason;
    const slices = held.flatMap((acquired) => acquired.slices);
    await blaming(runs[0]?.piece ?? 0, this.#guard.requireUnchanged(slices));
    for (const acquired of held.splice(0)) acquired.release();
    runs.length = 0;
  }

  async #readRun(run: Run): Promise<void> {
    let { views, fileOffset } = run;
    for (let left = run.length; left > 0; ) {
      const got = await this.#guard.read(run.piece, run.fd, views, fileOffset);
      if (got === 0)
        throw Object.assign(new Error('the file is shorter than it should be'), { code: 'SHORT' });
      left -= got;
      fileOffset += got;
      if (left > 0) views = skip(views, got);
    }
  }
}

/** Which piece a failure is about. */
class BlockFailure extends Error {
  readonly piece: number;

  constructor(piece: number, cause: unknown) {
    super('a block could not be read', { cause });
    this.piece = piece;
  }
}

async function blaming<T>(piece: number, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new BlockFailure(piece, error);
  }
}

/** Slices of files on one side, places for blocks on the other. */
function plan(runs: Run[], piece: number, { slices }: AcquiredSlices, spots: readonly Spot[]): void {
  let next = 0;
  let [fd, fileOffset, left] = [-1, 0, 0];
  for (const { frame, at, length } of spots) {
    const place = frame.place(at, length);
    for (let filled = 0; filled < length; ) {
      if (left === 0 && next < slices.length) ({ fd, fileOffset, length: left } = slices[next++]!);
      // What lies past the data is a hybrid's pad (BEP 47): zeros that no file holds.
      else if (left === 0) [fd, left] = [-1, length - filled];
      const step = Math.min(left, length - filled);
      const view = step === length ? place : place.subarray(filled, filled + step);
      addToRuns(runs, piece, fd, fileOffset, view);
      filled += step;
      fileOffset += step;
      left -= step;
    }
  }
}

/** A stretch of one file that goes to several places in memory. */
interface Run {
  readonly piece: number;
  readonly fd: number;
  readonly fileOffset: number;
  length: number;
  readonly views: Uint8Array[];
}

function addToRuns(runs: Run[], piece: number, fd: number, fileOffset: number, view: Uint8Array): void {
  const last = runs[runs.length - 1];
  if (fd < 0) view.fill(0);
  else if (last !== undefined && last.fd === fd && last.fileOffset + last.length === fileOffset) {
    last.views.push(view);
    last.length += view.length;
  } else runs.push({ piece, fd, fileOffset, length: view.length, views: [view] });
}

/** The views without their first `count` bytes. */
function skip(views: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let left = count;
  for (const view of views) {
    if (left >= view.length) left -= view.length;
    else {
      rest.push(view.subarray(left));
      left = 0;
    }
  }
  return rest;
}
