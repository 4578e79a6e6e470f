/** Assertions for our own bugs. They stay on in production: a wrong state must never spread to disk or peers. */
/** Thrown when Shoal itself is wrong. Never thrown for malformed input or a failing environment. */
export declare class BugError extends Error {
    readonly name: string;
}
export declare function assert(condition: unknown, message: string): asserts condition;
