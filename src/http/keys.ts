/**
 * Keys for programs that take nothing but an address: `/key/KEY/files/3/0/film.mp4` for a player, `/key/KEY/webdav/` for
 * a mount, `/key/KEY/metrics` for a collector. A key gives read access to the one thing that its name says (`share3`,
 * `webdav`, `metrics`). No key changes anything or reaches the API. What a key opens, the owner of the root declares
 * (`host/roots.ts`).
 *
 * A key is `NAME-MAC`: the MAC is HMAC-SHA256 of the name under a secret of the state folder, cut to 128 bits. Keys are
 * therefore not stored, all of them can be listed, and a new secret ends them all. The number of a share is never used
 * again, so a key never opens another share.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { assert } from '../ground/assert.ts';
import { isBelow, type Root, type RootKey, type Rooted } from '../host/roots.ts';

const PREFIX = '/key/';
const IN_PATH = /^\/key\/([a-z0-9-]{1,100})(\/.*)?$/;
/** Letters, and behind them the number of what the key opens. */
const NAME = /^([a-z]+)([1-9]\d{0,14})?$/;
/** 128 bits, in hex digits. */
const MAC_DIGITS = 32;
/** The methods that a key allows: none of them changes anything. */
const READING: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'PROPFIND'];

type KeyedRoot = Root & { readonly key: RootKey };

/** The house's own. */
const METRICS: KeyedRoot = { path: '/metrics', authentication: 'token', key: { name: 'metrics' } };

/** What a valid key opens. */
export interface Scope {
  readonly root: KeyedRoot;
  /** Where the root's keys open one thing of many. */
  readonly number: number | undefined;
}

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
  readonly #roots: ReadonlyMap<string, KeyedRoot>;

  /**
   * @param secret read at every use, so that a new one counts at once
   * @param systems with the roots that keys open
   */
  constructor(secret: () => string, systems: readonly Rooted[]) {
    this.#secret = secret;
    const roots = new Map<string, KeyedRoot>();
    for (const root of [METRICS, ...systems.flatMap((system) => system.roots ?? [])]) {
      if (root.key === undefined) continue;
      const { name } = root.key;
      assert(/^[a-z]+$/.test(name), `${name} is no name of a key`);
      assert(!roots.has(name), `the keys of two roots are called ${name}`);
      roots.set(name, { ...root, key: root.key });
    }
    this.#roots = roots;
  }

  /** The prefix of an address that such a key opens. @param number of the one thing that it opens, where there are many */
  prefixFor(name: string, number?: number): string {
    const root = this.#roots.get(name);
    const hasNumber = root?.key.parameter !== undefined;
    assert(root !== undefined && hasNumber === (number !== undefined), `there is no key ${name} ${number}`);
    const whole = `${name}${number ?? ''}`;
    return `${PREFIX}${whole}-${this.#macOf(whole)}`;
  }

  /** Undefined for an invalid key, and for one of an earlier secret. */
  scopeOf(key: string): Scope | undefined {
    const at = key.lastIndexOf('-');
    const [name, mac] = [key.slice(0, Math.max(0, at)), key.slice(at + 1)];
    const right = Buffer.from(this.#macOf(name));
    const told = Buffer.from(mac);
    if (told.length !== right.length || !timingSafeEqual(told, right)) return undefined;
    const [, letters = '', digits] = NAME.exec(name) ?? [];
    const root = this.#roots.get(letters);
    const isWhole = (root?.key.parameter !== undefined) === (digits !== undefined);
    if (root === undefined || !isWhole) return undefined;
    return { root, number: digits === undefined ? undefined : Number(digits) };
  }

  #macOf(name: string): string {
    return createHmac('sha256', this.#secret()).update(`url key ${name}`).digest('hex').slice(0, MAC_DIGITS);
  }
}

/**
 * @param route of the request, as it was registered; undefined where there is none
 * @param params of the route
 */
export function isInScope(
  { root: { path, key }, number }: Scope,
  method: string,
  route: string | undefined,
  params: Readonly<Record<string, string>>,
): boolean {
  if (route === undefined || !READING.includes(method)) return false;
  // GET of the top is the page, which needs no key.
  if (key.opensTop === true && route === '/') return true;
  const { parameter } = key;
  if (parameter === undefined) return isBelow(route, path);
  return route.startsWith(`${path}/:${parameter}/`) && params[parameter] === `${number}`;
}
