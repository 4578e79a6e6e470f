/**
 * Only proved bytes leave. A served file was proved in a certain state, its size and time. The guard compares the
 * state after every read, before a byte leaves. It withdraws a file that changed, vanished or cannot be read. It
 * looks at the file now and then, hashes it when it rests, and offers its right pieces again. It never overwrites a
 * person's change.
 *
 * It cannot see a change through a memory map while the system has not noted it, nor one that puts size and time
 * back. Peers find those by the hash.
 */
import type { PieceProver } from '../../disk/piece-batch.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { stalled } from '../../../ground/node/time-limit.ts';
import type { Clock, Timer } from '../../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { FilePrint } from '../resume-plan.ts';
import type { AcquiredSlices, FileSlice, ShareFiles } from './share-files.ts';
import { StallWatch } from './stall-watch.ts';
import { verifyPieces } from './verify.ts';

const LOOK_MS = 5000;
/** We ask a disk that reports errors no more often. */
const AGAIN_MS = 60_000;
/** Reads of one share that run at once: a disk that hangs must not take every thread of the process. */
const MAX_READS = 4;

export interface GuardEvents {
  /** Pieces that cannot be served, and why. */
  onUnreadable(pieces: readonly PieceIndex[], error: ShoalError): void;
  /** A part of a file that is being fetched cannot be read. */
  onPartUnreadable(file: FileIndex, piece: PieceIndex, error: ShoalError): void;
  /** They can again. */
  onReadable(pieces: readonly PieceIndex[], path: string): void;
  onStalled(error: ShoalError): void;
  onResponding(): void;
}

export interface GuardOptions {
  readonly files: ShareFiles;
  readonly metainfo: Metainfo;
  readonly prover: PieceProver;
  readonly group: number | undefined;
  readonly clock: Clock;
  readonly events: GuardEvents;
}

interface Suspect {
  readonly error: ShoalError;
  /** Pieces of the file that were had. */
  readonly pieces: Bitfield;
  /** As it was at the last look, and at the last hashing. */
  seen: FilePrint | undefined;
  hashed: FilePrint | undefined;
  againAt: number;
}

