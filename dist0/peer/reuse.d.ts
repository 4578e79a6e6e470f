import type { Metainfo } from '../content/metainfo.ts';
import type { ShareFiles } from '../storage/node/share-files.ts';
export interface Version {
    readonly metainfo: Metainfo;
    readonly files: ShareFiles;
}
/**
 * Whether the copies are right is not decided here: the new share hashes what it finds before it fetches the rest.
 * @returns bytes that were copied
 * @throws ShoalError no-space and other failures to write; an old file that cannot be read is passed over
 */
export declare function reuseData(before: Version, now: Version, signal: AbortSignal | undefined): Promise<number>;
