import { type Magnet } from '../content/magnet.ts';
import { type Metainfo } from '../content/metainfo.ts';
export type LinkSource = {
    readonly metainfo: Metainfo;
} | {
    readonly magnet: Magnet;
};
/** @throws ShoalError bad-link, bad-torrent, not-found, tracker-failed */
export declare function readLink(link: string, signal?: AbortSignal): Promise<LinkSource>;
/** @throws ShoalError bad-torrent, not-found, no-permission */
export declare function readTorrentFile(path: string): Promise<Metainfo>;
