/**
 * The library: `import { createPeer } from "shoal"`. Promises, async iterators and `AbortSignal`; nothing happens on
 * import. See docs/library.md for examples that run.
 */
import './ground/node/require-node.ts';

export {
  createPeer,
  type GetOptions,
  type PeerOptions,
  type SeedOptions,
  type SharePathOptions,
  type ShoalPeer,
} from './peer/peer.ts';
export type { DhtOptions } from './peer/dht.ts';
export type { DhtService, FamilyStatus } from './dht/node/service.ts';
export type { Item } from './dht/core/operations.ts';
export { Follower, type FollowEvent, type FollowOptions } from './peer/follow.ts';
export { Publication, type PublishOptions } from './peer/publish.ts';
export { KeyStore, type SigningKey } from './storage/node/key-store.ts';
export { formatUpdateLink, parseUpdateLink, type UpdateLink } from './content/update-link.ts';
export type { FileReport, VerifyReport } from './storage/node/verify.ts';
export type { FileState } from './storage/verdicts.ts';
export type { Share } from './peer/share.ts';
export type { PeerStatus, SharePhase, ShareResult, ShareStatus } from './peer/status.ts';
export { type ErrorCode, ShoalError } from './ground/errors.ts';
export { type CreateOptions, createMetainfo } from './content/node/create.ts';
export { formatMagnet, type Magnet, parseMagnet } from './content/magnet.ts';
export {
  decodeMetainfo,
  encodeMetainfo,
  type FileEntry,
  type InfoDictionary,
  type Metainfo,
} from './content/metainfo.ts';
export { nodeHasher } from './ground/node/hasher.ts';
export { TrackerServer, type TrackerServerOptions } from './tracker/node/server.ts';
