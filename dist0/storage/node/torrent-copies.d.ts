import type { ShareKind } from '../records.ts';
export interface Place {
    readonly folder: string;
    readonly kind: ShareKind;
}
export interface KeptPlace extends Place {
    readonly key: string;
}
export declare class TorrentCopies {
    #private;
    readonly folder: string;
    constructor(folder: string);
    pathOf(key: string): string;
    /** @throws ShoalError no-space, no-permission, … */
    save(key: string, place: Place, torrent: Uint8Array): void;
    /** Where shares lay; what cannot be read is left where it is. */
    places(): Generator<KeptPlace>;
    /** Undefined when there is none. */
    read(key: string): Uint8Array | undefined;
}
/** The old content or the new one, never half of it, whatever happens. */
export declare function replaceFile(path: string, content: Uint8Array, mode?: number): void;
