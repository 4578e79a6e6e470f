/** Counts a share's wanted bytes, and notices when files become whole. */
import type { Geometry } from '../content/geometry.ts';
import type { Bitfield } from '../ground/bitfield.ts';
import type { FileIndex } from '../ground/units.ts';
export declare class ProgressCounter {
    #private;
    totalBytes: number;
    doneBytes: number;
    constructor(geometry: Geometry, wantedFiles: ReadonlySet<FileIndex>, wantedPieces: Bitfield, had: Bitfield);
    /** Wanted files that are whole. */
    wholeFiles(): FileIndex[];
    /** A piece is here: the wanted files that it completes. */
    handlePiece(piece: number): FileIndex[];
    /** A piece that was here is gone. */
    handleLost(piece: number): void;
}
