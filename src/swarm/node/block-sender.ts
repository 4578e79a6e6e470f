/**
 * Sends blocks over one link. Requested blocks wait here until a batch of them is read, straight from the files into
 * their places in a frame buffer whose message headers are written already, and leaves in one write: no block is
 * copied on its way. The kernel's page cache is the only cache.
 */
import { readv } from 'node:fs';
import { BLOCK_LENGTH } from '../../ground/units.ts';
import type { TcpLink } from '../../link/node/tcp.ts';
import type { AcquiredSlices, ShareFiles } from '../../storage/node/share-files.ts';
import { PIECE_HEADER_LENGTH, writePieceHeader } from '../wire/messages.ts';

const BATCH_BLOCKS = 16;
const FRAME_BUFFER_LENGTH = BATCH_BLOCKS * (BLOCK_LENGTH + PIECE_HEADER_LENGTH);
/** One batch is read while another is written. */
const BATCHES_AHEAD = 2;
/** Frame buffers kept for reuse: 8 MiB. */
const MAX_KEPT = 32;

const kept: Uint8Array<ArrayBuffer>[] = [];

interface Block {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

export interface SenderEvents {
  /** The socket has taken so many bytes of blocks. */
  onSent(bytes: number): void;
  onReadFailed(piece: number, cause: unknown): void;
}

export class BlockSender {
  readonly #link: Pick<TcpLink, 'write'>;
  readonly #files: ShareFiles;
  readonly #events: SenderEvents;
  readonly #queue: Block[] = [];
  #batches = 0;
  #isReading = false;
  #isClosed = false;

  constructor(link: Pick<TcpLink, 'write'>, files: ShareFiles, events: SenderEvents) {
    this.#link = link;
    this.#files = files;
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
      (frameLength) => this.#send(batch, buffer, frameLength),
      (error: unknown) => {
        this.#isReading = false;
        this.#batches--;
        if (!this.#isClosed) this.#events.onReadFailed(batch[0]!.piece, error);
      },
    );
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
        writePieceHeader(buffer, at, piece, begin, length);
        at += PIECE_HEADER_LENGTH;
        const acquired = this.#files.acquire(piece, begin, length, 'read');
        held.push(acquired);
        let filled = at;
        for (const slice of acquired.slices) {
          addToRuns(runs, slice.fd, slice.fileOffset, buffer.subarray(filled, filled + slice.length));
          filled += slice.length;
        }
        at += length;
        // What lies past the data is a hybrid's pad (BEP 47): zeros that no file holds.
        buffer.fill(0, filled, at);
      }
      await Promise.all(runs.map(readRun));
      return at;
    } finally {
      for (const acquired of held) acquired.release();
    }
  }
}

/** A stretch of one file that goes to several places in memory. */
interface Run {
  readonly fd: number;
  readonly fileOffset: number;
  length: number;
  readonly views: Uint8Array[];
}

function addToRuns(runs: Run[], fd: number, fileOffset: number, view: Uint8Array): void {
  const last = runs[runs.length - 1];
  if (fd < 0) view.fill(0);
  else if (last !== undefined && last.fd === fd && last.fileOffset + last.length === fileOffset) {
    last.views.push(view);
    last.length += view.length;
  } else runs.push({ fd, fileOffset, length: view.length, views: [view] });
}

function readRun(run: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (views: Uint8Array[], offset: number, left: number): void => {
      readv(run.fd, views, offset, (error, got) => {
        if (error !== null) reject(error);
        else if (got === left) resolve();
        else if (got === 0) reject(new Error('the file is shorter than it should be'));
        else step(skip(views, got), offset + got, left - got);
      });
    };
    step(run.views, run.fileOffset, run.length);
  });
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
