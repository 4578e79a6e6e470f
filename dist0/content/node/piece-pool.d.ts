import { type PieceJob, type PieceProver, type PieceVerdict } from './piece-batch.ts';
export declare class PiecePool implements PieceProver {
    #private;
    /** @param size threads; all cores by default */
    constructor(size?: number);
    get size(): number;
    /** Jobs handed in whose verdict has not come. */
    get pending(): number;
    /** `done` is called once, from the event loop, never from within `submit`. */
    submit(job: PieceJob, done: (verdict: PieceVerdict) => void): void;
    run(job: PieceJob): Promise<PieceVerdict>;
    /** A number that keeps one share's jobs apart from another's. */
    newGroup(): number;
    /** Memory that jobs may refer to by the returned number. */
    createArena(lengthBytes: number): {
        readonly id: number;
        readonly bytes: Uint8Array<SharedArrayBuffer>;
    };
    dropArena(id: number): void;
    /** Stops the threads. Jobs that have not run are dropped without a verdict. */
    close(): Promise<void>;
}
