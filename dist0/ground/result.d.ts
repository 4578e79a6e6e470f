/**
 * Results for input that we did not write: malformed or hostile bytes are data, not exceptions.
 * A decoder returns a `Result`; what is wrong has a stable `code` for programs and a `message` for people.
 */
export interface Malformed {
    /** Stable and kebab-case, e.g. `bencode-truncated`. */
    readonly code: string;
    /** One sentence: what is wrong, and by which rule. */
    readonly message: string;
}
export type Result<T> = {
    readonly ok: true;
    readonly value: T;
} | {
    readonly ok: false;
    readonly error: Malformed;
};
export declare function succeed<T>(value: T): Result<T>;
export declare function fail(code: string, message: string): {
    readonly ok: false;
    readonly error: Malformed;
};
