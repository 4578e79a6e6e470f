import type { FileHandles } from '../../content/node/file-handles.ts';
import type { PieceJob, PieceProver, PieceVerdict } from '../../content/node/piece-batch.ts';
import { type Metainfo } from '../../content/metainfo.ts';
import type { Bitfield } from '../../ground/bitfield.ts';
import { ShoalError } from '../../ground/errors.ts';
import type { Prng } from '../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../ground/units.ts';
import type { FilePrint } from '../resume-plan.ts';
import type { ShareRecords } from '../records.ts';
import { ReadGuard } from './read-guard.ts';
import { ShareFiles } from './share-files.ts';
import { ShareStore } from './share-store.ts';
import type { Clock } from './stall-watch.ts';
import type { TorrentCopies } from './torrent-copies.ts';
/** Where a share lies: files in place by index, or the folder that files are fetched to. */
export type SharePlace = {
    readonly kind: 'place';
    readonly path: string;
    readonly diskPaths: (string | undefined)[];
} | {
    readonly kind: 'fetch';
    readonly outputDir: string;
};
export interface Had {
    readonly pieces: Bitfield;
    readonly prints: ReadonlyMap<FileIndex, FilePrint>;
}
/** What the storages of one peer have in common; the simulated world brings its own. */
export interface StorageContext {
    readonly prover: PieceProver;
    readonly handles: FileHandles;
    readonly records: ShareRecords;
    readonly torrents: Pick<TorrentCopies, 'save'>;
    readonly journalsFolder: string;
    readonly edgesFolder: string;
    readonly prng: Prng;
    readonly clock: Clock;
}
export interface StorageEvents {
    /** Fetching has to rest. */
    onTrouble(error: ShoalError): void;
    onRecovered(): void;
    onFinished(file: FileIndex): void;
    /** What was fetched is not there any more: to be fetched anew. */
    onLost(pieces: readonly PieceIndex[]): void;
    /** A person's files that changed or went: not to be fetched over, but not served either. */
    onUnreadable(pieces: readonly PieceIndex[], error: ShoalError): void;
    onReadable(pieces: readonly PieceIndex[], path: string): void;
}
export interface StorageOptions {
    readonly context: StorageContext;
    readonly metainfo: Metainfo;
    readonly key: string;
    readonly folder: string;
    readonly place: SharePlace;
    readonly trackers: readonly (readonly string[])[];
    readonly wanted: ReadonlySet<FileIndex>;
    readonly signal: AbortSignal;
    readonly onProgress: (doneBytes: number, totalBytes: number) => void;
    readonly events: StorageEvents;
    readonly totals: () => {
        readonly uploaded: number;
        readonly downloaded: number;
    };
    /** May put data there that is at hand, before what exists is looked at. */
    readonly prepare?: ((metainfo: Metainfo, files: ShareFiles) => Promise<void>) | undefined;
    /** In place: the pieces that are right, and the state of the files in which they were found so. */
    readonly had?: Had | undefined;
}
export declare class ShareStorage {
    #private;
    readonly files: ShareFiles;
    readonly guard: ReadGuard;
    /** Pieces that were right at the start. */
    readonly present: Bitfield;
    /** Pieces that had to be hashed for that. */
    readonly hashed: number;
    private constructor();
    /** @throws ShoalError */
    static open(options: StorageOptions): Promise<ShareStorage>;
    /** Used by `open`. */
    static of(parts: Parts, store: ShareStore | undefined, present: Bitfield, hashed: number): ShareStorage;
    /** Why the share rests, and which files are not served. */
    get troubles(): ShoalError[];
    /** See `ShareStore.prove`. */
    prove(piece: PieceIndex, memory: NonNullable<PieceJob['memory']>, wantsBlockHashes: boolean, done: (verdict: PieceVerdict) => void): void;
    handleWhole(file: FileIndex): void;
    /** A file of a fetched share has its name: from now on it may only be served as it is. */
    watch(file: FileIndex): Promise<void>;
    /** All that was fetched is saved and has its name. */
    settle(): Promise<void>;
    /** Where it lies: what was asked for, or where a move that was cut short led. */
    get folder(): string;
    /**
     * Moves the files to another folder, also to another file system. Cut short, it is carried on at the next start.
     * @throws ShoalError name-conflict, no-space, unsupported, …
     */
    moveTo(folder: string): Promise<void>;
    /**
     * Gives a file another name, below the share's folder.
     * @throws ShoalError name-conflict, unsafe-path
     */
    rename(file: FileIndex, path: readonly string[]): Promise<void>;
    /**
     * Other files are wanted from now on. What was fetched of files that are dropped before they are whole is removed.
     * @param have as it is when nothing is written any more: read once that is so
     * @returns pieces that have to be fetched again, when they are wanted: those at the borders of what changed
     */
    select(wanted: ReadonlySet<FileIndex>, have: Bitfield): Promise<PieceIndex[]>;
    /** The piece layers of a link come from peers: without them the data could not be offered as v2 the next time. */
    saveTorrent(): void;
    retry(): void;
    /** Process death, for the simulated world: nothing more happens here. */
    abandon(): void;
    /** @throws ShoalError when what was fetched cannot be saved */
    close(): Promise<void>;
}
interface Parts {
    readonly options: StorageOptions;
    readonly files: ShareFiles;
    readonly group: number;
    readonly torrent: Uint8Array;
}
export {};
