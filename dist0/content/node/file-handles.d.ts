/**
 * Open files, bounded in number: a share of 100,000 files must not need 100,000 descriptors. A handle in use is
 * never closed; of the idle ones the longest unused goes first.
 */
import { type Disk } from '../../ground/node/disk.ts';
export type OpenMode = 'read' | 'write';
export interface Handle {
    readonly key: string;
    readonly fd: number;
    users: number;
    /** The name stands for another file by now: closed with its last user. */
    isForgotten: boolean;
}
export declare class FileHandles {
    #private;
    readonly disk: Disk;
    constructor(disk?: Disk, maxOpen?: number);
    /**
     * Room for so many files in use at once: a piece of a share of tiny files lies in hundreds, and two pieces that each
     * have half of theirs would wait for each other for ever. Every reservation needs an `unreserve`.
     */
    reserve(count: number): Promise<void>;
    /** The same without waiting. */
    tryReserve(count: number): boolean;
    unreserve(count: number): void;
    /** What is open already; every handle that is not undefined needs a `release`. */
    tryAcquire(path: string, mode: OpenMode): Handle | undefined;
    /**
     * Opens or reuses; every call needs a `release`. `write` also reads; the file must exist.
     * @throws ShoalError
     */
    acquire(path: string, mode: OpenMode): Promise<Handle>;
    release(handle: Handle): void;
    /** The name will stand for another file, or none: the next `acquire` opens it afresh. */
    forget(path: string): void;
    closeAll(): void;
}
