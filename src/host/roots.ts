/**
 * Roots: the places of the HTTP server that belong to a system. `/api/v1/<name>` belongs to the system of that name; others,
 * such as the interface of another program, are declared. Who may ask is decided by one hook for all of them
 * (`http/access.ts`); a root says how its clients sign in.
 */

/**
 * How a client without a token is answered:
 * - `token`: 401 and a JSON error; the client sends the token as `Authorization: Bearer`.
 * - `basic`: 401 with a challenge, so that a client asks for name and password (RFC 7617). The token is the password.
 * - `sign-in`: 403 in plain text; the client signs in at a place below the root and keeps a cookie.
 */
export type Authentication = 'token' | 'basic' | 'sign-in';

export interface Root {
  /** Such as `/files`: it and all below it. */
  readonly path: string;
  readonly authentication: Authentication;
  /** Of `sign-in`: where clients sign in with a POST, such as `/api/v2/auth/login`. Open to everybody. */
  readonly signInPath?: string;
}

/** All that a system owns. */
export function rootsOf({ name, roots = [] }: Rooted): readonly Root[] {
  return [{ path: `/api/v1/${name}`, authentication: 'token' }, ...roots];
}

export interface Rooted {
  readonly name: string;
  readonly roots?: readonly Root[] | undefined;
}

/** The path of a request, without its query, lies at the root or below it. */
export function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}
