/**
 * Lets nothing out that was not proved. A file that is served was proved in a certain state, its size and time; after
 * every read, and before a byte of it leaves, the state is looked at again. A file that changed, vanished or cannot be
 * read is not offered any more; it is looked at now and then, hashed when it rests, and what is right of it is offered
 * again. Nobody's change is ever overwritten.
 *
 * What this cannot see: a change through a memory map while the system has not noted it, and one that puts size and
 * time back. Peers find those by the hash.
 */
import type { PieceProver } from '../../content/node/piece-batch.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import { ShoalError } from '../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../ground/units.ts';
import type { FilePrint } from '../resume-plan.ts';
import type { AcquiredSlices, FileSlice, ShareFiles } from './share-files.ts';
import { type Clock } from './stall-watch.ts';
export interface GuardEvents {
    /** Pieces that cannot be served, and why. */
    onUnreadable(pieces: readonly PieceIndex[], error: ShoalError): void;
    /** A part of what is being fetched cannot be read. */
    onPartFailed(file: FileIndex, piece: PieceIndex, error: ShoalError): void;
    /** They can again. */
    onReadable(pieces: readonly PieceIndex[], path: string): void;
    onStalled(error: ShoalError): void;
    onMoving(): void;
}
export interface GuardOptions {
    readonly files: ShareFiles;
    readonly metainfo: Metainfo;
    readonly prover: PieceProver;
    readonly group: number | undefined;
    readonly clock: Clock;
    readonly events: GuardEvents;
}
export declare class ReadGuard {
    #private;
    constructor(options: GuardOptions);
    /** Files that are not served at present, and why. */
    get troubles(): ShoalError[];
    /** All of the file is proved, in that state. */
    expect(file: FileIndex, print: FilePrint): void;
    /** The files under a block, if they are open. */
    tryAcquire(piece: PieceIndex, begin: number, length: number): AcquiredSlices | undefined;
    /** @throws ShoalError */
    acquire(piece: PieceIndex, begin: number, length: number): Promise<AcquiredSlices>;
    /** Reads from a file of this share: some reads at once, the others wait. */
    read(piece: PieceIndex, fd: number, views: readonly Uint8Array[], offset: number): Promise<number>;
    /**
     * After a read: what was read is what was proved.
     * @throws ShoalError file-changed
     */
    requireUnchanged(slices: readonly FileSlice[]): Promise<void>;
    /** A block could not be served. @param have pieces that are had */
    handleFailure(piece: PieceIndex, cause: unknown, have: Bitfield): void;
    /** Looks at the suspects now. */
    retry(): void;
    close(): void;
}
