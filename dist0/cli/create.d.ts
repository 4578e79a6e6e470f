import { type Metainfo } from '../content/metainfo.ts';
import { type CommonOptions } from './options.ts';
export interface CreateCommandOptions extends CommonOptions {
    readonly output?: string;
    readonly v1?: boolean;
    readonly v2?: boolean;
    readonly pieceLength?: number;
    readonly tracker?: readonly string[];
    readonly webSeed?: readonly string[];
    readonly private?: boolean;
    readonly comment?: string;
    readonly source?: string;
}
export declare function runCreate(path: string, options: CreateCommandOptions): Promise<void>;
export declare function describe(metainfo: Metainfo, torrent: string): {
    readonly name: string;
    readonly torrent: string;
    readonly magnet: string;
    readonly infoHashV1: string | null;
    readonly infoHashV2: string | null;
    readonly size: number;
    readonly files: number;
    readonly pieceLength: number;
};
export declare function magnetOf(metainfo: Metainfo): string;
