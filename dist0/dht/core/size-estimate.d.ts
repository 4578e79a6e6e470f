/** The distance of the `count`-th nearest to an id, its first 32 bits. */
export interface Neighbourhood {
    readonly count: number;
    readonly distance: number;
}
export declare class SizeEstimate {
    #private;
    /** @param distance of the `count`-th nearest, its first 32 bits */
    add(count: number, distance: number): void;
    /** @param own the same of the neighbourhood of our own id, as the table knows it; undefined while it is small */
    nodes(own: Neighbourhood | undefined): number | undefined;
    /** True when a neighbourhood is much emptier than the last lookups found the key space elsewhere. */
    isThin(own: Neighbourhood | undefined): boolean;
}
