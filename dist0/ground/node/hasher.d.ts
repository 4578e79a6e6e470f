import type { Hasher } from '../ports.ts';
export declare const nodeHasher: Hasher;
