/**
 * Sends blocks over one link. Requested blocks wait here until a batch of them is read, straight from the files into
 * their places in a frame buffer whose message headers are written already, and leaves in one write: no block is
 * copied on its way. The kernel's page cache is the only cache.
 */
import { BLOCK_LENGTH } from '../../ground/units.ts';
import type { TcpLink } from '../../link/node/tcp.ts';
import type { ReadGuard } from '../../storage/node/read-guard.ts';
import type { AcquiredSlices } from '../../storage/node/share-files.ts';
import { PIECE_HEADER_LENGTH, writePieceHeader } from '../wire/messages.ts';

const BATCH_BLOCKS = 64;
const FRAME_BUFFER_LENGTH = BATCH_BLOCKS * (BLOCK_LENGTH + PIECE_HEADER_LENGTH);
/** One batch is read while another is written. */
const BATCHES_AHEAD = 2;
/** Frame buffers kept for reuse: 8 MiB. */
const MAX_KEPT = 32;

const kept: Uint8Array<ArrayBuffer>[] = [];

export interface Block {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

export interface SenderEvents {
  /** The socket has taken so many bytes of blocks. */
  onSent(bytes: number): void;
  /** Whether a piece is still ours to send: it may be lost between the request and the reading. */
  isHad(piece: number): boolean;
  /** None of the blocks will be sent: one of their pieces was lost. */
  onLost(blocks: readonly Block[]): void;
  /** None of the blocks will be sent; this piece is the reason. */
  onReadFailed(blocks: readonly Block[], piece: number, cause: unknown): void;
}

export class BlockSender {
  readonly #link: Pick<TcpLink, 'write'>;
  readonly #guard: ReadGuard;
  readonly #events: SenderEvents;
  readonly #queue: Block[] = [];
  #batches = 0;
  #isReading = false;
  #isClosed = false;

  constructor(link: Pick<TcpLink, 'write'>, guard: ReadGuard, events: SenderEvents) {
    this.#link = link;
    this.#guard = guard;
    this.#events = events;
  }

  add(piece: number, begin: number, length: number): void {
    this.#queue.push({ piece, begin, length });
  }

  close(): void {
    this.#isClosed = true;
    this.#queue.length = 0;
  }

  /** Starts reading if there is something to read and room for it. */
  kick(): void {
    if (this.#isClosed || this.#isReading || this.#queue.length === 0 || this.#batches >= BATCHES_AHEAD)
      return;
    const batch = this.#queue.splice(0, BATCH_BLOCKS);
    const buffer = kept.pop() ?? new Uint8Array(FRAME_BUFFER_LENGTH);
    this.#batches++;
    this.#isReading = true;
    this.#read(batch, buffer).then(
      (frameLength) => {
        if (batch.every(({ piece }) => this.#events.isHad(piece))) this.#send(batch, buffer, frameLength);
        else this.#giveUp(buffer, () => this.#events.onLost(batch));
      },
      (error: unknown) => {
        const { piece, cause } =
          error instanceof BlockFailure ? error : { piece: batch[0]!.piece, cause: error };
        this.#giveUp(buffer, () => this.#events.onReadFailed(batch, piece, cause));
      },
    );
  }

  #giveUp(buffer: Uint8Array<ArrayBuffer>, tell: () => void): void {
    this.#isReading = false;
    this.#batches--;
    if (kept.length < MAX_KEPT) kept.push(buffer);
    if (this.#isClosed) return;
    tell();
    this.kick();
  }

  #send(batch: readonly Block[], buffer: Uint8Array<ArrayBuffer>, frameLength: number): void {
    this.#isReading = false;
    const bytes = batch.reduce((sum, block) => sum + block.length, 0);
    this.#link.write(buffer.subarray(0, frameLength), () => {
      this.#batches--;
      if (kept.length < MAX_KEPT) kept.push(buffer);
      this.#events.onSent(bytes);
      this.kick();
    });
    this.kick();
  }

  /** Fills the frame buffer; consecutive blocks of a file take one system call. */
  async #read(batch: readonly Block[], buffer: Uint8Array<ArrayBuffer>): Promise<number> {
    const runs: Run[] = [];
    const held: AcquiredSlices[] = [];
    let at = 0;
    try {
      for (const { piece, begin, length } of batch) {
        let acquired = this.#guard.tryAcquire(piece, begin, length);
        if (acquired === undefined) {
          // Never wait for files while holding others: the sum of all who do might be more than may be open.
          await this.#readRuns(runs, held);
          acquired = await blaming(piece, this.#guard.acquire(piece, begin, length));
        }
        held.push(acquired);
        writePieceHeader(buffer, at, piece, begin, length);
        at += PIECE_HEADER_LENGTH;
        let filled = at;
        for (const slice of acquired.slices) {
          const view = buffer.subarray(filled, filled + slice.length);
          addToRuns(runs, piece, slice.fd, slice.fileOffset, view);
          filled += slice.length;
        }
        at += length;
        // What lies past the data is a hybrid's pad (BEP 47): zeros that no file holds.
        buffer.fill(0, filled, at);
      }
      await this.#readRuns(runs, held);
      return at;
    } finally {
      for (const acquired of held) acquired.release();
    }
  }

  /** Reads, sees that what was read is what was proved, and lets go of the files. */
  async #readRuns(runs: Run[], held: AcquiredSlices[]): Promise<void> {
    if (held.length === 0) return;
    await Promise.all(runs.map((run) => blaming(run.piece, this.#readRun(run))));
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
