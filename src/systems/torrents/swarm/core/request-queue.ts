/**
 * The requests that one peer owes us, in the order sent. Peers mostly answer in that order, so looking begins at the
 * front. No object is made per request.
 */
import type { Instant } from '../../../../ground/units.ts';

/** Compact when this many slots in front are dead. */
const COMPACT_AT = 1024;

export class RequestQueue {
  #pieces: number[] = [];
  #blocks: number[] = [];
  #sentAt: Instant[] = [];
  #head = 0;

  get length(): number {
    return this.#pieces.length - this.#head;
  }

  add(piece: number, block: number, now: Instant): void {
    this.#pieces.push(piece);
    this.#blocks.push(block);
    this.#sentAt.push(now);
  }

  has(piece: number, block: number): boolean {
    return this.#find(piece, block) >= 0;
  }

  /** When the request was sent, or undefined when there was none. */
  remove(piece: number, block: number): Instant | undefined {
    const at = this.#find(piece, block);
    if (at < 0) return undefined;
    const sentAt = this.#sentAt[at];
    if (at === this.#head) this.#dropHead();
    else {
      this.#pieces.splice(at, 1);
      this.#blocks.splice(at, 1);
      this.#sentAt.splice(at, 1);
    }
    return sentAt;
  }

  /** Removes up to `count` of the latest that `fits`, calling back for each. */
  takeLatest(
    count: number,
    fits: (piece: number, block: number) => boolean,
    visit: (piece: number, block: number) => void,
  ): void {
    let left = count;
    for (let i = this.#pieces.length - 1; i >= this.#head && left > 0; i--) {
      const [piece, block] = [this.#pieces[i]!, this.#blocks[i]!];
      if (!fits(piece, block)) continue;
      this.#pieces.splice(i, 1);
      this.#blocks.splice(i, 1);
      this.#sentAt.splice(i, 1);
      left--;
      visit(piece, block);
    }
  }

  oldestSentAt(): Instant | undefined {
    return this.length === 0 ? undefined : this.#sentAt[this.#head];
  }

  /** Empties the queue, calling back for each. */
  drain(visit: (piece: number, block: number) => void): void {
    const [pieces, blocks, from] = [this.#pieces, this.#blocks, this.#head];
    this.#pieces = [];
    this.#blocks = [];
    this.#sentAt = [];
    this.#head = 0;
    for (let i = from; i < pieces.length; i++) visit(pieces[i]!, blocks[i]!);
  }

  #find(piece: number, block: number): number {
    for (let i = this.#head; i < this.#pieces.length; i++) {
      if (this.#pieces[i] === piece && this.#blocks[i] === block) return i;
    }
    return -1;
  }

  #dropHead(): void {
    this.#head++;
    if (this.#head === this.#pieces.length) {
      this.#pieces.length = 0;
      this.#blocks.length = 0;
      this.#sentAt.length = 0;
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT) {
      this.#pieces.splice(0, this.#head);
      this.#blocks.splice(0, this.#head);
      this.#sentAt.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
