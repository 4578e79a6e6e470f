/** Assertions for our own bugs. They stay on in production: a wrong state must never spread to disk or peers. */

/** Thrown when Shoal itself is wrong. Never thrown for malformed input or a failing environment. */
export class BugError extends Error {
  override readonly name: string = 'BugError';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}