export class ReadGuard {
  readonly #options: GuardOptions;
  readonly #watch: StallWatch;
  #stall: ShoalError | undefined;
  /** The state in which each file was proved. */
  readonly #proved = new Map<FileIndex, FilePrint>();
  readonly #suspects = new Map<FileIndex, Suspect>();
  #reads = 0;
  readonly #waiting: (() => void)[] = [];
  #timer: Timer | undefined;
  #isLooking = false;
  #isClosed = false;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#watch = new StallWatch(options.clock, {
      onStalled: (what) => {
        this.#stall = stalled(what);
        options.events.onStalled(this.#stall);
      },
      onResponding: () => {
        this.#stall = undefined;
        options.events.onResponding();
      },
    });
  }

  /** Files that are not served at present, and why. */
  get troubles(): ShoalError[] {
    const troubles = [...this.#suspects.values()].map(({ error }) => error);
    return this.#stall === undefined ? troubles : [this.#stall, ...troubles];
  }

  /** All of the file is proved, in that state. */
  expect(file: FileIndex, print: FilePrint): void {
    this.#proved.set(file, print);
  }

  /** All of the file is proved, as it lies there now. */
  async expectAsIs(file: FileIndex): Promise<void> {
    const info = await this.#options.files.look(file);
    if (info !== undefined) this.expect(file, { size: info.size, modifiedMs: info.modifiedMs });
  }

  /** It is written to: there is no state that it must have. */
  forget(file: FileIndex): void {
    this.#proved.delete(file);
    this.#suspects.delete(file);
  }

  /** The files under a block, if they are open. */
  tryAcquire(piece: PieceIndex, begin: number, length: number): AcquiredSlices | undefined {
    return this.#options.files.tryAcquire(piece, begin, length, 'read');
  }

  /** @throws ShoalError */
  acquire(piece: PieceIndex, begin: number, length: number): Promise<AcquiredSlices> {
    return this.#options.files.acquire(piece, begin, length, 'read');
  }

  /** Reads from a file of this share: some reads at once, the others wait. */
  async read(piece: PieceIndex, fd: number, views: readonly Uint8Array[], offset: number): Promise<number> {
    while (this.#reads >= MAX_READS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reads++;
    const watched = this.#watch.begin(() => this.#pathUnder(piece));
    try {
      return await this.#options.files.disk.read(fd, views, offset);
    } finally {
      watched.end();
      this.#reads--;
      this.#waiting.shift()?.();
    }
  }

  /**
   * After a read: what was read is what was proved.
   * @throws ShoalError file-changed
   */
  async requireUnchanged(slices: readonly FileSlice[]): Promise<void> {
    const { files } = this.#options;
    let last = -1;
    for (const { file, fd } of slices) {
      const proved = this.#proved.get(file);
      if (fd < 0 || file === last || proved === undefined) continue;
      last = file;
      const now = await files.disk.fstat(fd);
      if (now.size === proved.size && now.modifiedMs === proved.modifiedMs) continue;
      throw new FileTrouble(
        file,
        new ShoalError(
          'file-changed',
          `${files.currentPath(file)} was changed: it is not offered as it is now`,
        ),
      );
    }
  }

  /** A block could not be served. @param have pieces that are had */
  handleFailure(piece: PieceIndex, cause: unknown, have: Bitfield): void {
    if (this.#isClosed) return;
    const { files, events } = this.#options;
    const { geometry } = files;
    const file = cause instanceof FileTrouble ? cause.file : this.#fileUnder(piece);
    if (file === undefined) return;
    const path = files.currentPath(file);
    const error = cause instanceof FileTrouble ? cause.error : describe(path, cause);
    // A part is our own and may be made again.
    if (!files.isFinished(file)) return events.onPartUnreadable(file, piece, error);
    if (path !== undefined) files.handles.forget(path);
    // An error of the device is about this piece; a change is about all of them.
    const isWhole = error.code === 'file-changed' || error.code === 'not-found';
    const [first, last] = isWhole ? geometry.filePieces(file)! : [piece, piece];
    const pieces = this.#suspects.get(file)?.pieces ?? new Bitfield(geometry.pieceCount);
    const lost: PieceIndex[] = [];
    for (let at = first; at <= last; at++) {
      if (!have.has(at)) continue;
      pieces.add(at);
      lost.push(at);
    }
    const againAt = this.#options.clock.now() + (error.code === 'io-error' ? AGAIN_MS : 0);
    this.#suspects.set(file, { error, pieces, seen: undefined, hashed: undefined, againAt });
    if (lost.length > 0) events.onUnreadable(lost, error);
    this.#arm();
  }

  /** Looks at the suspects now. */
  retry(): void {
    for (const suspect of this.#suspects.values()) suspect.againAt = 0;
    void this.#look();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watch.close();
  }

  #pathUnder(piece: PieceIndex): string {
    const file = this.#fileUnder(piece);
    return (file === undefined ? undefined : this.#options.files.currentPath(file)) ?? `piece ${piece}`;
  }

  #fileUnder(piece: PieceIndex): FileIndex | undefined {
    const { files } = this.#options;
    const slices = files.geometry.slices(piece, 0, files.geometry.pieceLength(piece));
    return slices.find(({ file }) => files.currentPath(file) !== undefined)?.file;
  }

  #arm(): void {
    if (this.#isClosed || this.#suspects.size === 0) return;
    this.#timer ??= this.#options.clock.after(LOOK_MS, () => {
      this.#timer = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    try {
      for (const [file, suspect] of [...this.#suspects]) await this.#lookAt(file, suspect);
    } finally {
      this.#isLooking = false;
      this.#arm();
    }
  }

  /** Hashes a file that came back, or that rests after a change. */
  async #lookAt(file: FileIndex, suspect: Suspect): Promise<void> {
    const { files, metainfo, prover, group, clock, events } = this.#options;
    const info = await files.look(file);
    if (this.#isClosed) return;
    const now = info === undefined ? undefined : { size: info.size, modifiedMs: info.modifiedMs };
    const proved = this.#proved.get(file);
    const rests = isSame(now, suspect.seen) || isSame(now, proved);
    suspect.seen = now;
    if (now === undefined || !rests || clock.now() < suspect.againAt) return;
    if (isSame(now, suspect.hashed)) return;
    const path = files.currentPath(file)!;
    files.handles.forget(path);
    const verdicts = await verifyPieces({ metainfo, files, prover, group, pieces: suspect.pieces }).catch(
      () => undefined,
    );
    const good = verdicts?.right;
    const after = await files.look(file);
    if (this.#isClosed || good === undefined || after === undefined) return;
    if (!isSame(now, { size: after.size, modifiedMs: after.modifiedMs })) return;
    suspect.hashed = suspect.error.code === 'io-error' ? undefined : now;
    suspect.againAt = clock.now() + AGAIN_MS;
    if (proved !== undefined) this.#proved.set(file, now);
    const found: PieceIndex[] = [];
    for (let piece = 0; piece < good.length; piece++) {
      if (!good.has(piece)) continue;
      found.push(piece);
      suspect.pieces.delete(piece);
    }
    if (suspect.pieces.isEmpty) this.#suspects.delete(file);
    if (found.length > 0) events.onReadable(found, path);
  }
}

class FileTrouble extends Error {
  readonly file: FileIndex;
  readonly error: ShoalError;

  constructor(file: FileIndex, error: ShoalError) {
    super(error.message);
    this.file = file;
    this.error = error;
  }
}

function describe(path: string | undefined, cause: unknown): ShoalError {
  if ((cause as { code?: unknown }).code === 'SHORT')
    return new ShoalError('file-changed', `${path} is shorter than it was: it is not offered as it is now`);
  return fromSystemError(`cannot read ${path}`, cause);
}

function isSame(a: FilePrint | undefined, b: FilePrint | undefined): boolean {
  return a !== undefined && b !== undefined && a.size === b.size && a.modifiedMs === b.modifiedMs;
}
