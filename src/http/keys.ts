/**
 * Keys for programs that take nothing but an address: `/key/KEY/files/3/0/film.mp4` for a player, `/key/KEY/webdav/` for
 * a mount, `/key/KEY/metrics` for a collector. A key gives read access to the one thing that its name says (`share3`,
 * `webdav`, `metrics`). No key changes anything or reaches the API.
 *
 * A key is `NAME-MAC`: the MAC is HMAC-SHA256 of the name under a secret of the state folder, cut to 128 bits. Keys are
 * therefore not stored, all of them can be listed, and a new secret ends them all. The number of a share is never used
 * again, so a key never opens another share.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const PREFIX = '/key/';
const IN_PATH = /^\/key\/([a-z0-9-]{1,100})(\/.*)?$/;
const NAME = /^(?:webdav|metrics|share([1-9]\d{0,14}))$/;
/** 128 bits, in hex digits. */
const MAC_DIGITS = 32;
/** The methods that a key allows: none of them changes anything. */
const READING: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'PROPFIND'];

export type Scope =
  | { readonly kind: 'webdav' | 'metrics' }
  | { readonly kind: 'share'; readonly share: number };

const given = new WeakMap<IncomingMessage, string>();

/** Notes the key of an address. @returns the address without the key, for the router */
export function takeKey(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const match = IN_PATH.exec(url);
  if (match === null) return url;
  given.set(request, match[1]!);
  return match[2] ?? '/';
}

/** The key in the address of a request, valid or not. */
export function keyOf(request: IncomingMessage): string | undefined {
  return given.get(request);
}

/** The prefix of addresses in answers, so that they carry the same key. */
export function prefixOf(request: IncomingMessage): string {
  const key = given.get(request);
  return key === undefined ? '' : PREFIX + key;
}

export class UrlKeys {
  readonly #secret: () => string;

  /** @param secret read at every use, so that a new one counts at once */
  constructor(secret: () => string) {
    this.#secret = secret;
  }

  /** The prefix of an address of that scope. */
  prefixFor(scope: Scope): string {
    const name = scope.kind === 'share' ? `share${scope.share}` : scope.kind;
    return `${PREFIX}${name}-${this.#macOf(name)}`;
  }

  /** Undefined for an invalid key, and for one of an earlier secret. */
  scopeOf(key: string): Scope | undefined {
    const at = key.lastIndexOf('-');
    const [name, mac] = [key.slice(0, Math.max(0, at)), key.slice(at + 1)];
    const match = NAME.exec(name);
    const right = Buffer.from(this.#macOf(name));
    const told = Buffer.from(mac);
    if (match === null || told.length !== right.length || !timingSafeEqual(told, right)) return undefined;
    if (match[1] !== undefined) return { kind: 'share', share: Number(match[1]) };
    return { kind: name as 'webdav' | 'metrics' };
  }

  #macOf(name: string): string {
    return createHmac('sha256', this.#secret()).update(`url key ${name}`).digest('hex').slice(0, MAC_DIGITS);
  }
}

/**
 * @param route of the request, as it was registered; undefined where there is none
 * @param share the parameter `id` of the route
 */
export function isInScope(
  scope: Scope,
  method: string,
  route: string | undefined,
  share: string | undefined,
): boolean {
  if (route === undefined || !READING.includes(method)) return false;
  switch (scope.kind) {
    case 'share':
      return route.startsWith('/files/:id/') && share === `${scope.share}`;
    case 'metrics':
      return route === '/metrics';
    case 'webdav':
      // Clients look at the root of the server first. GET of it is the page, which needs no key.
      return route === '/' || route === '/webdav' || route === '/webdav/*';
  }
}
