import { type Magnet } from '../content/magnet.ts';
import type { Metainfo } from '../content/metainfo.ts';
import { type Address } from '../ground/address.ts';
import type { Bitfield } from '../ground/bitfield.ts';
import type { ShareFiles } from '../storage/node/share-files.ts';
import { ShareDriver } from '../swarm/node/share-driver.ts';
import type { PeerSource } from '../swarm/core/peer-pool.ts';
import type { PeerContext } from './context.ts';
import { type Had, type SharePlace } from '../storage/node/share-storage.ts';
import type { PeerStatus, SharePhase, ShareResult, ShareStatus } from './status.ts';
export interface ShareLimits {
    /** Bytes a second. */
    readonly downloadLimit?: number;
    readonly uploadLimit?: number;
}
export interface ShareSetup extends ShareLimits {
    /** The metadata, or the link that names it. */
    readonly metainfo?: Metainfo | undefined;
    readonly magnet?: Magnet | undefined;
    readonly place: SharePlace;
    readonly trackers: readonly (readonly string[])[];
    /** Chooses files, once they are known; all by default. */
    readonly select?: ((metainfo: Metainfo) => ReadonlySet<number>) | undefined;
    readonly peers?: readonly Address[];
    readonly isSequential?: boolean;
    readonly isSuperSeeding?: boolean;
    /** Called when the files of a fetched share are known, before what exists of them is checked. */
    readonly prepare?: ((metainfo: Metainfo, files: ShareFiles) => Promise<void>) | undefined;
}
export declare class Share {
    #private;
    readonly infoHashV1: Uint8Array | undefined;
    readonly infoHashV2: Uint8Array | undefined;
    /** Resolves when all that is wanted is here, proved and under its final name; rejects with a ShoalError. */
    readonly done: Promise<ShareResult>;
    /** For people: warnings and bans, as they happen. */
    onNotice: (message: string) => void;
    constructor(peer: PeerContext, setup: ShareSetup);
    get driver(): ShareDriver;
    /** Web servers (BEP 19) that the metadata or the link names. */
    get webSeedCount(): number;
    get metainfo(): Metainfo | undefined;
    /** While it is not known what is here, there is nothing to tell an incoming peer. */
    get takesLinks(): boolean;
    get phase(): SharePhase;
    /** 40 hex digits of v1, or 64 of v2: the key under which it is remembered. */
    get key(): string;
    get name(): string;
    get folder(): string;
    /**
     * A link that works for as long as we are up: it names our own addresses besides the trackers. A private share's
     * peers come from its trackers only (BEP 27), so its link names none.
     */
    magnet(ownAddresses?: readonly Address[]): string;
    /**
     * Starts; for a share in place `had` are the pieces that are right. Returns when peers are being looked for.
     * @throws ShoalError
     */
    start(had?: Had): Promise<void>;
    /** @param source who told of them; peers that a person named are asked first */
    addPeers(addresses: readonly Address[], source?: PeerSource): void;
    status(): ShareStatus;
    /** Which pieces are here, for drawing. */
    pieceMap(): Bitfield | undefined;
    peers(): PeerStatus[];
    /** Yields the status now and then, and once more when the phase changes; ends when the share stops or fails. */
    progress(options?: {
        intervalMs?: number;
        signal?: AbortSignal;
    }): AsyncGenerator<ShareStatus>;
    /** Tells trackers, closes connections, writes the record that makes the next start quick. */
    stop(): Promise<void>;
    /**
     * Moves the files to another folder, while it goes on.
     * @throws ShoalError name-conflict, no-space, no-permission, …
     */
    moveTo(folder: string): Promise<void>;
    /**
     * Gives a file another name below the share's folder.
     * @param file its index in the torrent
     * @throws ShoalError name-conflict, unsafe-path
     */
    renameFile(file: number, path: string): Promise<void>;
    /**
     * Other files are wanted from now on. What is whole stays; what was fetched of others that are dropped is removed.
     * @throws ShoalError
     */
    select(wanted: ReadonlySet<number>): Promise<void>;
    /** Looks at once whether what kept it from going on is gone. It does so by itself now and then. */
    resume(): void;
    /** The torrent in the state folder, written when the share was opened. */
    get torrentPath(): string;
}
/** True for addresses that a link may carry: no link-local ones, which need a zone. */
export declare function isLinkable(host: string): boolean;
