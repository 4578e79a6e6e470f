/**
 * Results for input that we did not write: malformed or hostile bytes are data, not exceptions.
 * A decoder returns a `Result`; what is wrong has a stable `code` for programs and a `message` for people.
 */
export function succeed(value) {
    return { ok: true, value };
}
export function fail(code, message) {
    return { ok: false, error: { code, message } };
}
