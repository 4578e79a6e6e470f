import { NetworkMemory } from './network-memory.ts';
import { ShareTable } from './share-table.ts';
import { TorrentCopies } from './torrent-copies.ts';
/** Entry n brings a database from version n to n + 1. Never edit one that was released: add another. */
export declare const MIGRATIONS: readonly string[];
/** XDG base directory specification: state that persists but is not the person's data. */
export declare function defaultStateDir(): string;
export declare class StateDb {
    #private;
    readonly folder: string;
    readonly network: NetworkMemory;
    readonly shares: ShareTable;
    readonly torrents: TorrentCopies;
    /** What the person should hear: a database that was set aside, a backup that was made. */
    readonly notices: readonly string[];
    private constructor();
    /**
     * For looking, and for keys: may be open beside a running peer.
     * @throws ShoalError no-permission, state-broken, state-too-new
     */
    static open(folder: string): StateDb;
    /**
     * For a peer: nobody else may claim the folder until it is closed, or the process ends.
     * @throws ShoalError no-permission, state-in-use, state-too-new
     */
    static claim(folder: string): StateDb;
    get keysFolder(): string;
    get edgesFolder(): string;
    get journalsFolder(): string;
    /** @throws ShoalError directory-in-use when it runs already */
    lock(key: string, folder: string): void;
    /** The same without complaint. */
    tryLock(key: string, folder: string): boolean;
    unlock(key: string, folder: string): void;
    /** A consistent copy of the database in a new file. */
    copyTo(path: string): void;
    close(): void;
}
