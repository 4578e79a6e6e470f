/**
 * A web seed (BEP 19) whose server gives whole files only. The files are read from their beginning, in order, and what the
 * swarm machine asks for is taken out of the stream: the link announces pieces a window ahead of what it reads, so that
 * the machine asks for what comes. Pieces that are here already are read over and dropped; a file of which nothing is
 * missing is not asked for. After an interruption the file is read from its beginning again.
 *
 * Bounds: blocks that came and were not asked for yet are held, at most those of the window; with a full window nothing is
 * read, so that the server waits. Pieces for which nobody asks are given up, and taken in the next pass if they are still
 * missing; a pass that brings nothing ends the link.
 */
import type { Geometry } from '../../../../data/content/geometry.ts';
import { ShoalError } from '../../../../ground/errors.ts';
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import type { Clock, LinkReceiver } from '../../../../ground/ports.ts';
import { MessageId, Outbox } from '../wire/messages.ts';
import type { WebFiles } from './web-files.ts';
import { type Block, pieceMessage, WebTalk } from './web-talk.ts';

/** Data ahead of the machine's requests, or two pieces where those are longer: less would stall between pieces. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/**
 * A window of two pieces is held in memory, for each server. Longer pieces are rare, and a torrent of hostile length
 * would take gigabytes.
 */
const MAX_PIECE_BYTES = 16 * 1024 * 1024;
/** So long nobody asks for anything in a full window before it moves on. */
const STALL_MS = 10_000;
/** Windows in a row that nobody wants: the machine rests, or others are quicker. */
const MAX_STALLS = 6;

type WholeFiles = Pick<WebFiles, 'readWhole' | 'close'>;

export interface WebStreamOptions {
  readonly clock: Clock;
  readonly files: WholeFiles;
  readonly geometry: Geometry;
  readonly receiver: LinkReceiver;
  /** Is the piece wanted, and not here? */
  readonly needs: (piece: number) => boolean;
}

/** Other peers and the disk finish pieces without a word to us. */
const LOOK_MS = 250;
/** A slow disk writes what it was given in that time. */
const PROOF_MS = 60_000;
const UNWANTED = 'nobody asked for what it sent';

/** A piece of the window. */
interface OpenPiece {
  readonly length: number;
  /** Bytes that the machine was given. */
  given: number;
  /** Blocks that came before they were asked for, by where they begin. */
  readonly held: Map<number, Uint8Array>;
}

export class WebStreamLink {
  readonly #options: WebStreamOptions;
  readonly #talk: WebTalk;
  readonly #windowBytes: number;
  /** Pieces that were announced and are not given whole, in the order of the stream. */
  readonly #open = new Map<number, OpenPiece>();
  /** What the machine asked for and did not get yet, by piece and beginning. */
  readonly #asked = new Map<string, Block>();
  readonly #announced = new Set<number>();
  /** Pieces that were given whole, and are being proved. */
  readonly #given = new Set<number>();
  /** Of this pass: the first piece that was not taken into the window yet. */
  #next = 0;
  /** Told when the machine asked for something. */
  #wake: () => void = () => {};
  #isClosed = false;

