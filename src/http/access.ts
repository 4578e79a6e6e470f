/**
 * Access to the interfaces. One hook judges each request before its route runs. It grants a request
 *
 * 1. with the token: as `Authorization: Bearer`, as the password of Basic with any name, or as a session cookie;
 * 2. with a key in the address, for what that key names (`keys.ts`);
 * 3. from a plain program (`guard.ts`) on loopback whose socket belongs to the daemon's account (`socket-owner.ts`):
 *    existing programs for a daemon know no token. Root counts only for a daemon of root, because root runs proxies too.
 *
 * All other requests get only the page itself, `/health`, and the routes for signing in. Other accounts of this machine
 * reach 127.0.0.1 like the owner, but they have neither the token, which lies in the state folder, nor the account.
 *
 * Other accounts see secrets in an address, because a browser or a player is started with the address as an argument.
 * Where the system tells accounts apart, the address of the page therefore carries the *page token*, which signs in only
 * over sockets of the daemon's account. A cookie is valid only for the account that signed in, because browsers send it
 * to every port of a host, and another account may listen on one.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Authentication, findRoot, type Rooted } from '../host/roots.ts';
import { Type } from '../host/schema.ts';
import { Attempts, type Client } from './attempts.ts';
import { isPlainProgram, senderOf } from './guard.ts';
import { isInScope, keyOf, prefixOf, UrlKeys } from './keys.ts';
import type { Server } from './typed-server.ts';
import { DONE, ERROR } from './schemas.ts';
import { SESSION_SECONDS, Sessions } from './sessions.ts';
import { createOwnerLookup, ownAccount, type OwnerOf } from './socket-owner.ts';

const COOKIE = 'shoal';
const OWN_COOKIE = new RegExp(`^(?:${COOKIE}|SID)=([0-9a-f]{64})$`);
/** Each one is hashed. Browsers send one of each name, or two where paths differ. */
const MAX_COOKIES = 4;
/** Of a request to sign in, which needs no credentials. */
export const MAX_SIGN_IN_BYTES: number = 16 * 1024;

const SIGN_IN = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 200 }) },
  { additionalProperties: false },
);

/** Routes that need no token: the page, which asks for it, and the health check. */
const OPEN_ROUTES: readonly (readonly [string, RegExp])[] = [
  ['GET', /^\/(assets\/.+|health|icon\.svg|manifest\.webmanifest)?$/],
  ['POST', /^\/api\/v1\/sign-in$/],
];

export interface AccessOptions {
  readonly token: string;
  /** The secret of the keys in addresses, read at every use. */
  readonly keySecret: () => string;
  /** Their roots say what keys open. */
  readonly systems?: readonly Rooted[];
  /** Where sessions are kept; in memory only when absent. */
  readonly sessionFile?: string | undefined;
  /** The owner's programs on loopback need no token, where the system tells the owner of a socket. */
  readonly trustsAccount: boolean;
  /** For tests. */
  readonly account?: number | undefined;
  readonly ownerOf?: OwnerOf;
}

type Attempted =
  | { readonly kind: 'granted' }
  /** The client failed too often. */
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'unknown' };

/** `forbidden`: the key is valid for something else. */
export type Verdict = Attempted | { readonly kind: 'forbidden' };

const GRANTED = { kind: 'granted' } as const;
const UNKNOWN = { kind: 'unknown' } as const;

/** `secret` is what the cookie holds. */
export type SignedIn = { readonly secret: string } | Exclude<Attempted, { kind: 'granted' }>;

/** Signs in over sockets of the owner's account only. Commands derive it from the token as the daemon does. */
export function pageTokenOf(token: string): string {
  return createHmac('sha256', token).update('page token').digest('hex').slice(0, 32);
}

export class Access {
  readonly keys: UrlKeys;
  readonly #options: AccessOptions;
  readonly #account: number | undefined;
  readonly #ownerOf: OwnerOf;
  readonly #sessions: Sessions;
  readonly #attempts = new Attempts();

  constructor(options: AccessOptions) {
    this.#options = options;
    this.keys = new UrlKeys(options.keySecret, options.systems ?? []);
    this.#sessions = new Sessions(options.token, options.sessionFile);
    this.#ownerOf = options.ownerOf ?? createOwnerLookup();
    this.#account = 'account' in options ? options.account : ownAccount();
  }

