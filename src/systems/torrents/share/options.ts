/** Options of a peer and of its shares. */
import type { Magnet } from '../../../data/content/magnet.ts';
import type { Metainfo, TorrentVersion } from '../../../data/content/metainfo.ts';
import type { ShareFiles } from '../../../data/storage/node/share-files.ts';
import type { SharePlace } from '../../../data/storage/node/storage-options.ts';
import type { Address } from '../../../ground/address.ts';
import type { Filter } from '../../../ground/filter.ts';
import type { ClaimedState, StateDb } from '../state/state-db.ts';
import type { DhtOptions } from '../../../net/dht/node/start.ts';
import type { EncryptionPolicy } from '../../../net/encryption/core/policy.ts';
import type { TransportChoice } from '../../../net/link/core/raced.ts';
import type { ShareLimits } from './limits.ts';

/**
 * Called when the files of a fetched share are known, before what exists of them is checked: may put data there, until the
 * signal.
 */
export type PrepareFiles = (metainfo: Metainfo, files: ShareFiles, signal: AbortSignal) => Promise<void>;

/** How one share finds peers besides its trackers. What is absent is used where the peer has it. */
export interface SearchWays {
  readonly usesDht?: boolean | undefined;
  readonly usesLsd?: boolean | undefined;
}

/** In which order a share is fetched, and whether whole or only where it is read. */
export interface FetchStrategy {
  /** In order, rather than the rarest first. */
  readonly isSequential: boolean;
  /** Only the parts that are read are fetched. */
  readonly isOnDemand: boolean;
  /** The first and the last pieces of each file before the others: players and previews need those. */
  readonly isEndsFirst: boolean;
  /** Which files come first: 1 low, 4 normal, 6 high; normal when absent. */
  readonly priorities: ReadonlyMap<number, number>;
}

/** The DHT of a running peer. */
export interface DhtSetup {
  /** `public`, or the name that follows from the secret of a group. */
  readonly network: string;
  /** Nodes that it begins with in place of the well-known ones; null for those. */
  readonly routers: readonly string[] | null;
}

export interface PeerOptions extends ShareLimits {
  /** TCP port; the first free one from 6881 when absent, any when 0. */
  readonly port?: number | undefined;
  /** Address to listen on; all by default. */
  readonly host?: string | undefined;
  /** State folder; `$XDG_STATE_HOME/shoal` by default. */
  readonly stateDir?: string | undefined;
  /** The same, claimed by the process already. */
  readonly claimed?: ClaimedState | undefined;
  /** Connections per share. */
  readonly maxPeers?: number | undefined;
  /** Peers that are sent data at once, per share. */
  readonly uploadSlots?: number | undefined;
  /** The DHT: on by default, with the public network's bootstrap nodes. */
  readonly dht?: boolean | DhtOptions | undefined;
  /** Peers on the local network by multicast (BEP 14): on by default. */
  readonly lsd?: boolean | undefined;
  /** Which connections are encrypted: those of peers that want it by default, with plaintext behind the handshake. */
  readonly encryption?: EncryptionPolicy | undefined;
  /** Over what peers are reached and reach us: TCP and uTP (BEP 29) by default. */
  readonly transports?: TransportChoice | undefined;
  /** What is not fetched, served or talked to; nothing is denied by default. */
  readonly filter?: Filter | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the state folder says instead. */
  readonly remembered?: ((state: StateDb) => Partial<PeerOptions>) | undefined;
}

export interface SharePathOptions extends ShareLimits, SearchWays {
  readonly version?: TorrentVersion | undefined;
  readonly pieceLength?: number | undefined;
  /** Announce URLs, one tier each. */
  readonly trackers?: readonly string[] | undefined;
  /** Instead of those and of the torrent's own: tiers of announce URLs. */
  readonly announce?: readonly (readonly string[])[] | undefined;
  readonly isPrivate?: boolean | undefined;
  readonly isSuperSeeding?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

export interface SeedOptions extends SharePathOptions {
  /** The folder is the torrent's own file or folder, whatever it is called. */
  readonly isRoot?: boolean | undefined;
}

export interface GetOptions extends ShareLimits, SearchWays {
  /** Where to put it; the current folder by default. */
  readonly outputDir?: string | undefined;
  readonly trackers?: readonly string[] | undefined;
  /** Instead of those and of the link's own: tiers of announce URLs. */
  readonly announce?: readonly (readonly string[])[] | undefined;
  /** Peers to ask besides those that are found. */
  readonly peers?: readonly Address[] | undefined;
  readonly select?: ((metainfo: Metainfo) => ReadonlySet<number>) | undefined;
  readonly isSequential?: boolean | undefined;
  /** From the first block on. */
  readonly strategy?: Partial<FetchStrategy> | undefined;
  readonly prepare?: PrepareFiles | undefined;
  /** Told of bytes of existing files that will be replaced, before it is done. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Everything that one share is started with. */
export interface ShareSetup extends ShareLimits, SearchWays {
  /** The metadata, or the link that names it. */
  readonly metainfo?: Metainfo | undefined;
  readonly magnet?: Magnet | undefined;
  /** The torrent file, where it says what this share is started with; see `TorrentFile`. */
  readonly torrent?: Uint8Array | 'kept' | undefined;
  readonly place: SharePlace;
  readonly trackers: readonly (readonly string[])[];
  /** Chooses files, once they are known; all by default. */
  readonly select?: ((metainfo: Metainfo) => ReadonlySet<number>) | undefined;
  readonly peers?: readonly Address[];
  readonly isSequential?: boolean;
  readonly strategy?: Partial<FetchStrategy> | undefined;
  readonly isSuperSeeding?: boolean;
  readonly prepare?: PrepareFiles | undefined;
  /** Told of bytes of existing files that will be replaced, before it is done; else `onNotice` of the share is. */
  readonly onWarning?: ((message: string) => void) | undefined;
}
