import type { Metainfo } from '../content/metainfo.ts';
import type { FileFingerprint } from '../storage/node/share-files.ts';
export declare class VersionFolder {
    #private;
    readonly outputDir: string;
    /** @param id tells apart what is followed into one folder */
    constructor(outputDir: string, id: string);
    /** Where a version is made. */
    stagingOf(shareKey: string): string;
    /** Finishes what a crash interrupted, and returns the memo of it; undefined when nothing was. */
    recover(): Promise<string | undefined>;
    /** What `show` announced is remembered elsewhere: the journal can go. */
    settle(): Promise<void>;
    /**
     * Shows a complete version under its name. Until `settle` a crash brings the memo back.
     * @param old the version that is shown now, if it is ours
     * @returns where it is shown, and where the old one was kept because somebody had changed it
     * @throws ShoalError name-conflict when something that is not ours has the name
     */
    show(staged: string, old: {
        readonly path: string;
        readonly metainfo: Metainfo;
        readonly isUntouched: boolean;
    } | undefined, memo: string): Promise<{
        readonly path: string;
        readonly kept: string | undefined;
    }>;
    /** Leftovers of versions that were never finished. */
    removeStaging(exceptKey: string): Promise<void>;
    /** Called at the end: no hidden folder stays behind when it is empty. */
    tidy(): Promise<void>;
}
/** Nothing of the old version changed since it was put there. */
export declare function isSameState(recorded: string, now: readonly FileFingerprint[]): boolean;
