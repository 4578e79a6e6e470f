import { type CommonOptions } from './options.ts';
export interface DhtCommandOptions extends CommonOptions {
    readonly timeout?: number;
    readonly key?: string;
    readonly salt?: string;
    readonly seq?: number;
    readonly cas?: number;
    readonly seed?: boolean;
    readonly announcePort?: number;
    readonly nodes?: number;
}
export declare function runDhtLookup(hash: string, options: DhtCommandOptions): Promise<void>;
export declare function runDhtAnnounce(hash: string, options: DhtCommandOptions): Promise<void>;
export declare function runDhtGet(target: string, options: DhtCommandOptions): Promise<void>;
export declare function runDhtPut(value: string, options: DhtCommandOptions): Promise<void>;
export declare function runDhtSample(options: DhtCommandOptions): Promise<void>;
export declare function runDhtStatus(options: DhtCommandOptions): Promise<void>;
/** Walks through the key space from lookup to lookup, and counts whom it meets. */
export declare function runDhtCrawl(options: DhtCommandOptions): Promise<void>;
