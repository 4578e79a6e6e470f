import { type CommonOptions } from './options.ts';
export interface PublishCommandOptions extends CommonOptions {
    readonly key?: string;
    readonly pieceLength?: number;
}
export declare function runPublish(name: string, path: string, options: PublishCommandOptions): Promise<void>;
