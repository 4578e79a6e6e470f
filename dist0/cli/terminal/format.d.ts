/** Numbers and names for people. Nothing that a stranger wrote reaches a terminal except through `printable`. */
/** Binary units: what file managers on Linux show. */
export declare function formatBytes(bytes: number): string;
export declare function formatRate(bytesPerSecond: number): string;
export declare function formatDuration(seconds: number): string;
export declare function printable(text: string): string;
/** The scripts of a word that mixes those whose letters look alike (Unicode TR 39), for a warning; empty for most names. */
export declare function mixedScripts(text: string): string[];
/** Columns that a text takes on a terminal, wide East Asian characters counted as two. */
export declare function columnsOf(text: string): number;
/** At most `columns` wide, with … where something was cut. */
export declare function fit(text: string, columns: number): string;
/** The same, keeping the end: of a message with a long path it is the reason that counts. */
export declare function fitEnd(text: string, columns: number): string;
export declare function padTo(text: string, columns: number): string;
