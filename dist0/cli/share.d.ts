import { type CommonOptions } from './options.ts';
export interface ShareCommandOptions extends CommonOptions {
    readonly dir?: string;
    readonly tracker?: readonly string[];
    readonly v1?: boolean;
    readonly v2?: boolean;
    readonly pieceLength?: number;
    readonly private?: boolean;
    readonly superSeed?: boolean;
}
export declare function runShare(path: string, options: ShareCommandOptions): Promise<void>;
