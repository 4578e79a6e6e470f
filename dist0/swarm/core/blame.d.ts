import type { ConnectionId } from '../../ground/units.ts';
export declare class BlameLedger {
    #private;
    isSuspect(piece: number): boolean;
    /** A piece failed. Returns those who are guilty for certain already. */
    handleFailure(piece: number, sources: Int32Array, blockHashes: Uint8Array): Set<ConnectionId>;
    /** The right hash of each block of a piece is known now. Returns the guilty; the record is closed. */
    handleTruth(piece: number, blockHashes: Uint8Array): Set<ConnectionId>;
}
