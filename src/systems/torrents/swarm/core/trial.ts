/**
 * Who has not yet been seen to tell the truth is asked for little until it has: a fast liar would otherwise send as much
 * as its line takes before the first hash is known, all of it to be thrown away. What counts is pieces that wait for
 * their hash, which always comes; so nobody starves, however slowly a piece that others share in fills up.
 */

/** Hashing takes far less than a round trip: an honest peer does not feel it, but for a moment where pieces are tiny. */
const MAX_UNPROVED_PIECES = 4;

export class Trial {
  #hasPassed = false;
  /** Pieces with blocks of this peer that wait for their hash. */
  #unproved = 0;

  /** It is asked for nothing until a hash is known. */
  get isHeldBack(): boolean {
    return !this.#hasPassed && this.#unproved >= MAX_UNPROVED_PIECES;
  }

  /** A piece is complete that it had a part in. */
  handleComplete(): void {
    this.#unproved++;
  }

  /** @param isRight undefined when nothing was learnt of the data */
  handleVerdict(isRight: boolean | undefined): void {
    this.#unproved--;
    if (isRight === true) this.#hasPassed = true;
  }
}