  async judge(request: FastifyRequest): Promise<Verdict> {
    const { headers } = request;
    const key = keyOf(request.raw);
    if (key !== undefined) return this.#judgeKey(request, key);
    if (await this.isOwnProgram(request)) return GRANTED;
    const sessions = cookiesOf(headers.cookie).flatMap((cookie) => this.#sessions.find(cookie) ?? []);
    if (sessions.length > 0) {
      const account = await this.#ownerOf(request.socket);
      if (sessions.some((session) => session.account === account)) return GRANTED;
    }
    if (headers.authorization === undefined) return UNKNOWN;
    // Before the token is compared: a client that failed too often does not even learn that this one was right.
    return this.#attempt(request, () => this.#isToken(passwordOf(headers.authorization!)));
  }

  /** True for a plain program of the daemon's account on this machine, which needs no token. */
  async isOwnProgram({ headers, raw, socket }: FastifyRequest): Promise<boolean> {
    if (!this.#options.trustsAccount || this.#account === undefined) return false;
    return isPlainProgram(headers, raw.httpVersion) && (await this.#ownerOf(socket)) === this.#account;
  }

  /** Signs a person in, or a program that has a form for it. */
  async signIn(request: FastifyRequest, token: string): Promise<SignedIn> {
    const account = await this.#ownerOf(request.socket);
    const isOwn = account !== undefined && account === this.#account;
    const isRight = (): boolean =>
      this.#isToken(token) || (isOwn && isSame(token, pageTokenOf(this.#options.token)));
    // A program that needs no token may send any: its settings demand one.
    const verdict = (await this.isOwnProgram(request)) ? GRANTED : await this.#attempt(request, isRight);
    if (verdict.kind !== 'granted') return verdict;
    return { secret: this.#sessions.begin(account, senderOf(request.headers) === 'page') };
  }

  signOut(cookie: string | undefined): void {
    for (const secret of cookiesOf(cookie)) this.#sessions.end(secret);
  }

  /**
   * The prefix of a file's address for a player, which can send no token: empty where the account grants access, else
   * a key. Other accounts see a key among the arguments of a player, so it is used only where it is needed.
   */
  async prefixFor(request: FastifyRequest, name: string, number?: number): Promise<string> {
    const given = prefixOf(request.raw);
    if (given !== '') return given;
    const { trustsAccount } = this.#options;
    const isOwn =
      trustsAccount && this.#account !== undefined && (await this.#ownerOf(request.socket)) === this.#account;
    return isOwn ? '' : this.keys.prefixFor(name, number);
  }

  #judgeKey(request: FastifyRequest, key: string): Promise<Verdict> | Verdict {
    const scope = this.keys.scopeOf(key);
    if (scope === undefined) return this.#attempt(request, () => false);
    const params = (request.params ?? {}) as Readonly<Record<string, string>>;
    const isOpened = isInScope(scope, request.method, request.routeOptions.url, params);
    return isOpened ? GRANTED : { kind: 'forbidden' };
  }

  async #attempt(request: FastifyRequest, isRight: () => boolean): Promise<Attempted> {
    const client = await this.#clientOf(request);
    // The owner's programs may read the token anyway; a script with an old token must not lock the commands out.
    const isLimited = !(client.isOwn && this.#options.trustsAccount);
    const seconds = isLimited ? this.#attempts.waitOf(client) : 0;
    if (seconds > 0) return { kind: 'wait', seconds };
    if (isRight()) return GRANTED;
    if (isLimited) this.#attempts.note(client);
    return UNKNOWN;
  }

  /** Accounts of this machine share one address. One must not lock out another, nor a page a program. */
  async #clientOf({ headers, ip, socket }: FastifyRequest): Promise<Client> {
    const account = await this.#ownerOf(socket);
    if (account === undefined) return { name: ip, isOwn: false };
    const sender = senderOf(headers);
    return { name: `${sender} of ${account}`, isOwn: account === this.#account && sender === 'program' };
  }

  #isToken(given: string | undefined): boolean {
    return given !== undefined && isSame(given, this.#options.token);
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/**
 * Sends a cookie that scripts do not see and other sites do not send. Its value needs no escaping.
 * @param secret of a session; undefined takes the cookie back
 * @param lifeSeconds absent for a cookie that ends with the browser
 */
export function sendCookie(
  reply: FastifyReply,
  name: string,
  secret: string | undefined,
  lifeSeconds?: number,
): FastifyReply {
  const age = secret === undefined ? 0 : lifeSeconds;
  const life = age === undefined ? '' : `; Max-Age=${age}`;
  return reply.header('set-cookie', `${name}=${secret ?? ''}; HttpOnly; SameSite=Strict; Path=/${life}`);
}

/**
 * The session cookies of the page and of programs for qBittorrent; one browser may hold both. All of one name are tried:
 * a program on another port of this host can set one that the browser sends first.
 */
function cookiesOf(header: string | undefined): string[] {
  const found = (header ?? '').split(';').flatMap((pair) => OWN_COOKIE.exec(pair.trim())?.[1] ?? []);
  return found.slice(0, MAX_COOKIES);
}

/** The token in `Bearer TOKEN`, or in `Basic base64(NAME:TOKEN)` with any name. */
function passwordOf(authorization: string): string | undefined {
  const [scheme, value = ''] = authorization.split(' ');
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  return /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString())?.[1];
}

function isOpen({ method, routeOptions }: FastifyRequest, signInPaths: ReadonlySet<string>): boolean {
  const asked = method === 'HEAD' ? 'GET' : method;
  const url = routeOptions.url ?? '-';
  if (asked === 'POST' && signInPaths.has(url)) return true;
  return OPEN_ROUTES.some(([open, route]) => open === asked && route.test(url));
}

/**
 * Checks every request, and adds the routes that exchange the token for a cookie.
 * @param systems whose roots say how their clients sign in
 */
export function addAccess(server: Server, access: Access, systems: readonly Rooted[]): void {
  const signInPaths = new Set(
    systems.flatMap(({ roots = [] }) => roots.flatMap(({ signInPath }) => signInPath ?? [])),
  );
  server.addHook('onRequest', async (request, reply) => {
    // Also where no key is needed: a wrong key is never accepted.
    if (isOpen(request, signInPaths) && keyOf(request.raw) === undefined) return undefined;
    const verdict = await access.judge(request);
    switch (verdict.kind) {
      case 'granted':
        return undefined;
      case 'wait':
        return refuseForNow(reply, verdict.seconds);
      case 'forbidden':
        return reply
          .code(403)
          .send({ code: 'no-permission', message: 'this key is not valid for this address' });
      case 'unknown':
        return refuse(request, reply, authenticationAt(systems, request.url));
    }
  });
  addSignIn(server, access);
}

function refuseForNow(reply: FastifyReply, seconds: number): FastifyReply {
  const message = `too many failed attempts: try again in ${seconds} s`;
  return reply.code(429).header('retry-after', seconds).send({ code: 'refused', message });
}

/** People ask for routes that no system owns; programs ask for the API. */
function authenticationAt(systems: readonly Rooted[], url: string): Authentication {
  const found = findRoot(systems, url)?.root.authentication;
  return found ?? (url.startsWith('/api/v1/') ? 'token' : 'basic');
}

function refuse(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  authentication: Authentication,
): FastifyReply {
  if (authentication === 'sign-in') return reply.code(403).type('text/plain').send('Forbidden');
  // The page asks for the token itself; this header would make browsers ask first. They send no mode without TLS.
  const mode = headers['sec-fetch-mode'];
  if (authentication === 'basic' && (mode === undefined || mode === 'navigate'))
    reply.header('www-authenticate', 'Basic realm="Shoal", charset="UTF-8"');
  return reply.code(401).send({
    code: 'no-permission',
    message: 'sign in with the token in the file api-token of the state folder',
  });
}

function addSignIn(server: Server, access: Access): void {
  server.post(
    '/api/v1/sign-in',
    {
      schema: {
        summary: 'Begins a session: takes the token and gives a cookie.',
        body: SIGN_IN,
        response: { 204: DONE, '4xx': ERROR },
      },
      bodyLimit: MAX_SIGN_IN_BYTES,
    },
    async (request, reply) => {
      const signed = await access.signIn(request, request.body.token);
      if ('secret' in signed)
        return sendCookie(reply, COOKIE, signed.secret, SESSION_SECONDS).code(204).send();
      if (signed.kind === 'wait') return refuseForNow(reply, signed.seconds);
      return reply.code(403).send({ code: 'no-permission', message: 'this is not the token' });
    },
  );
  server.post(
    '/api/v1/sign-out',
    { schema: { summary: 'Ends the session of the cookie.', response: { 204: DONE } } },
    async (request, reply) => {
      access.signOut(request.headers.cookie);
      return sendCookie(reply, COOKIE, undefined).code(204).send();
    },
  );
}
