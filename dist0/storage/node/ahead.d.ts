/** Work on many files, some of them side by side. */
/** Runs `work` for each entry, some side by side; the first failure ends it. */
export declare function forEachAhead<T>(entries: readonly T[], ahead: number, work: (entry: T) => Promise<void>): Promise<void>;
