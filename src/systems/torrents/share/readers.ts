/**
 * Reads files of a share while it loads, for players and mounted folders. What a reader needs next is fetched before
 * everything else, and so is some way ahead of it (`core/read-ahead.ts`). Nothing is handed out that is not proved.
 */
import type { Bitfield } from '../../../ground/bitfield.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { ShareStorage } from '../../../data/storage/node/share-storage.ts';
import type { Urgent } from '../swarm/core/picker.ts';
import { planReading } from './core/read-ahead.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';

export interface ReaderHost {
  whenKnown(signal?: AbortSignal): Promise<unknown>;
  storage(): ShareStorage;
  /** Pieces that are here. */
  have(): Bitfield;
  /** The share stopped or failed. */
  isOver(): boolean;
  setUrgent(urgent: Urgent): void;
}

export interface FileRange {
  readonly file: number;
  /** Bytes in the file: from, and up to. */
  readonly start: number;
  readonly end: number;
}

interface Reader {
  /** In piece space. */
  at: number;
  readonly end: number;
  isWaiting: boolean;
}

const CHUNK_BYTES = 256 * 1024;
/** Interval at which a waiting reader looks again by itself. */
const LOOK_MS = 1000;
const MAX_FAILURES = 3;

export class Readers {
  readonly #host: ReaderHost;
  readonly #readers = new Set<Reader>();
  readonly #changes = new Wakeup();

  constructor(host: ReaderHost) {
    this.#host = host;
  }

  /** A piece came, or the share ended. */
  handlePiece(): void {
    this.#changes.wake();
  }

  async *read({ file, start, end }: FileRange, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    await this.#host.whenKnown(signal);
    const { geometry } = this.#host.storage().files;
    const { offset } = geometry.files[file]!;
    const reader: Reader = { at: offset + start, end: offset + end, isWaiting: false };
    let failures = 0;
    this.#readers.add(reader);
    this.#plan();
    try {
      while (reader.at < reader.end && signal?.aborted !== true) {
        if (this.#host.isOver()) throw new ShoalError('aborted', 'the share was stopped');
        const piece = Math.floor(reader.at / geometry.nominalPieceLength);
        if (!this.#host.have().has(piece)) {
          this.#setWaiting(reader, true);
          await this.#changes.wait(LOOK_MS, signal);
          continue;
        }
        this.#setWaiting(reader, false);
        const begin = reader.at - piece * geometry.nominalPieceLength;
        const length = Math.min(CHUNK_BYTES, geometry.pieceLength(piece) - begin, reader.end - reader.at);
        const bytes = await this.#readPiece(piece, begin, length).catch((error: unknown) => {
          // Lost pieces are fetched again, so it may work next time; not for a share in place.
          if (++failures >= MAX_FAILURES) throw error;
          return undefined;
        });
        if (bytes === undefined) continue;
        reader.at += length;
        if (Math.floor(reader.at / geometry.nominalPieceLength) !== piece) this.#plan();
        yield bytes;
      }
    } finally {
      this.#readers.delete(reader);
      if (!this.#host.isOver()) this.#plan();
    }
  }

  #setWaiting(reader: Reader, isWaiting: boolean): void {
    if (reader.isWaiting === isWaiting) return;
    reader.isWaiting = isWaiting;
    this.#plan();
  }

  async #readPiece(piece: number, begin: number, length: number): Promise<Uint8Array> {
    const { guard } = this.#host.storage();
    try {
      const bytes = new Uint8Array(length);
      const { slices, release } = await guard.acquire(piece, begin, length);
      try {
        let at = 0;
        for (const slice of slices) {
          for (let got = 0; got < slice.length; ) {
            const view = bytes.subarray(at + got, at + slice.length);
            // The zeros of a pad lie nowhere.
            const count =
              slice.fd < 0 ? slice.length : await guard.read(piece, slice.fd, [view], slice.fileOffset + got);
            if (count === 0) throw Object.assign(new Error('shorter than it should be'), { code: 'SHORT' });
            got += count;
          }
          at += slice.length;
        }
        await guard.requireUnchanged(slices);
      } finally {
        release();
      }
      return bytes;
    } catch (error) {
      guard.handleFailure(piece, error, this.#host.have());
      throw error;
    }
  }

  #plan(): void {
    const have = this.#host.have();
    const { geometry } = this.#host.storage().files;
    this.#host.setUrgent(planReading(this.#readers, geometry, (piece) => have.has(piece)));
  }
}
