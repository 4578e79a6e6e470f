/**
 * Ports: what the machines need from the world, as small synchronous interfaces. Real drivers implement them in
 * `node/` rooms, the simulated world in `sim/`.
 */
/** Hashing of short inputs on the caller's thread. Bulk hashing is a job for a driver, never for a core. */
export interface Hasher {
    /** 20 bytes. */
    sha1(data: Uint8Array): Uint8Array;
    /** 32 bytes. */
    sha256(data: Uint8Array): Uint8Array;
}
/** A source of randomness. A core never calls `Math.random`: the seed of a simulation picks everything. */
export interface Prng {
    /** A whole number, uniform in [0, bound). `bound` is at most 2^32. */
    below(bound: number): number;
    /** Uniform in [0, 1). */
    fraction(): number;
    /** Fills and returns `out`. */
    fill(out: Uint8Array): Uint8Array;
}
