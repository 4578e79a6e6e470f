/**
 * How long each share has fetched and seeded, and when data of it moved last, over all runs. Goals are judged by it and
 * interfaces show it. It is written down once a minute and when the roster closes: a crash loses less than a minute.
 */
import type { SharePhase } from '../share/status.ts';
import type { RosterTable, StoredTimes } from '../state/roster-table.ts';

/** Between two writes. */
const SAVE_MS = 60_000;

/** The times of one share. Only the time in which it runs counts: not while it is paused, queued or checked. */
export class ShareTimes {
  #fetchingMs: number;
  #seedingMs: number;
  /** When data of blocks moved last, of either direction. */
  movedAt: Date | undefined;
  /** When the present run, or the latest, began. */
  startedAt: Date | undefined;
  /** What was counted last; undefined while it does not run. */
  #last: { readonly phase: SharePhase; readonly nowMs: number } | undefined;
  #isSaved = true;

  constructor({ fetchingSeconds, seedingSeconds, movedAt }: StoredTimes = NO_TIMES) {
    this.#fetchingMs = fetchingSeconds * 1000;
    this.#seedingMs = seedingSeconds * 1000;
    this.movedAt = movedAt;
  }

  get fetchingSeconds(): number {
    return Math.floor(this.#fetchingMs / 1000);
  }

  get seedingSeconds(): number {
    return Math.floor(this.#seedingMs / 1000);
  }

  /**
   * The time since the previous call belongs to the phase of that call.
   * @param phase undefined when the share does not run
   * @param nowMs of a clock that never goes back
   */
  note(phase: SharePhase | undefined, nowMs: number): void {
    const last = this.#last;
    this.#last = phase === undefined ? undefined : { phase, nowMs };
    if (last === undefined || nowMs <= last.nowMs) return;
    const elapsedMs = nowMs - last.nowMs;
    if (last.phase === 'seeding') this.#seedingMs += elapsedMs;
    else if (last.phase === 'fetching' || last.phase === 'metadata') this.#fetchingMs += elapsedMs;
    else return;
    this.#isSaved = false;
  }

  noteMoved(at: Date): void {
    this.movedAt = at;
    this.#isSaved = false;
  }

  /** It could not be written. */
  keepUnsaved(): void {
    this.#isSaved = false;
  }

  /** The times to write; undefined when nothing changed since the last write. */
  takeUnsaved(): StoredTimes | undefined {
    if (this.#isSaved) return undefined;
    this.#isSaved = true;
    return {
      fetchingSeconds: this.#fetchingMs / 1000,
      seedingSeconds: this.#seedingMs / 1000,
      movedAt: this.movedAt,
    };
  }
}

const NO_TIMES: StoredTimes = { fetchingSeconds: 0, seedingSeconds: 0, movedAt: undefined };

interface Timed {
  readonly stored: { readonly id: number };
  readonly times: ShareTimes;
}

/** Writes the times of all shares now and then. */
export class TimesSaver {
  readonly #roster: Pick<RosterTable, 'saveTimes'>;
  #savedAtMs: number;

  constructor(roster: Pick<RosterTable, 'saveTimes'>, nowMs: number) {
    this.#roster = roster;
    this.#savedAtMs = nowMs;
  }

  saveNowAndThen(all: Iterable<Timed>, nowMs: number): void {
    if (nowMs - this.#savedAtMs >= SAVE_MS) this.save(all, nowMs);
  }

  /** A disk that refuses must not end the daemon: the next write is soon, and has all of it. */
  save(all: Iterable<Timed>, nowMs: number): void {
    this.#savedAtMs = nowMs;
    const unsaved = new Map<number, StoredTimes>();
    for (const { stored, times } of all) {
      const unsavedTimes = times.takeUnsaved();
      if (unsavedTimes !== undefined) unsaved.set(stored.id, unsavedTimes);
    }
    if (unsaved.size === 0) return;
    try {
      this.#roster.saveTimes(unsaved);
    } catch {
      for (const { stored, times } of all) if (unsaved.has(stored.id)) times.keepUnsaved();
    }
  }
}
