/**
 * The library: `import { createPeer } from "shoal"`. Promises, async iterators and `AbortSignal`; nothing happens on
 * import. See docs/library.md for examples that run.
 */
export { createPeer, } from './peer/peer.js';
export { Follower } from './peer/follow.js';
export { Publication } from './peer/publish.js';
export { KeyStore } from './storage/node/key-store.js';
export { formatUpdateLink, parseUpdateLink } from './content/update-link.js';
export { ShoalError } from './ground/errors.js';
export { createMetainfo } from './content/node/create.js';
export { formatMagnet, parseMagnet } from './content/magnet.js';
export { decodeMetainfo, encodeMetainfo, } from './content/metainfo.js';
export { nodeHasher } from './ground/node/hasher.js';
export { TrackerServer } from './tracker/node/server.js';
