import type { Address } from '../ground/address.ts';
import { type CommonOptions } from './options.ts';
export interface GetCommandOptions extends CommonOptions {
    readonly output?: string;
    readonly select?: readonly string[];
    readonly sequential?: boolean;
    readonly peer?: readonly Address[];
    readonly tracker?: readonly string[];
    readonly seedTime?: number;
    readonly seedRatio?: number;
    readonly timeout?: number;
}
export declare function runGet(link: string, options: GetCommandOptions): Promise<void>;
