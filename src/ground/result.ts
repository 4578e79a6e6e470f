/**
 * Results for input that we did not write: malformed or hostile bytes are data, not exceptions.
 * A decoder returns a `Result`; what is wrong has a stable `code` for programs and a `message` for people.
 */

export interface Malformed {
  /** Stable and kebab-case, e.g. `bencode-truncated`. */
  readonly code: string;
  /** One sentence: what is wrong, and by which rule. */
  readonly message: string;
  /** Where and how the decoder stopped, for a reader of the bytes. */
  readonly detail?: string;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Malformed };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(code: string, message: string): { readonly ok: false; readonly error: Malformed } {
  return { ok: false, error: { code, message } };
}
