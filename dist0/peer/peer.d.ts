import { type Metainfo, type TorrentVersion } from '../content/metainfo.ts';
import { type Address } from '../ground/address.ts';
import type { DhtService } from '../dht/node/service.ts';
import { ShareFiles } from '../storage/node/share-files.ts';
import { StateDb } from '../storage/node/state-db.ts';
import { type DhtOptions } from './dht.ts';
import { Share, type ShareLimits } from './share.ts';
export interface PeerOptions extends ShareLimits {
    /** TCP port; the first free one from 6881 when absent, any when 0. */
    readonly port?: number | undefined;
    /** Address to listen on; all by default. */
    readonly host?: string | undefined;
    /** State folder; `$XDG_STATE_HOME/shoal` by default. */
    readonly stateDir?: string | undefined;
    /** Connections per share. */
    readonly maxPeers?: number | undefined;
    /** Peers that are sent data at once, per share. */
    readonly uploadSlots?: number | undefined;
    /** The DHT: on by default, with the public network's bootstrap nodes. */
    readonly dht?: boolean | DhtOptions | undefined;
    /** Peers on the local network by multicast (BEP 14): on by default. */
    readonly lsd?: boolean | undefined;
    readonly signal?: AbortSignal | undefined;
}
export interface SharePathOptions extends ShareLimits {
    readonly version?: TorrentVersion | undefined;
    readonly pieceLength?: number | undefined;
    /** Announce URLs, one tier each. */
    readonly trackers?: readonly string[] | undefined;
    readonly isPrivate?: boolean | undefined;
    readonly isSuperSeeding?: boolean | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}
export interface GetOptions extends ShareLimits {
    /** Where to put it; the current folder by default. */
    readonly outputDir?: string | undefined;
    readonly trackers?: readonly string[] | undefined;
    /** Peers to ask besides those that are found. */
    readonly peers?: readonly Address[] | undefined;
    readonly select?: ((metainfo: Metainfo) => ReadonlySet<number>) | undefined;
    readonly isSequential?: boolean | undefined;
    /** Called when the files are known, before what exists of them is checked: may put data there that is at hand. */
    readonly prepare?: ((metainfo: Metainfo, files: ShareFiles) => Promise<void>) | undefined;
    readonly signal?: AbortSignal | undefined;
}
/** @throws ShoalError port-in-use, state-broken, no-permission */
export declare function createPeer(options?: PeerOptions): Promise<ShoalPeer>;
export declare class ShoalPeer {
    #private;
    private constructor();
    /** Used by `createPeer`. */
    static open(options: PeerOptions): Promise<ShoalPeer>;
    get port(): number;
    /** The DHT service; undefined when it is switched off. */
    get dht(): DhtService | undefined;
    get shares(): readonly Share[];
    /** The share with that info hash: v1, or v2 truncated to 20 bytes. */
    find(infoHash: Uint8Array): Share | undefined;
    /** Our addresses as machines of the same network can use them; loopback when there is no network. */
    ownAddresses(): Address[];
    /**
     * Offers a file or folder in place. What was shared before and has not changed is not hashed again.
     * @throws ShoalError
     */
    share(path: string, options?: SharePathOptions): Promise<Share>;
    /**
     * Seeds the data of a torrent that lies in `dir` (which holds the torrent's file or folder, or is that folder).
     * @throws ShoalError data-mismatch when the data is not whole
     */
    seed(metainfo: Metainfo, dir: string, options?: SharePathOptions): Promise<Share>;
    /**
     * Fetches what a link names: a magnet link, an info hash, a torrent file or its http address. Resolves when the
     * search for peers has begun; await `done` of the share for the data.
     * @throws ShoalError
     */
    get(link: string, options?: GetOptions): Promise<Share>;
    /** What this peer remembers between runs. */
    get state(): StateDb;
    /** Files of a share that lie in place, for reading. */
    filesInPlace(metainfo: Metainfo, diskPaths: (string | undefined)[]): ShareFiles;
    /** Stops every share, then the listener and the threads. */
    close(): Promise<void>;
}
/**
 * Finds the data of a torrent: `dir/NAME`, or `dir` itself when it is the torrent's folder.
 * @throws ShoalError not-found, unsafe-path
 */
export declare function locate(metainfo: Metainfo, dir: string): Promise<{
    readonly path: string;
    readonly diskPaths: (string | undefined)[];
}>;
