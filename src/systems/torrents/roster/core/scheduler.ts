/**
 * The scheduler of the roster: it holds the state of every share, and decides when one starts and stops.
 *
 *     stopped ─► queued ─► waiting ─► starting ─► running ─► stopping ─► stopped | queued | reserved
 *                                        └───────────┴─► failed ─► stopped
 *
 * One start and one stop of a share never overlap: a share that stops starts again only after the driver has answered.
 * A share that a file operation uses is left alone by the queue until the operation ends.
 *
 * The driver calls one method; during the call the machine calls the sink; the driver answers each `start` with
 * `handleStarted` or `handleStartFailed`, and each `stop` with `handleStopped`.
 */
import type { ShoalError } from '../../../../ground/errors.ts';
import { type ActivityLimits, type Candidate, decide } from './activity.ts';

/** Shares that start at once: each may read and hash its files. */
export const MAX_STARTING = 4;
/** Where it is not known how much room would do, a share that found none tries again so often. */
const ROOM_MS = 60_000;

/** `turn`: the queue lets it run. `file-work`: a file operation needs it, and it stops when that ends. */
export type RunReason = 'turn' | 'file-work';

export type ShareState =
  /** It is paused, or the queue has not looked at it yet. */
  | { readonly is: 'stopped' }
  /** Other shares go first, or nothing may run now. */
  | { readonly is: 'queued' }
  /** Its turn has come; others are starting. */
  | { readonly is: 'waiting' }
  | { readonly is: 'starting'; readonly reason: RunReason }
  | { readonly is: 'running'; readonly reason: RunReason }
  | { readonly is: 'stopping'; readonly next: 'stopped' | 'queued' | 'reserved' }
  /** A file operation needs it stopped. */
  | { readonly is: 'reserved' }
  /** It stays so until a person resumes it, or the cause is gone. */
  | ShareFailed;

export interface ShareFailed {
  readonly is: 'failed';
  readonly failure: ShoalError;
  /** Of the driver's clock. */
  readonly atMs: number;
}

export const STOPPED: ShareState = { is: 'stopped' };
const QUEUED: ShareState = { is: 'queued' };
const WAITING: ShareState = { is: 'waiting' };
const RESERVED: ShareState = { is: 'reserved' };

export interface SchedulerSink {
  /** Every transition, in order. */
  onState(id: number, state: ShareState, before: ShareState): void;
  start(id: number): void;
  /** A start that is under way is answered first. */
  stop(id: number): void;
}

/** It has a place among those that run. */
export function isActive({ is }: ShareState): boolean {
  return is === 'waiting' || is === 'starting' || is === 'running' || is === 'stopping';
}

/** It does not run because of other shares or of the schedule, and starts by itself. */
export function isInQueue(state: ShareState): boolean {
  return (
    state.is === 'queued' || state.is === 'waiting' || (state.is === 'stopping' && state.next === 'queued')
  );
}

/** It failed for want of room. */
export function isShortOfRoom(state: ShareState): state is ShareFailed {
  return state.is === 'failed' && state.failure.code === 'no-space';
}

/** @param freeBytes of the disk that was too small; undefined when it does not tell */
export function hasRoomAgain(state: ShareFailed, nowMs: number, freeBytes: number | undefined): boolean {
  const { shortage } = state.failure;
  if (shortage === undefined) return nowMs - state.atMs >= ROOM_MS;
  return freeBytes !== undefined && freeBytes >= shortage.neededBytes;
}

export class Scheduler {
  readonly #sink: SchedulerSink;
  readonly #states = new Map<number, ShareState>();
  /** Those that wait, the first first. */
  readonly #waiting = new Set<number>();
  /** Those that start because it is their turn. */
  readonly #starting = new Set<number>();
  #isClosed = false;

  constructor(sink: SchedulerSink) {
    this.#sink = sink;
  }

  /** @returns stopped as well for an id that was removed */
  stateOf(id: number): ShareState {
    return this.#states.get(id) ?? STOPPED;
  }

  add(id: number): void {
    this.#states.set(id, STOPPED);
  }

  /** It is stopped, and forgotten at once: what the driver answers later changes nothing. */
  remove(id: number): void {
    const { is } = this.stateOf(id);
    this.#waiting.delete(id);
    this.#states.delete(id);
    if (is === 'starting' || is === 'running') this.#sink.stop(id);
  }

  /** A share that runs already. stopped → running. */
  adopt(id: number): void {
    if (this.stateOf(id).is === 'stopped') this.#set(id, { is: 'running', reason: 'turn' });
  }

