import type { Geometry } from '../../content/geometry.ts';
import type { LinkReceiver } from '../../link/node/tcp.ts';
export interface WebSeedOptions {
    readonly url: string;
    readonly geometry: Geometry;
    readonly userAgent: string;
    readonly receiver: LinkReceiver;
}
/** The address of one file of a share (BEP 19): a folder's address ends with the share's name and the file's path. */
export declare function fileUrl(base: string, geometry: Geometry, file: number): string;
export declare class WebSeedLink {
    #private;
    constructor(options: WebSeedOptions);
    /** The machine's messages are taken at once. */
    readonly unsent = 0;
    /** What was asked for comes, and no more: there is nothing to hold back. */
    pause(): void;
    resume(): void;
    /** What a seed says first: it has all, and chokes nobody. */
    start(): void;
    /** Bytes from the swarm machine. */
    write(bytes: Uint8Array, taken?: () => void): void;
    close(): void;
}
