import type { Disk } from '../../ground/node/disk.ts';
export interface MovePlan {
    readonly from: string;
    readonly to: string;
    /** Paths below the folders; each may exist under its name or as a part. */
    readonly paths: readonly (readonly string[])[];
}
/** @throws ShoalError name-conflict when a name is taken there */
export declare function requireFree(disk: Disk, { to, paths }: MovePlan): Promise<void>;
/**
 * Moves what is still in the old place. May be called again after a crash.
 * @throws ShoalError no-space, no-permission, name-conflict, …
 */
export declare function moveFiles(disk: Disk, { from, to, paths }: MovePlan): Promise<void>;