  /**
   * Applies the queue: starts and stops what has to be.
   * @param candidates all shares that are not paused
   */
  balance(candidates: readonly Omit<Candidate, 'isRunning'>[], limits: ActivityLimits): void {
    if (this.#isClosed) return;
    const able = candidates
      .filter(({ id }) => this.#states.has(id) && this.stateOf(id).is !== 'failed')
      .map((candidate) => ({ ...candidate, isRunning: isActive(this.stateOf(candidate.id)) }));
    const allowed = decide(able, limits);
    for (const { id } of able) {
      if (allowed.has(id)) this.#allow(id);
      else this.#disallow(id);
    }
    this.#startNext();
  }

  /** stopped, queued → waiting. */
  #allow(id: number): void {
    const { is } = this.stateOf(id);
    if (is !== 'stopped' && is !== 'queued') return;
    this.#waiting.add(id);
    this.#set(id, WAITING);
  }

  /** stopped, waiting → queued; starting, running → stopping, unless a file operation needs it. */
  #disallow(id: number): void {
    const state = this.stateOf(id);
    if (state.is === 'stopped' || state.is === 'waiting') {
      this.#waiting.delete(id);
      this.#set(id, QUEUED);
    } else if ((state.is === 'starting' || state.is === 'running') && state.reason === 'turn') {
      this.#stop(id, 'queued');
    }
  }

  /** A person paused it, or it reached a goal. A failure is forgotten. */
  pause(id: number): void {
    this.#halt(id, 'stopped');
  }

  /** A file operation needs it stopped: when it is, its state is reserved. */
  reserve(id: number): void {
    this.#halt(id, 'reserved');
  }

  /** The operation is over. reserved → stopped. */
  release(id: number): void {
    if (this.stateOf(id).is === 'reserved') this.#set(id, STOPPED);
  }

  #halt(id: number, next: 'stopped' | 'reserved'): void {
    const state = this.stateOf(id);
    if (!this.#states.has(id) || state.is === 'reserved') return;
    if (state.is === 'starting' || state.is === 'running') return this.#stop(id, next);
    this.#waiting.delete(id);
    // A reservation outlives a pause.
    if (state.is !== 'stopping') this.#set(id, next === 'stopped' ? STOPPED : RESERVED);
    else if (state.next !== 'reserved') this.#set(id, { is: 'stopping', next });
  }

  /**
   * A file operation needs it running, whatever the queue says. stopped, queued, waiting, failed → starting.
   * @returns false when it does something else
   */
  startFileWork(id: number): boolean {
    const { is } = this.stateOf(id);
    const isIdle = is === 'stopped' || is === 'queued' || is === 'waiting' || is === 'failed';
    if (this.#isClosed || !this.#states.has(id) || !isIdle) return false;
    this.#waiting.delete(id);
    this.#set(id, { is: 'starting', reason: 'file-work' });
    this.#sink.start(id);
    return true;
  }

  /** starting, running → stopping, when a file operation had it started. */
  endFileWork(id: number): void {
    const state = this.stateOf(id);
    if ((state.is === 'starting' || state.is === 'running') && state.reason === 'file-work')
      this.#stop(id, 'stopped');
  }

  /** The cause of the failure may be gone. failed → stopped. */
  retry(id: number): void {
    if (this.stateOf(id).is === 'failed') this.#set(id, STOPPED);
  }

  /** starting → running. */
  handleStarted(id: number): void {
    const state = this.stateOf(id);
    if (state.is === 'starting') this.#set(id, { is: 'running', reason: state.reason });
    this.#endStart(id);
  }

  /** starting → failed. @param failure undefined: it has not failed, it was interrupted or is paused */
  handleStartFailed(id: number, failure: ShoalError | undefined, nowMs: number): void {
    if (this.stateOf(id).is === 'starting') this.#fail(id, failure, nowMs);
    this.#endStart(id);
  }

  /** It has stopped by itself. running → failed. @param failure as above */
  handleRunFailed(id: number, failure: ShoalError | undefined, nowMs: number): void {
    if (this.stateOf(id).is === 'running') this.#fail(id, failure, nowMs);
  }

  handleStopped(id: number): void {
    const state = this.stateOf(id);
    if (state.is !== 'stopping') return;
    this.#set(id, state.next === 'queued' ? QUEUED : state.next === 'reserved' ? RESERVED : STOPPED);
  }

  /** Nothing starts from now on. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  #fail(id: number, failure: ShoalError | undefined, nowMs: number): void {
    this.#set(id, failure === undefined ? STOPPED : { is: 'failed', failure, atMs: nowMs });
  }

  #stop(id: number, next: 'stopped' | 'queued' | 'reserved'): void {
    this.#set(id, { is: 'stopping', next });
    this.#sink.stop(id);
  }

  #endStart(id: number): void {
    this.#starting.delete(id);
    this.#startNext();
  }

  /** waiting → starting. */
  #startNext(): void {
    for (const id of this.#waiting) {
      if (this.#starting.size >= MAX_STARTING) return;
      this.#waiting.delete(id);
      this.#starting.add(id);
      this.#set(id, { is: 'starting', reason: 'turn' });
      this.#sink.start(id);
    }
  }

  #set(id: number, state: ShareState): void {
    const before = this.stateOf(id);
    if (state === before) return;
    this.#states.set(id, state);
    this.#sink.onState(id, state, before);
  }
}
