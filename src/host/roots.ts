/**
 * Roots: the places of the HTTP server that belong to a system. `/api/v1/<name>` belongs to the system of that name; others,
 * such as the interface of another program, are declared. One hook decides for all of them who may ask
 * (`http/access.ts`); a root says how its clients sign in.
 */

/**
 * How a client without a token is answered:
 * - `token`: 401 and a JSON error; the client sends the token as `Authorization: Bearer`.
 * - `basic`: 401 with a challenge, so that a client asks for name and password (RFC 7617). The token is the password.
 * - `sign-in`: 403 in plain text; the client signs in at a place below the root and keeps a cookie.
 */
export type Authentication = 'token' | 'basic' | 'sign-in';

/** What a key opens: all of a root, or what lies below one number in it. */
export interface RootKey {
  /** Lower case letters: the key begins with it. One name belongs to one root. */
  readonly name: string;
  /** The parameter of its routes that the key has to name as well: `id` opens what lies below `ROOT/:id`. Its values are numbers from 1. */
  readonly parameter?: string;
  /** Its clients look at the top of the server first, other than with GET. */
  readonly opensTop?: boolean;
}

export interface Root {
  /** Such as `/files`: it and all below it. */
  readonly path: string;
  readonly authentication: Authentication;
  /** Keys in addresses that open it, for reading: see `http/keys.ts`. */
  readonly key?: RootKey;
  /** Of `sign-in`: where clients sign in with a POST, such as `/api/v2/auth/login`. Open to everybody. */
  readonly signInPath?: string;
}

/** A system, as far as its roots go. */
export interface Rooted {
  readonly name: string;
  readonly roots?: readonly Root[];
}

/** All that a system owns. */
export function rootsOf({ name, roots = [] }: Rooted): readonly Root[] {
  return [{ path: `/api/v1/${name}`, authentication: 'token' }, ...roots];
}

/**
 * The root that a request lies in, and whose it is: the longest, where one lies in another.
 * @param url with or without a query
 */
export function findRoot<System extends Rooted>(
  systems: readonly System[],
  url: string,
): { readonly system: System; readonly root: Root } | undefined {
  const path = url.split('?')[0]!;
  const found = systems.flatMap((system) =>
    rootsOf(system)
      .filter((root) => isBelow(path, root.path))
      .map((root) => ({ system, root })),
  );
  return found.sort((a, b) => b.root.path.length - a.root.path.length)[0];
}

export const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);
