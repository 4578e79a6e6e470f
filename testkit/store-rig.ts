/**
 * A machine that keeps pieces (`data/storage/core/store.ts`), what it does as text, and a disk that answers what the test
 * says.
 */
import assert from 'node:assert/strict';
import type { Geometry } from '../src/data/content/geometry.ts';
import { Bitfield } from '../src/ground/bitfield.ts';
import { type ErrorCode, ShoalError } from '../src/ground/errors.ts';
import type { Closing, Prints, StoreSink } from '../src/data/storage/core/sink.ts';
import { StoreMachine } from '../src/data/storage/core/store.ts';
import { createGeometry } from './geometry.ts';

interface Job {
  readonly piece: number;
}

export function fail(code: ErrorCode, message?: string): ShoalError {
  return new ShoalError(code, message ?? code);
}
export const NO_PRINTS: Prints = new Map();

/** Pieces 0 to 3, of which 1 lies in both files. */
export class Rig {
  readonly log: string[] = [];
  readonly machine: StoreMachine<Job>;
  now = 1000;
  notesFail: ShoalError | undefined;
  commitFails: ShoalError | undefined;
  readonly finished: Set<number> = new Set();

  constructor(geometry: Geometry = createGeometry([150, 250]), have: readonly number[] = []) {
    const bits = new Bitfield(geometry.pieceCount);
    for (const piece of have) bits.add(piece);
    this.machine = new StoreMachine<Job>({
      sink: this.#createSink(geometry),
      geometry,
      files: { isFinished: (file) => this.finished.has(file), isStored: () => true },
      have: bits,
      epoch: 0,
    });
    this.machine.handleResume(this.now);
    this.machine.handleJournalStarted(this.now);
    this.take();
  }

  #createSink(geometry: Geometry): StoreSink<Job> {
    const say = (text: string): void => void this.log.push(text);
    const bitsOf = (have: Uint8Array): string => {
      const bits = Bitfield.fromBytes(have, geometry.pieceCount)!;
      return [...Array(geometry.pieceCount).keys()].filter((piece) => bits.has(piece)).join();
    };
    const end = (closing: Closing): string =>
      closing.kind === 'failed' ? `failed: ${closing.error.message}` : closing.kind;
    return {
      noteSoon: () => say('note soon'),
      appendNotes: (pieces) => {
        say(this.notesFail === undefined ? `note ${pieces}` : `note ${pieces} fails`);
        return this.notesFail;
      },
      prepare: (piece) => say(`prepare ${piece}`),
      write: ({ piece }) => say(`write ${piece}`),
      drop: ({ piece }) => say(`drop ${piece}`),
      syncFiles: (files) => say(`sync ${files}`),
      syncFolders: () => say('sync folders'),
      readPrints: (files) => say(`look at ${files}`),
      startJournal: (epoch, pieces) => say(`journal ${epoch} with [${pieces}]`),
      commit: ({ have, trust, epoch, prints }) => {
        const gone = [...prints].filter(([, { size }]) => size < 0).map(([file]) => file);
        const text = `commit [${bitsOf(have)}] ${trust} ${epoch}${gone.length > 0 ? ` gone ${gone}` : ''}`;
        say(this.commitFails === undefined ? text : `${text} fails`);
        return this.commitFails;
      },
      nameFile: (file) => say(`name ${file}`),
      forgetFile: (file) => say(`forget ${file}`),
      emit: (event) => {
        if (event.type === 'trouble') say(`trouble: ${event.error.message}`);
        else if (event.type === 'lost') say(`lost ${event.pieces}`);
        else say(event.type === 'recovered' ? 'recovered' : `${event.type} ${event.file}`);
      },
      onHeld: (error) => say(error === undefined ? 'held' : `not held: ${error.message}`),
      onResumed: (error) => say(error === undefined ? 'resumed' : `not resumed: ${error.message}`),
      onSettled: () => say('settled'),
      onClosed: (closing) => say(`closed, ${end(closing)}`),
    };
  }

  /** Its effects since the last call. */
  take(): string[] {
    return this.log.splice(0);
  }

  /** These pieces come, and are noted. */
  arrive(...pieces: readonly number[]): void {
    for (const piece of pieces) this.machine.handleArrived({ piece });
    this.notesDue();
  }

  notesDue(): void {
    this.machine.handleNotesDue(this.now);
  }

  written(...pieces: readonly number[]): void {
    for (const piece of pieces) {
      const files = piece === 1 ? [0, 1] : [piece === 0 ? 0 : 1];
      this.machine.handleWritten(
        this.now,
        { piece },
        files.map((file) => ({ file, fd: 7 })),
      );
    }
  }

  refused(piece: number, error: ShoalError): void {
    this.machine.handleRefused(this.now, { piece }, error);
  }

  /** Pieces come and are written; forgets how. */
  put(...pieces: readonly number[]): void {
    this.arrive(...pieces);
    this.written(...pieces);
    this.take();
  }

  /** The timer goes off when it is due. */
  timeout(): void {
    assert.ok(Number.isFinite(this.machine.nextTimeout()), 'a time-out is due');
    this.now = Math.max(this.now, this.machine.nextTimeout());
    this.machine.handleTimeout(this.now);
  }

  /** Answers of the disk, to the step that is named. */
  synced(): void {
    this.machine.handleFilesSynced();
    this.machine.handleFoldersSynced(this.now);
  }
  looked(): void {
    this.machine.handlePrints(this.now, NO_PRINTS);
  }
  turned(): void {
    this.machine.handleJournalStarted(this.now);
  }

  /** A save that has begun goes through, up to the names. */
  saved(): void {
    this.synced();
    this.looked();
    this.turned();
  }
}
