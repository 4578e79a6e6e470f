/**
 * What of a share can be believed when it starts: the state machine of docs/storage.md, as a function of what was
 * saved and what lies on the disk. Believing costs nothing, hashing costs time, forgetting costs the network; a piece
 * is believed only if the record says that it was saved, and nothing speaks against its files.
 */
import type { Geometry } from '../content/geometry.ts';
import { Bitfield } from '../ground/bitfield.ts';
import type { FileIndex } from '../ground/units.ts';
export interface FilePrint {
    /** Bytes; -1 when the file does not exist. */
    readonly size: number;
    readonly modifiedMs: number;
}
/**
 * How far a record can be believed. `none`: hash what there is. `all`: nothing was written after it was saved.
 * `journal`: what was written since is noted in the journal of its epoch.
 */
export type Trust = 'none' | 'all' | 'journal';
export interface ResumeFacts {
    readonly geometry: Geometry;
    readonly record: {
        readonly trust: Trust;
        readonly have: Bitfield;
        /** By file, when it was saved. */
        readonly prints: ReadonlyMap<FileIndex, FilePrint>;
    } | undefined;
    /** Undefined when it is missing, or of another epoch than the record. */
    readonly journal: {
        readonly pieces: readonly number[];
        readonly modifiedMs: number;
    } | undefined;
    /** By file, now; of every file that could hold data. */
    readonly present: ReadonlyMap<FileIndex, FilePrint>;
}
export interface ResumePlan {
    /** Believed. */
    readonly trusted: Bitfield;
    /** To be hashed. */
    readonly doubtful: Bitfield;
    /** Files that look as we left them; others may be somebody else's. */
    readonly ours: ReadonlySet<FileIndex>;
}
export declare function planResume(facts: ResumeFacts): ResumePlan;
/** Some of the pieces that are believed, spread by `below`, which picks a number under its bound. */
export declare function samplePieces(geometry: Geometry, trusted: Bitfield, below: (bound: number) => number): number[];
