/** Assertions for our own bugs. They stay on in production: a wrong state must never spread to disk or peers. */
/** Thrown when Shoal itself is wrong. Never thrown for malformed input or a failing environment. */
export class BugError extends Error {
    name = 'BugError';
}
export function assert(condition, message) {
    if (!condition)
        throw new BugError(message);
}
