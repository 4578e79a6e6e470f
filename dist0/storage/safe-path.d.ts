import { type Result } from '../ground/result.ts';
import type { InfoDictionary } from '../content/metainfo.ts';
/** One name, made safe: same input, same output; never empty, `.` or `..`. */
export declare function safeName(name: string): string;
export interface PlannedPaths {
    /** Safe name of the share: its file, or its folder. */
    readonly name: string;
    /** By file index: path below the output folder, starting with `name`; undefined for pads. */
    readonly paths: readonly (readonly string[] | undefined)[];
}
export declare function planPaths(info: InfoDictionary): Result<PlannedPaths>;
