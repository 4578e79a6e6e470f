import { type Bytes } from '../ground/bytes.ts';
import type { Hasher } from '../ground/ports.ts';
import { type Result } from '../ground/result.ts';
import type { Metainfo } from './model.ts';
export type { FileEntry, InfoDictionary, Metainfo, TorrentVersion } from './model.ts';
/** Larger files exist nowhere; the bound keeps a hostile URL from filling memory. */
export declare const MAX_TORRENT_BYTES: number;
export declare function decodeMetainfo(bytes: Bytes, hasher: Hasher): Result<Metainfo>;
/** From the bare info dictionary, as peers send it to holders of a magnet link (BEP 9). */
export declare function metainfoFromInfo(infoBytes: Uint8Array, hasher: Hasher): Result<Metainfo>;
/**
 * A torrent that we stored ourselves. After a magnet link to a hybrid share its piece layers may be missing, since the
 * v1 hashes were enough: it is still good for going on.
 */
export declare function decodeStoredMetainfo(bytes: Bytes, hasher: Hasher): Result<Metainfo>;
/** Writes a `.torrent`; the info dictionary goes in byte for byte. */
export declare function encodeMetainfo(metainfo: Metainfo): Uint8Array<ArrayBuffer>;
