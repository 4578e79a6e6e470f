/**
 * The library: `import { createPeer } from "shoal"`. Promises, async iterators and `AbortSignal`; nothing happens on
 * import. See docs/library.md for examples that run.
 */
import './ground/node/require-node.ts';

export { createPeer, type ShoalPeer } from './systems/torrents/share/peer.ts';
export type {
  GetOptions,
  PeerOptions,
  SeedOptions,
  SharePathOptions,
} from './systems/torrents/share/options.ts';
export type { DhtOptions } from './net/dht/node/start.ts';
export type { DhtService, FamilyStatus } from './net/dht/node/service.ts';
export type { Item } from './net/dht/core/operations.ts';
export { Follower, type FollowEvent, type FollowOptions } from './systems/torrents/share/follow.ts';
export type { TorrentFile } from './systems/torrents/share/link-source.ts';
export { Publication, type PublishOptions } from './systems/torrents/share/publish.ts';
export { KeyStore, type SigningKey } from './host/state/key-store.ts';
export { formatUpdateLink, parseUpdateLink, type UpdateLink } from './data/content/update-link.ts';
export type { FileReport, VerifyReport } from './data/storage/node/verify.ts';
export type { FileState } from './data/storage/verdicts.ts';
export type { Share } from './systems/torrents/share/share.ts';
export type { PeerStatus, SharePhase, ShareResult, ShareStatus } from './systems/torrents/share/status.ts';
export { type ErrorCode, ShoalError } from './ground/errors.ts';
export { type Denial, type Filter, NO_FILTER, type Occasion } from './ground/filter.ts';
export type { TorrentErrorCode } from './systems/torrents/errors.ts';
export { type CreateOptions, createMetainfo } from './data/content/node/create.ts';
export { formatMagnet, type Magnet, parseMagnet } from './data/content/magnet.ts';
export {
  decodeMetainfo,
  encodeMetainfo,
  type FileEntry,
  type InfoDictionary,
  type Metainfo,
} from './data/content/metainfo.ts';
export { nodeHasher } from './ground/node/hasher.ts';
export { TrackerServer, type TrackerServerOptions } from './net/tracker/node/server.ts';
