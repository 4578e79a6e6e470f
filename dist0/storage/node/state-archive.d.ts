export interface ArchiveSummary {
    readonly shares: number;
    readonly files: number;
}
/** @throws ShoalError name-conflict, no-space, … */
export declare function exportState(folder: string, path: string): ArchiveSummary;
/**
 * Into a state folder that holds nothing yet: two pasts cannot be made one.
 * @throws ShoalError name-conflict, state-broken, state-too-new
 */
export declare function importState(path: string, folder: string): ArchiveSummary;
