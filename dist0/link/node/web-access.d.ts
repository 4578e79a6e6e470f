import type { LookupFunction } from 'node:net';
/** May a tracker of that address be in our own network? */
export declare function isTrackerPath(url: string): boolean;
export declare function isLocalName(host: string): boolean;
/** @throws ShoalError refused */
export declare function requirePublic(url: string): void;
/** Resolves names, but not to addresses of our own network. */
export declare const publicLookup: LookupFunction;
