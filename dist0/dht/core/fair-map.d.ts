/**
 * A bounded map that is fair to its sources: when it is full, room is made by whoever holds the most among a few
 * entries drawn at random, so that a flood pushes itself out and not the others. Adding costs the same whether it is
 * full or not.
 */
import type { Prng } from '../../ground/ports.ts';
export declare class FairMap<V> {
    #private;
    constructor(capacity: number, prng: Prng, onEvicted?: (key: string, value: V) => void);
    get size(): number;
    get(key: string): V | undefined;
    keys(): IterableIterator<string>;
    values(): V[];
    /** An entry drawn at random. */
    draw(): readonly [string, V] | undefined;
    /** @param source who brought it: a network, as a number */
    set(key: string, value: V, source: number): void;
    delete(key: string): void;
}
