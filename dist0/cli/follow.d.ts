import type { Address } from '../ground/address.ts';
import { type CommonOptions } from './options.ts';
export interface FollowCommandOptions extends CommonOptions {
    readonly output?: string;
    readonly once?: boolean;
    readonly every?: number;
    readonly peer?: readonly Address[];
    readonly timeout?: number;
}
export declare function runFollow(text: string, options: FollowCommandOptions): Promise<void>;
