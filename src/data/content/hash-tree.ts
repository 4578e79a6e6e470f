/**
 * A whole Merkle tree over one layer, for answering BEP 52 hash requests: stretches of any layer with the uncles that
 * prove them.
 */
import { concatBytes } from '../../ground/bytes.ts';
import type { Hasher } from '../../ground/ports.ts';
import { completeWidth, HASH_LENGTH, log2, padHash } from './merkle.ts';

export class HashTree {
  /** From the base up; each a power of two wide, the last one hash: the root. */
  readonly #layers: Uint8Array[] = [];

  /**
   * @param base flat hashes, n × 32 bytes
   * @param baseHeight how high the base lies above the leaves
   * @param width completes the base with pads; a power of two
   */
  constructor(
    base: Uint8Array,
    baseHeight: number,
    hasher: Hasher,
    width: number = completeWidth(base.length / HASH_LENGTH),
  ) {
    let layer = new Uint8Array(width * HASH_LENGTH);
    layer.set(base);
    const pad = padHash(baseHeight, hasher);
    for (let at = base.length; at < layer.length; at += HASH_LENGTH) layer.set(pad, at);
    this.#layers.push(layer);
    while (layer.length > HASH_LENGTH) {
      const above = new Uint8Array(layer.length / 2);
      for (let at = 0; at < above.length; at += HASH_LENGTH) {
        above.set(hasher.sha256(layer.subarray(2 * at, 2 * at + 2 * HASH_LENGTH)), at);
      }
      layer = above;
      this.#layers.push(layer);
    }
  }

  /** Layers above the base. */
  get height(): number {
    return this.#layers.length - 1;
  }

  get root(): Uint8Array {
    return this.#layers[this.height]!;
  }

  /**
   * `length` hashes of the layer `layer` above the base, from `index`, then the uncles for `proofLayers` (BEP 52: the
   * lowest ones follow from the hashes and are left out). Undefined when the stretch is not in the tree.
   */
  stretch(layer: number, index: number, length: number, proofLayers: number): Uint8Array | undefined {
    const hashes = this.#layers[layer];
    if (hashes === undefined || length < 1 || !Number.isInteger(Math.log2(length)) || index % length !== 0)
      return undefined;
    const end = (index + length) * HASH_LENGTH;
    if (end > hashes.length) return undefined;
    const parts = [hashes.subarray(index * HASH_LENGTH, end)];
    for (let i = Math.max(1, log2(length)); i <= proofLayers; i++) {
      const uncles = this.#layers[layer + i];
      if (uncles === undefined || uncles.length === HASH_LENGTH) return undefined;
      const sibling = (Math.floor(index / 2 ** i) ^ 1) * HASH_LENGTH;
      parts.push(uncles.subarray(sibling, sibling + HASH_LENGTH));
    }
    return concatBytes(parts);
  }
}
