/**
 * Pieces that came and are not written yet: what a crash would cost. More than a hundredth of the share, and no more is read
 * until half of it is written; so much at least, since threads work best on a few pieces at once.
 */
import type { Geometry } from '../../../../data/content/geometry.ts';

const MIN_BYTES = 512 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;
const PIECES = 4;

export class Backlog {
  readonly #limit: number;
  #bytes = 0;
  #isHeldBack = false;

  constructor({ nominalPieceLength, dataLength }: Pick<Geometry, 'nominalPieceLength' | 'dataLength'>) {
    this.#limit = Math.min(MAX_BYTES, Math.max(MIN_BYTES, PIECES * nominalPieceLength, dataLength / 100));
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** No more should be read. */
  get isOver(): boolean {
    return this.#bytes > (this.#isHeldBack ? this.#limit / 2 : this.#limit);
  }

  /** Links are paused from now on, or not. @returns whether that is new */
  hold(isHeldBack: boolean): boolean {
    const isNew = isHeldBack !== this.#isHeldBack;
    this.#isHeldBack = isHeldBack;
    return isNew;
  }
}
