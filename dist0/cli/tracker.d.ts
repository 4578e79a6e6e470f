import { type CommonOptions } from './options.ts';
export interface TrackerCommandOptions extends CommonOptions {
    readonly interval?: number;
}
export declare function runTracker(options: TrackerCommandOptions): Promise<void>;
