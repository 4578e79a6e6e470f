/**
 * The piece picker: which block to ask a peer for next. Rarest first with random ties, or in order (sequential);
 * started pieces are finished before new ones are begun; at the end, blocks are asked for at several peers.
 *
 * Invariant: each piece is in exactly one state: absent, active (has buffers, some blocks asked for or here),
 * proving (all blocks here, the hash is being checked), or present. `unstarted` pieces lie in exactly one bucket.
 */
import { assert } from '../../../../ground/assert.ts';
import { Bitfield } from '../../../../ground/bitfield.ts';
import type { Prng } from '../../../../ground/ports.ts';
import type { ConnectionId } from '../../../../ground/units.ts';
import { RarityIndex } from './rarity-index.ts';

export interface PickerOptions {
  readonly pieceCount: number;
  readonly blockCount: (piece: number) => number;
  readonly prng: Prng;
  /** Pieces that may be active or proving at once: bounds the memory for their data. */
  readonly maxActivePieces: number;
  readonly isSequential?: boolean;
  /** Small pieces are asked for in stretches; all are large when this is absent. */
  readonly pieceLength?: number;
}

/** What people read at this moment, and will read next. */
export interface Urgent {
  /** The most urgent first. */
  readonly pieces: readonly number[];
  /** So many of the first are waited for: nothing can be shown until they are here. */
  readonly awaited: number;
}

/** Asks for a block; called by `pick` for each choice. */
export type Ask = (piece: number, block: number) => void;

/** What the picker needs to know of the peer that it picks for. */
export interface PickingPeer {
  readonly id: ConnectionId;
  readonly have: Bitfield;
  /** While the peer chokes us, only these may be asked for (BEP 6). */
  readonly onlyPieces?: ReadonlySet<number> | undefined;
  /** What it advises us to take (BEP 6). */
  readonly suggested?: Set<number> | undefined;
  /** Blocks that it may be asked for although others owe them to us. */
  readonly endGameRoom: number;
  isAsked(piece: number, block: number): boolean;
}

const [FREE, ASKED, HERE] = [0, 1, 2];
/** How many peers may owe us the same block in the end game. */
const MAX_ASKED_PEERS = 3;

/** Urgent pieces that may be active beyond the bound for all. */
const EXTRA_URGENT_PIECES = 4;

/** What disks like to read and write at once. */
const STRETCH_BYTES = 1024 * 1024;

export class ActivePiece {
  readonly piece: number;
  // Plain arrays: a typed array costs more than all that a piece of one block has to say.
  readonly states: number[];
  /** How many peers owe us each block. */
  readonly asked: number[];
  /** Who sent each block; -1 for nobody yet. */
  readonly sources: number[];
  /** After a failed hash a piece comes from one peer alone, so that the next verdict names the guilty. */
  exclusiveTo: ConnectionId | undefined;
  readonly isExclusive: boolean;
  here = 0;
  free: number;

  constructor(piece: number, blockCount: number, isExclusive: boolean) {
    this.piece = piece;
    this.states = new Array<number>(blockCount).fill(FREE);
    this.asked = new Array<number>(blockCount).fill(0);
    this.sources = new Array<number>(blockCount).fill(-1);
    this.free = blockCount;
    this.isExclusive = isExclusive;
  }

  /** Nothing of it has come, and anybody may send it. */
  get isMovable(): boolean {
    return this.here === 0 && !this.isExclusive;
  }

  get isComplete(): boolean {
    return this.here === this.states.length;
  }
}

export class Picker {
  readonly have: Bitfield;
  readonly rarity: RarityIndex;
  readonly #options: PickerOptions;
  readonly #active = new Map<number, ActivePiece>();
  /** Active pieces with free blocks. */
  readonly #open = new Set<ActivePiece>();
  /** What each peer was asked for last, where pieces are small. */
  readonly #lastStarted = new Map<ConnectionId, number>();
  /** Pieces that failed their hash since they were last present. */
  readonly #failures = new Map<number, number>();
  #wantedLeft = 0;
  #sequentialFrom = 0;
  #urgent: ReadonlySet<number> = new Set();
  /** In order, rather than the rarest first. */
  isSequential: boolean;
  /** Only what is urgent is asked for. */
  isOnDemand = false;

  constructor(options: PickerOptions) {
    this.#options = options;
    this.isSequential = options.isSequential === true;
    this.have = new Bitfield(options.pieceCount);
    this.rarity = new RarityIndex(options.pieceCount, options.prng);
    this.#wantedLeft = options.pieceCount;
  }

  /** Wanted pieces that are missing. */
  get wantedLeft(): number {
    return this.#wantedLeft;
  }

  get activeCount(): number {
    return this.#active.size;
  }

  isWanted(piece: number): boolean {
    return this.rarity.priority(piece) > 0 && !this.have.has(piece);
  }

  active(piece: number): ActivePiece | undefined {
    return this.#active.get(piece);
  }

  activePieces(): IterableIterator<ActivePiece> {
    return this.#active.values();
  }

