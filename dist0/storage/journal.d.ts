export declare const JOURNAL_HEADER_LENGTH = 16;
export declare function encodeJournalHeader(epoch: number): Uint8Array;
export declare function encodeJournalEntries(epoch: number, pieces: readonly number[]): Uint8Array;
/** The pieces that are noted, or undefined when this is not the journal of that epoch. */
export declare function decodeJournal(bytes: Uint8Array, epoch: number): number[] | undefined;
