import type { Hasher } from '../ground/ports.ts';
export declare class HashTree {
    #private;
    /**
     * @param base flat hashes, n × 32 bytes
     * @param baseHeight how high the base lies above the leaves
     * @param width completes the base with pads; a power of two
     */
    constructor(base: Uint8Array, baseHeight: number, hasher: Hasher, width?: number);
    /** Layers above the base. */
    get height(): number;
    get root(): Uint8Array;
    /**
     * `length` hashes of the layer `layer` above the base, from `index`, then the uncles for `proofLayers` (BEP 52: the
     * lowest ones follow from the hashes and are left out). Undefined when the stretch is not in the tree.
     */
    stretch(layer: number, index: number, length: number, proofLayers: number): Uint8Array | undefined;
}