  constructor(options: WebStreamOptions) {
    this.#options = options;
    this.#windowBytes = Math.max(WINDOW_BYTES, 2 * options.geometry.nominalPieceLength);
    this.#talk = new WebTalk({
      onRequest: (block) => void this.#asked.set(keyOf(block.piece, block.begin), block),
      onCancel: (piece, begin) => void this.#asked.delete(keyOf(piece, begin)),
    });
  }

  /** The machine's messages are taken at once. */
  readonly unsent = 0;

  /** Nothing is given that was not asked for. */
  pause(): void {}

  resume(): void {}

  /** It has nothing yet: what comes is announced. */
  start(): void {
    const outbox = new Outbox();
    outbox.bare(MessageId.haveNone);
    outbox.bare(MessageId.unchoke);
    this.#options.receiver.onData(outbox.take());
    this.#run().catch((error: unknown) => {
      if (this.#isClosed) return;
      this.close();
      this.#options.receiver.onClosed(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** Bytes from the swarm machine. */
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    this.#talk.push(bytes);
    if (taken !== undefined) queueMicrotask(() => taken(true));
    // Not within the machine's call: answers may come at once.
    this.#options.clock.after(0, () => {
      this.#giveHeld();
      this.#wake();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#options.files.close();
    this.#wake();
  }

  /** Passes over all files, until nothing is missing. */
  async #run(): Promise<void> {
    const { nominalPieceLength } = this.#options.geometry;
    if (nominalPieceLength > MAX_PIECE_BYTES) {
      const mib = Math.ceil(nominalPieceLength / 1024 / 1024);
      throw new ShoalError(
        'fetch-failed',
        `it serves no ranges, and pieces of ${mib} MiB are too long without`,
      );
    }
    while (!this.#isClosed) {
      const missing = this.#missing();
      await this.#pass();
      while (!this.#isClosed && this.#open.size > 0 && (await this.#waitForDemand()));
      this.#open.clear();
      await this.#waitForProofs();
      const left = this.#missing();
      if (this.#isClosed) return;
      if (left === 0) break;
      if (left === missing) throw new ShoalError('fetch-failed', UNWANTED);
    }
    this.close();
    this.#options.receiver.onClosed(undefined);
  }

  #missing(): number {
    const { geometry, needs } = this.#options;
    let count = 0;
    for (let piece = 0; piece < geometry.pieceCount; piece++) if (needs(piece)) count++;
    return count;
  }

  /** Once over all files that have something that is missing. */
  async #pass(): Promise<void> {
    const { geometry, needs, files } = this.#options;
    const reader = new FileReader(files);
    this.#next = 0;
    let stalls = 0;
    try {
      for (let piece = 0; piece < geometry.pieceCount && !this.#isClosed; piece++) {
        if (!needs(piece) || this.#given.has(piece)) continue;
        this.#fillWindow();
        while (!this.#isClosed && this.#next <= piece) {
          if (await this.#waitForDemand()) stalls = 0;
          else if (++stalls >= MAX_STALLS) throw new ShoalError('fetch-failed', UNWANTED);
          else this.#giveUpOldest();
          this.#fillWindow();
        }
        await this.#readPiece(reader, piece);
      }
    } finally {
      await reader.close();
    }
  }

  /** Takes the pieces that come next into the window, and announces them. */
  #fillWindow(): void {
    const { geometry, needs, receiver } = this.#options;
    this.#prune();
    const outbox = new Outbox();
    let openBytes = this.#openBytes();
    for (; this.#next < geometry.pieceCount; this.#next++) {
      const piece = this.#next;
      if (!needs(piece) || this.#given.has(piece)) continue;
      const length = geometry.pieceLength(piece);
      if (openBytes > 0 && openBytes + length > this.#windowBytes) break;
      openBytes += length;
      this.#open.set(piece, { length, given: 0, held: new Map() });
      if (this.#announced.has(piece)) continue;
      this.#announced.add(piece);
      outbox.piece(MessageId.have, piece);
    }
    if (!outbox.isEmpty) receiver.onData(outbox.take());
  }

  /** Bytes of the window that the machine did not get yet. */
  #openBytes(): number {
    let sum = 0;
    for (const { length, given } of this.#open.values()) sum += length - given;
    return sum;
  }

  async #readPiece(reader: FileReader, piece: number): Promise<void> {
    const { geometry } = this.#options;
    for (let index = 0; index < geometry.blockCount(piece) && !this.#isClosed; index++) {
      const open = this.#open.get(piece);
      if (open === undefined) return;
      const length = geometry.blockLength(piece, index);
      const begin = index * BLOCK_LENGTH;
      const data = new Uint8Array(length);
      let at = 0;
      for (const slice of geometry.slices(piece, begin, length)) {
        const part = data.subarray(at, at + slice.length);
        if (!geometry.files[slice.file]!.isPad) await reader.read(slice.file, slice.fileOffset, part);
        at += slice.length;
      }
      if (this.#isClosed) return;
      open.held.set(begin, data);
      this.#giveHeld();
    }
  }

  /** Gives what was asked for and is here. */
  #giveHeld(): void {
    for (const [key, block] of this.#asked) {
      if (this.#isClosed) return;
      const open = this.#open.get(block.piece);
      const data = open?.held.get(block.begin);
      if (open === undefined || data === undefined || data.length !== block.length) continue;
      this.#asked.delete(key);
      open.held.delete(block.begin);
      open.given += data.length;
      if (open.given >= open.length) {
        this.#open.delete(block.piece);
        this.#given.add(block.piece);
      }
      this.#options.receiver.onData(pieceMessage(block, data));
    }
  }

  /** Pieces that came from elsewhere, or are not wanted any more. */
  #prune(): void {
    for (const piece of this.#open.keys()) if (!this.#options.needs(piece)) this.#open.delete(piece);
  }

  #giveUpOldest(): void {
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#open.delete(oldest);
  }

  /** Waits until the machine takes something, or has it from elsewhere. @returns false when it does not for long */
  async #waitForDemand(): Promise<boolean> {
    const before = this.#openBytes();
    const deadline = this.#options.clock.now() + STALL_MS;
    while (!this.#isClosed) {
      this.#prune();
      if (this.#openBytes() < before) return true;
      const left = deadline - this.#options.clock.now();
      if (left <= 0) return false;
      await this.#sleep(Math.min(left, LOOK_MS));
    }
    return false;
  }

  /** What was given is proved and written before it counts; what was wrong is missing again. */
  async #waitForProofs(): Promise<void> {
    const deadline = this.#options.clock.now() + PROOF_MS;
    const isProved = (): boolean => ![...this.#given].some((piece) => this.#options.needs(piece));
    while (!this.#isClosed && !isProved() && this.#options.clock.now() < deadline) await this.#sleep(LOOK_MS);
    this.#given.clear();
  }

  /** @returns sooner when the machine says something */
  async #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(ms, resolve);
    this.#wake = resolve;
    await promise;
    timer.cancel();
    this.#wake = () => {};
  }
}

const keyOf = (piece: number, begin: number): string => `${piece} ${begin}`;

/** Reads files forwards, one at a time. */
class FileReader {
  readonly #files: WholeFiles;
  #file = -1;
  #position = 0;
  #parts: AsyncGenerator<Uint8Array, void, void> | undefined;
  #rest: Uint8Array = new Uint8Array();

  constructor(files: WholeFiles) {
    this.#files = files;
  }

  /** Fills `target` with what lies at `offset` of a file. */
  async read(file: number, offset: number, target: Uint8Array): Promise<void> {
    if (file !== this.#file || offset < this.#position) await this.#start(file);
    await this.#take(offset - this.#position, undefined);
    await this.#take(target.length, target);
  }

  async close(): Promise<void> {
    await this.#parts?.return();
    this.#parts = undefined;
  }

  async #start(file: number): Promise<void> {
    await this.close();
    this.#parts = this.#files.readWhole(file);
    [this.#file, this.#position, this.#rest] = [file, 0, new Uint8Array()];
  }

  /** @param target where it goes; dropped without one */
  async #take(length: number, target: Uint8Array | undefined): Promise<void> {
    let left = length;
    while (left > 0) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#parts!.next();
        if (done === true) throw new ShoalError('fetch-failed', 'a file ended before its end');
        this.#rest = value;
      }
      const part = this.#rest.subarray(0, left);
      target?.set(part, length - left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      this.#position += part.length;
    }
  }
}
