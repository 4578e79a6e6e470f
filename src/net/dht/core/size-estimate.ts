/**
 * How many nodes the network has, by how near the nearest are to the targets of past lookups: ids are spread evenly, so
 * K nodes within a distance d mean K/d in all. Liars can hide nodes, but with ids bound to addresses (BEP 42) they can't
 * make the key space denser than it is: so a high quantile of the last lookups is nearer to the truth than their mean.
 */
const KEPT = 15;
const QUANTILE = 0.75;
const SPACE = 0x1_0000_0000;

/** The distance of the `count`-th nearest to an id, its first 32 bits. */
export interface Neighbourhood {
  readonly count: number;
  readonly distance: number;
}

/** Further apart than this is no chance. */
const THIN = 1.5;

export class SizeEstimate {
  readonly #estimates: number[] = [];
  #at = 0;

  /** @param distance of the `count`-th nearest, its first 32 bits */
  add(count: number, distance: number): void {
    this.#estimates[this.#at++ % KEPT] = (count * SPACE) / Math.max(1, distance);
  }

  /** @param own the same of the neighbourhood of our own id, as the table knows it; undefined while it is small */
  nodes(own: Neighbourhood | undefined): number | undefined {
    const all = [...this.#estimates];
    if (own !== undefined) all.push((own.count * SPACE) / Math.max(1, own.distance));
    return all.sort((a, b) => a - b)[Math.floor(all.length * QUANTILE)];
  }

  /** True when a neighbourhood is much emptier than the last lookups found the key space elsewhere. */
  isThin(own: Neighbourhood | undefined): boolean {
    const nodes = this.nodes(undefined);
    return own === undefined || nodes === undefined || own.distance * nodes > THIN * own.count * SPACE;
  }
}
