// The machine that keeps pieces on a disk of a few lines that answers in any order, fails, hangs and loses files: after
// every single effect, what the record claims must survive a power loss. A failing run names its seed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Geometry } from '../../content/geometry.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { type ErrorCode, ShoalError } from '../../../ground/errors.ts';
import { createPrng } from '../../../ground/prng.ts';
import type { Prng } from '../../../ground/ports.ts';
import { createGeometry } from '../../../../testkit/geometry.ts';
import type { Claim, StoreEvent, StoreSink, WrittenSlice } from './sink.ts';
import { StoreMachine } from './store.ts';

/** Pieces that lie in one file, in two, and in three. */
const LENGTHS = [250, 30, 180, 340, 100];

interface Job {
  readonly piece: number;
}

/** Of a piece in one file. `torn`: whatever a power loss leaves. */
type Content = 'absent' | 'torn' | 'synced';

interface ModelFile {
  /** By piece. */
  readonly content: Map<number, Content>;
  /** Written by the process, and torn if the power goes. */
  readonly written: Set<number>;
  /** A person removed it, and no other was made. */
  isGone: boolean;
  isFinished: boolean;
  /** How often it was made anew. */
  generation: number;
}

interface ModelRecord {
  readonly have: Bitfield;
  readonly trust: Claim['trust'];
  readonly epoch: number;
}

interface Journal {
  readonly epoch: number;
  readonly pieces: Set<number>;
}

const error = (code: ErrorCode): ShoalError => new ShoalError(code, `the disk says ${code}`);

class Model {
  readonly geometry: Geometry = createGeometry(LENGTHS);
  readonly machine: StoreMachine<Job>;
  readonly #prng: Prng;
  /** Of all that may fail. */
  failures = 0;
  now = 0;
  readonly #files: ModelFile[];
  #record: ModelRecord;
  /** Two files that take turns, by the epoch's last bit. */
  readonly #journals: (Journal | undefined)[] = [undefined, undefined];
  #epochInUse: number | undefined;
  /** Effects that run: any of them may be answered next. */
  readonly #running: (() => void)[] = [];
  readonly #inFlight = new Set<number>();
  /** As peers are told. */
  readonly had = new Set<number>();
  #writes = 0;
  isHeld = true;
  isResuming = true;
  isHolding = false;
  isStalled = false;
  isSettled = false;
  closed: string | undefined;
  readonly counts = { saves: 0, losses: 0, holds: 0, names: 0, prepared: 0 };

