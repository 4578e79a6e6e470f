/** What a share is started with, and what may be changed about its limits. */
import type { Magnet } from '../../../data/content/magnet.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { Address } from '../../../ground/address.ts';
import type { TokenBucket } from '../../../ground/token-bucket.ts';
import type { ShareFiles } from '../../../data/storage/node/share-files.ts';
import type { FetchManner } from './manner.ts';
import type { SharePlace } from '../../../data/storage/node/share-storage.ts';

export interface ShareLimits {
  /** Bytes a second. */
  readonly downloadLimit?: number | undefined;
  readonly uploadLimit?: number | undefined;
  /** Connections; the peer's own number when absent. */
  readonly maxPeers?: number | undefined;
}

/** What the limits of a share are part of: those of a label or of the peer. */
export interface LimitGroup {
  /** Undefined for none. */
  readonly download: TokenBucket | undefined;
  readonly upload: TokenBucket | undefined;
  /** 0 to 1: so much is left to shares of higher priority. */
  readonly reserve: number;
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
  readonly manner?: Partial<FetchManner> | undefined;
  readonly isSuperSeeding?: boolean;
  /** Called when the files of a fetched share are known, before what exists of them is checked. */
  readonly prepare?: ((metainfo: Metainfo, files: ShareFiles) => Promise<void>) | undefined;
  /** Told of bytes of existing files that will be replaced, before it is done; else `onNotice` of the share is. */
  readonly onWarning?: ((message: string) => void) | undefined;
}