  /** 0 unwanted, 1 low … 4 normal … 7 first. An active piece that becomes unwanted is finished all the same. */
  setPriority(piece: number, priority: number): void {
    const before = this.isWanted(piece);
    this.rarity.setPriority(piece, priority);
    const after = this.isWanted(piece);
    if (before !== after) this.#wantedLeft += after ? 1 : -1;
    if (after) this.#sequentialFrom = Math.min(this.#sequentialFrom, piece);
  }

  /** They come before all others, in this order; those that are not wanted, or cannot be proved, do not. */
  setUrgent(pieces: readonly number[]): void {
    this.#urgent = new Set(pieces);
  }

  isUrgent(piece: number): boolean {
    return this.#urgent.has(piece);
  }

  /** Has it blocks that nobody was asked for? */
  isAskable(piece: number): boolean {
    return (this.#active.get(piece)?.free ?? (this.rarity.isPickable(piece) ? 1 : 0)) > 0;
  }

  /** The piece is on disk, proved: at start, or by `handleVerdict`. */
  markPresent(piece: number): void {
    if (this.isWanted(piece)) this.#wantedLeft--;
    this.have.add(piece);
    this.rarity.setStarted(piece, true);
    this.#failures.delete(piece);
  }

  /** The piece is no longer on disk. */
  markLost(piece: number): void {
    if (!this.have.delete(piece)) return;
    this.rarity.setStarted(piece, false);
    if (this.isWanted(piece)) this.#wantedLeft++;
    this.#sequentialFrom = Math.min(this.#sequentialFrom, piece);
  }

  /** Asks for up to `count` blocks; returns how many were asked for. */
  pick(peer: PickingPeer, count: number, ask: Ask): number {
    const urgent = this.#urgent.size === 0 ? 0 : this.#pickUrgent(peer, count, ask);
    if (urgent === count || this.isOnDemand) return urgent;
    return urgent + this.#pickAny(peer, count - urgent, ask);
  }

  #pickAny(peer: PickingPeer, count: number, ask: Ask): number {
    // A seed's uplink is for what only seeds have: pieces that others pass on already can be finished there.
    const sparesSpread = peer.have.isFull && !this.isSequential && this.rarity.hasSeedOnly();
    let left = count - this.#continuePieces(peer, count, ask, sparesSpread);
    if (left > 0) left -= this.#startPieces(peer, left, ask);
    if (left > 0 && sparesSpread) left -= this.#continuePieces(peer, left, ask, false);
    const again = Math.min(left, peer.endGameRoom);
    if (again > 0 && this.#isEndGame()) left -= this.#askAgain(peer, again, ask);
    return count - left;
  }

  #pickUrgent(peer: PickingPeer, count: number, ask: Ask): number {
    let left = count;
    const room = this.#options.maxActivePieces + EXTRA_URGENT_PIECES;
    for (const piece of this.#urgent) {
      if (left === 0) break;
      const active = this.#active.get(piece);
      if (active !== undefined) {
        if (active.free > 0 && this.#mayAsk(peer, active)) left -= this.#askFree(peer, active, left, ask);
      } else if (this.rarity.isPickable(piece) && fits(peer, piece) && this.#active.size < room)
        left -= this.#askFree(peer, this.#begin(piece), left, ask);
    }
    return count - left;
  }

  /** Asks one more peer for a block that another owes us. @returns whether it may be asked */
  askAgain(peer: PickingPeer, piece: number, block: number, ask: Ask): boolean {
    const active = this.#active.get(piece);
    if (active === undefined || active.states[block] !== ASKED || active.asked[block]! >= MAX_ASKED_PEERS)
      return false;
    if (!this.#mayAsk(peer, active) || peer.isAsked(piece, block)) return false;
    active.asked[block]!++;
    ask(piece, block);
    return true;
  }

  #continuePieces(peer: PickingPeer, count: number, ask: Ask, sparesSpread: boolean): number {
    let left = count;
    for (const active of this.#open) {
      if (left === 0) break;
      if (sparesSpread && this.rarity.isSpread(active.piece)) continue;
      if (this.#mayAsk(peer, active)) left -= this.#askFree(peer, active, left, ask);
    }
    return count - left;
  }

  /** A block came. `unwanted` when its piece is not being fetched or the block is here already. */
  handleBlock(piece: number, block: number, from: ConnectionId): 'taken' | 'unwanted' {
    const active = this.#active.get(piece);
    if (active === undefined || active.states[block] === HERE) return 'unwanted';
    if (active.states[block] === FREE) {
      active.free--;
      if (active.free === 0) this.#open.delete(active);
    }
    active.states[block] = HERE;
    active.asked[block] = 0;
    active.sources[block] = from;
    active.here++;
    return 'taken';
  }

  /** The peer will not answer: it choked, rejected, timed out or went. */
  release(piece: number, block: number): void {
    const active = this.#active.get(piece);
    if (active === undefined || active.states[block] !== ASKED) return;
    if (--active.asked[block]! > 0) return;
    active.states[block] = FREE;
    active.free++;
    this.#open.add(active);
  }

  /** A peer went or is distrusted: pieces that only it might fetch are open to all again. */
  releaseExclusive(id: ConnectionId): void {
    this.#lastStarted.delete(id);
    for (const active of this.#active.values()) if (active.exclusiveTo === id) active.exclusiveTo = undefined;
  }

  handleVerdict(piece: number, isRight: boolean): void {
    const active = this.#active.get(piece);
    assert(active?.isComplete, `a verdict on piece ${piece}, which was not being proved`);
    this.#active.delete(piece);
    if (isRight) {
      this.markPresent(piece);
      return;
    }
    this.#failures.set(piece, (this.#failures.get(piece) ?? 0) + 1);
    this.rarity.setStarted(piece, false);
    this.#sequentialFrom = Math.min(this.#sequentialFrom, piece);
  }

  /** Forgets the blocks of an active piece, for instance when they could not be stored. */
  abandon(piece: number): void {
    const active = this.#active.get(piece);
    if (active === undefined) return;
    this.#active.delete(piece);
    this.#open.delete(active);
    this.rarity.setStarted(piece, false);
    this.#sequentialFrom = Math.min(this.#sequentialFrom, piece);
  }

  failures(piece: number): number {
    return this.#failures.get(piece) ?? 0;
  }

  #mayAsk(peer: PickingPeer, active: ActivePiece): boolean {
    if (!peer.have.has(active.piece)) return false;
    if (peer.onlyPieces !== undefined && !peer.onlyPieces.has(active.piece)) return false;
    if (!active.isExclusive) return true;
    return active.exclusiveTo === undefined || active.exclusiveTo === peer.id;
  }

  #askFree(peer: PickingPeer, active: ActivePiece, count: number, ask: Ask): number {
    if (active.isExclusive) active.exclusiveTo = peer.id;
    let askedNow = 0;
    for (let block = 0; askedNow < count && active.free > 0 && block < active.states.length; block++) {
      if (active.states[block] !== FREE) continue;
      active.states[block] = ASKED;
      active.asked[block] = 1;
      active.free--;
      askedNow++;
      ask(active.piece, block);
    }
    if (active.free === 0) this.#open.delete(active);
    return askedNow;
  }

  #startPieces(peer: PickingPeer, count: number, ask: Ask): number {
    let askedNow = 0;
    while (askedNow < count && this.#active.size < this.#options.maxActivePieces) {
      const piece = this.#choose(peer);
      if (piece === undefined) break;
      askedNow += this.#askFree(peer, this.#begin(piece), count - askedNow, ask);
    }
    return askedNow;
  }

  #begin(piece: number): ActivePiece {
    const active = new ActivePiece(piece, this.#options.blockCount(piece), this.failures(piece) > 0);
    this.#active.set(piece, active);
    this.#open.add(active);
    this.rarity.setStarted(piece, true);
    return active;
  }

  #choose(peer: PickingPeer): number | undefined {
    if (!this.isSequential) return this.#chooseRarest(peer, (piece) => fits(peer, piece));
    const { pieceCount } = this.#options;
    while (this.#sequentialFrom < pieceCount && !this.rarity.isPickable(this.#sequentialFrom))
      this.#sequentialFrom++;
    for (let piece = this.#sequentialFrom; piece < pieceCount; piece++) {
      if (this.rarity.isPickable(piece) && fits(peer, piece)) return piece;
    }
    return undefined;
  }

  /** Of equally rare pieces, one that the peer suggests, or that follows what it was asked for last, within a stretch. */
  #chooseRarest({ id, suggested }: PickingPeer, isOffered: (piece: number) => boolean): number | undefined {
    const rarest = this.rarity.findRarest(isOffered);
    for (const piece of suggested ?? []) {
      if (rarest !== undefined && this.rarity.areAlike(piece, rarest) && isOffered(piece)) return piece;
      suggested?.delete(piece);
    }
    const { pieceLength = STRETCH_BYTES, pieceCount } = this.#options;
    if (rarest === undefined || pieceLength >= STRETCH_BYTES) return rarest;
    const stretch = STRETCH_BYTES / pieceLength;
    const next = (this.#lastStarted.get(id) ?? -1) + 1;
    const follows = next % stretch >= 1 && next < pieceCount;
    const piece = follows && this.rarity.areAlike(next, rarest) && isOffered(next) ? next : rarest;
    this.#lastStarted.set(id, piece);
    return piece;
  }

  /** Every block that anybody could send is asked for already. */
  #isEndGame(): boolean {
    return this.#active.size > 0 && this.#open.size === 0 && !this.rarity.hasPickable();
  }

  #askAgain(peer: PickingPeer, count: number, ask: Ask): number {
    let askedNow = 0;
    for (const active of this.#active.values()) {
      if (active.isComplete || !this.#mayAsk(peer, active)) continue;
      for (let block = 0; block < active.states.length; block++) {
        if (askedNow === count) return askedNow;
        if (this.askAgain(peer, active.piece, block, ask)) askedNow++;
      }
    }
    return askedNow;
  }
}

function fits({ have, onlyPieces }: PickingPeer, piece: number): boolean {
  return have.has(piece) && (onlyPieces === undefined || onlyPieces.has(piece));
}