  constructor(seed: number) {
    this.#prng = createPrng(seed);
    this.#files = LENGTHS.map(() => ({
      content: new Map(),
      written: new Set(),
      isGone: false,
      isFinished: false,
      generation: 0,
    }));
    const have = new Bitfield(this.geometry.pieceCount);
    this.#record = { have, trust: 'journal', epoch: 0 };
    this.machine = new StoreMachine<Job>({
      sink: this.#createSink(),
      geometry: this.geometry,
      files: { isFinished: (file) => this.#files[file]!.isFinished, isStored: () => true },
      have: have.clone(),
      epoch: 0,
    });
    // A store whose first journal cannot be begun does not open.
    this.machine.handleResume(this.now);
    this.drain();
    this.failures = 0.15;
  }

  get #fails(): boolean {
    return this.#prng.fraction() < this.failures;
  }

  #slices(piece: number): readonly number[] {
    return this.geometry.slices(piece, 0, this.geometry.pieceLength(piece)).map(({ file }) => file);
  }

  #piecesOf(file: number): number[] {
    const [first, last] = this.geometry.filePieces(file)!;
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }

  /** Answered later, in any order. */
  #later(answer: () => void): void {
    this.#running.push(answer);
  }

  #createSink(): StoreSink<Job> {
    return {
      noteSoon: () => this.#later(() => this.machine.handleNotesDue(this.now)),
      appendNotes: (pieces) => {
        if (this.#fails) return error('no-space');
        const journal = this.#journals[this.#epochInUse! % 2]!;
        for (const piece of pieces) journal.pieces.add(piece);
        return undefined;
      },
      prepare: (piece) => this.#prepare(piece),
      write: (job) => this.#write(job),
      drop: ({ piece }) => void this.#inFlight.delete(piece),
      syncFiles: (files) => this.#later(() => this.#syncFiles(files)),
      syncFolders: () =>
        this.#later(() => {
          if (this.#fails) this.machine.handleSaveFailed(this.now, error('no-space'));
          else this.machine.handleFoldersSynced(this.now);
        }),
      readPrints: () => this.#later(() => this.machine.handlePrints(this.now, new Map())),
      startJournal: (epoch, pieces) => this.#startJournal(epoch, pieces),
      commit: ({ have, trust, epoch }) => {
        if (this.#fails) return error('io-error');
        this.#record = { have: Bitfield.fromBytes(have.slice(), this.geometry.pieceCount)!, trust, epoch };
        this.counts.saves++;
        this.check();
        return undefined;
      },
      nameFile: (file) => this.#nameFile(file),
      forgetFile: (file) => this.#makeAnew(file),
      emit: (event) => this.#handleEvent(event),
      onHeld: (failure) => this.#handleHeld(failure),
      onResumed: () => {
        this.isHeld = false;
        this.isResuming = false;
      },
      onSettled: () => (this.isSettled = true),
      onClosed: ({ kind }) => (this.closed = kind),
    };
  }

  #prepare(piece: number): void {
    const journal = this.#journals[this.#epochInUse! % 2]!;
    assert.ok(!this.isHeld, 'no file is made while held');
    assert.ok(journal.pieces.has(piece), `the files of piece ${piece} are made, and it is not noted`);
    assert.equal(this.#record.epoch, journal.epoch, 'the record does not name the journal that notes it');
    this.#writes++;
    this.counts.prepared++;
    this.#later(() => {
      this.#writes--;
      this.machine.handlePrepared(this.now);
    });
  }

  #write(job: Job): void {
    const { piece } = job;
    const journal = this.#journals[this.#epochInUse! % 2]!;
    assert.ok(!this.isHeld, 'nothing is written while held');
    assert.ok(journal.pieces.has(piece), `piece ${piece} is written and not noted`);
    assert.equal(this.#record.epoch, journal.epoch, 'the record does not name the journal that notes it');
    this.#writes++;
    const files = this.#slices(piece).filter((file) => !this.#files[file]!.isFinished);
    const gone = files.filter((file) => this.#files[file]!.isGone);
    for (const file of files) {
      const { content } = this.#files[file]!;
      // The same bytes once more tear nothing.
      if (!gone.includes(file) && content.get(piece) !== 'synced') content.set(piece, 'torn');
    }
    this.check();
    this.#later(() => {
      this.#writes--;
      for (const file of gone) this.machine.handleFileLost(this.now, file, error('not-found'));
      if (gone.length > 0 || this.#fails) return this.machine.handleRefused(this.now, job, error('no-space'));
      if (files.some((file) => this.#files[file]!.isGone)) {
        this.#writes++;
        // Into a file that has lost its name: the driver does it again, and finds out.
        this.#later(() => {
          this.#writes--;
          this.machine.handleRefused(this.now, job, error('no-space'));
        });
        return;
      }
      for (const file of files) this.#files[file]!.written.add(piece);
      this.#inFlight.delete(piece);
      this.had.add(piece);
      for (const file of this.#slices(piece)) this.tellComplete(file);
      const slices = this.#slices(piece).map(
        (file): WrittenSlice => ({ file, fd: files.includes(file) ? 7 : -1 }),
      );
      this.machine.handleWritten(this.now, job, slices);
    });
  }

  tellComplete(file: number): void {
    const isComplete = this.#piecesOf(file).every((piece) => this.had.has(piece));
    if (isComplete && !this.#files[file]!.isFinished) this.machine.handleComplete(this.now, file);
  }

  #syncFiles(files: readonly number[]): void {
    for (const file of files) {
      const entry = this.#files[file]!;
      if (entry.isGone && !entry.isFinished) {
        this.machine.handleFileLost(this.now, file, error('not-found'));
        return this.machine.handleSaveFailed(this.now, error('not-found'));
      }
      if (this.#fails) {
        // The system drops what it could not write, and the next sync works.
        entry.written.clear();
        this.machine.handleFileLost(this.now, file, error('io-error'));
        return this.machine.handleSaveFailed(this.now, error('io-error'));
      }
      for (const piece of entry.written) entry.content.set(piece, 'synced');
      entry.written.clear();
    }
    this.machine.handleFilesSynced();
  }

  #startJournal(epoch: number, pieces: readonly number[]): void {
    const inTheWay = this.#journals[epoch % 2];
    assert.ok(inTheWay?.epoch !== this.#record.epoch, 'the journal that the record names is overwritten');
    this.#journals[epoch % 2] = undefined;
    this.check();
    this.#later(() => {
      if (this.#fails) return this.machine.handleJournalFailed(this.now, error('no-space'));
      this.#journals[epoch % 2] = { epoch, pieces: new Set(pieces) };
      this.#epochInUse = epoch;
      this.machine.handleJournalStarted(this.now);
    });
  }

  #nameFile(file: number): void {
    for (const piece of this.#piecesOf(file))
      assert.ok(this.#isClaimed(piece), `file ${file} is named, and piece ${piece} is not claimed`);
    const entry = this.#files[file]!;
    const { generation } = entry;
    this.#later(() => {
      if (entry.isGone || entry.generation !== generation)
        return this.machine.handleNameFailed(this.now, file, error('not-found'));
      if (this.#fails) return this.machine.handleNameFailed(this.now, file, error('name-conflict'));
      entry.isFinished = true;
      this.counts.names++;
      this.machine.handleNamed(this.now);
    });
  }

  /** Another file may have its name from now on. */
  #makeAnew(file: number): void {
    const entry = this.#files[file]!;
    for (const piece of this.#piecesOf(file))
      assert.ok(!this.#record.have.has(piece), `piece ${piece} of a new file is claimed`);
    entry.content.clear();
    entry.written.clear();
    entry.isGone = false;
    entry.generation++;
  }

  #handleEvent(event: StoreEvent): void {
    if (event.type !== 'lost') return;
    this.counts.losses++;
    for (const piece of event.pieces) {
      assert.ok(this.had.delete(piece), `piece ${piece} is lost, and was not had`);
    }
  }

  #handleHeld(failure: ShoalError | undefined): void {
    this.isHolding = false;
    if (failure !== undefined) return;
    this.isHeld = true;
    this.counts.holds++;
    assert.equal(this.#writes, 0, 'held while something is written');
    for (const piece of this.had)
      assert.ok(this.#record.have.has(piece), `held, and piece ${piece} is not claimed`);
  }

  #isClaimed(piece: number): boolean {
    const { have, trust, epoch } = this.#record;
    const journal = this.#journals[epoch % 2];
    const notes = journal?.epoch === epoch ? journal.pieces : undefined;
    // Without its journal, everything is hashed.
    if (notes === undefined && trust === 'journal') return false;
    return have.has(piece) && notes?.has(piece) !== true;
  }

  /** The power may go now: what the record claims is on the disk. */
  check(): void {
    for (let piece = 0; piece < this.geometry.pieceCount; piece++) {
      if (!this.#isClaimed(piece)) continue;
      for (const file of this.#slices(piece)) {
        const { content, isGone } = this.#files[file]!;
        const isThere = isGone || content.get(piece) === 'synced';
        assert.ok(
          isThere,
          `piece ${piece} is claimed, and ${content.get(piece) ?? 'absent'} in file ${file}`,
        );
      }
    }
  }

  /** Something happens. */
  step(): void {
    const { machine } = this;
    this.now += this.#prng.below(500);
    if (this.now >= machine.nextTimeout()) machine.handleTimeout(this.now);
    const at = this.#prng.below(this.#running.length + 3);
    if (at < this.#running.length) this.#running.splice(at, 1)[0]!();
    else if (this.failures > 0 && this.#prng.fraction() < 0.2) this.#meddle();
    else this.#arrive();
    this.check();
  }

  #arrive(): void {
    const { pieceCount } = this.geometry;
    const piece = this.#prng.below(pieceCount);
    if (this.had.has(piece) || this.#inFlight.has(piece)) return;
    // Of some, a peer is asked and never sends them.
    if (this.#prng.below(3) === 0) return this.machine.handleExpected(piece);
    this.#inFlight.add(piece);
    this.machine.handleArrived({ piece });
  }

  #meddle(): void {
    const { machine } = this;
    const file = this.#prng.below(LENGTHS.length);
    const entry = this.#files[file]!;
    switch (this.#prng.below(7)) {
      case 0:
        if (!entry.isFinished) entry.isGone = true;
        return;
      case 1: {
        const piece = this.#piecesOf(file)[0]!;
        const code = entry.isGone ? 'not-found' : 'io-error';
        if (!entry.isFinished) machine.handlePartUnreadable(this.now, file, piece, error(code));
        return;
      }
      case 2:
        this.isStalled = !this.isStalled;
        if (this.isStalled) machine.handleStalled(this.now, error('io-error'));
        else machine.handleResponding(this.now);
        return;
      case 3:
        if (this.isHolding || this.isHeld || this.isResuming) return;
        this.isHolding = true;
        machine.handleHold(this.now);
        return;
      case 4:
      case 5:
        this.resume();
        return;
      default:
        machine.handleRetry(this.now);
    }
  }

  resume(): void {
    if (!this.isHeld || this.isResuming) return;
    this.isResuming = true;
    // It is asked for nothing else meanwhile.
    this.machine.handleResume(this.now);
    this.isHeld = false;
  }

  /** No more faults: it must come to its end. */
  heal(): void {
    this.failures = 0;
    if (this.isStalled) this.machine.handleResponding(this.now);
    for (let i = 0; i < 20_000 && !this.#isDone; i++) {
      this.resume();
      this.step();
    }
    assert.ok(this.#isDone, 'everything is fetched, saved and named in the end');
  }

  get #isDone(): boolean {
    return this.had.size === this.geometry.pieceCount && this.#files.every(({ isFinished }) => isFinished);
  }

  /** Answers everything that runs. */
  drain(): void {
    while (this.#running.length > 0) {
      this.#running.splice(this.#prng.below(this.#running.length), 1)[0]!();
      this.check();
    }
  }

  get claimed(): number {
    return Array.from({ length: this.geometry.pieceCount }, (_, piece) => this.#isClaimed(piece)).filter(
      Boolean,
    ).length;
  }
}

test('whatever the disk does, the record claims what is there, and all is saved in the end', () => {
  const totals = { saves: 0, losses: 0, holds: 0, names: 0, prepared: 0 };
  for (let seed = 1; seed <= 300; seed++) {
    try {
      const model = new Model(seed);
      for (let i = 0; i < 600; i++) model.step();
      model.heal();
      model.machine.handleClose(model.now);
      model.drain();
      assert.equal(model.closed, 'certain');
      assert.equal(model.claimed, model.geometry.pieceCount);
      for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += model.counts[key];
    } catch (cause) {
      throw new Error(`seed ${seed}: ${(cause as Error).message}`, { cause });
    }
  }
  // The faults did happen.
  const { losses, holds, saves, prepared } = totals;
  assert.ok(losses > 1000 && holds > 100 && saves > 3000 && prepared > 300, JSON.stringify(totals));
});
