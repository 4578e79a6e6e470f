/**
 * A small seeded generator (xoshiro128**, Blackman and Vigna 2018, seeded by splitmix32) for everything that need
 * not be secret: piece order, optimistic unchokes, back-off jitter. Same seed, same sequence, on every platform.
 */
import type { Prng } from './ports.ts';
export declare function createPrng(seed: number): Prng;
/** Fisher-Yates, in place. */
export declare function shuffle<T>(items: T[], prng: Prng): T[];
