/**
 * Who may ask? One hook before every route, those of a page and of a later version as well, asks this for each request. It
 * is granted
 *
 * 1. for the token: as `Authorization: Bearer`, as the password of Basic with any name, as a cookie that signing in gives;
 * 2. for a key in the address, which opens what it names (`keys.ts`);
 * 3. on loopback, to a plain program (`guard.ts`) whose socket belongs to the account of the daemon (`socket-owner.ts`):
 *    what drives a daemon today knows no token. Root counts for a daemon of root only: it runs proxies as well.
 *
 * Nobody else gets anything but the page itself, `/health`, and the places to sign in. Other accounts of this machine
 * reach 127.0.0.1 like the owner; what they lack is the token, which lies in the state folder, and the account.
 *
 * Secrets in an address are seen by other accounts: whatever opens a browser or a player has the address among its
 * arguments. So the address of the page carries the *page token* where accounts can be told apart: it signs in, and does
 * so over sockets of the daemon's account alone. A cookie counts for the account that signed in alone as well, because
 * browsers send it to every port of a host, and another account may listen on one.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Authentication, findRoot, type Rooted } from '../host/roots.ts';
import { Attempts, type Client } from './attempts.ts';
import { isPlainProgram, senderOf } from './guard.ts';
import { isInScope, keyOf, prefixOf, type Scope, UrlKeys } from './keys.ts';
import { SESSION_SECONDS, Sessions } from './sessions.ts';
import { createOwnerLookup, ownAccount, type OwnerOf } from './socket-owner.ts';

const COOKIE = 'shoal';
const OWN_COOKIE = new RegExp(`^(?:${COOKIE}|SID)=([0-9a-f]{64})$`);
/** Each is hashed. Browsers send one of each name, or two where paths differ. */
const MAX_COOKIES = 4;
/** Of a request to sign in: everybody may send one. */
export const MAX_SIGN_IN_BYTES: number = 16 * 1024;

/** Routes that are answered without a token: the page itself, so that it can ask for one, and whether anybody is here. */
const OPEN_ROUTES: readonly (readonly [string, RegExp])[] = [
  ['GET', /^\/(assets\/.+|health|icon\.svg|manifest\.webmanifest)?$/],
  ['POST', /^\/api\/v1\/sign-in$/],
];

export interface AccessOptions {
  readonly token: string;
  /** Of the keys in addresses; asked for at every use. */
  readonly keySecret: () => string;
  /** Where sessions are kept; in memory only when absent. */
  readonly sessionFile?: string | undefined;
  /** The owner's programs on loopback need no token, where the system tells whose a socket is. */
  readonly trustsAccount: boolean;
  /** For tests. */
  readonly account?: number | undefined;
  readonly ownerOf?: OwnerOf;
}

type Attempted =
  | { readonly kind: 'granted' }
  /** It failed too often. */
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'unknown' };

/** `forbidden`: its key opens something else. */
export type Verdict = Attempted | { readonly kind: 'forbidden' };

const GRANTED = { kind: 'granted' } as const;
const UNKNOWN = { kind: 'unknown' } as const;

/** `secret` is what the cookie holds. */
export type SignedIn = { readonly secret: string } | Exclude<Attempted, { kind: 'granted' }>;

/** Signs in over sockets of the owner's account only. The same for the daemon and for commands that know the token. */
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
    this.keys = new UrlKeys(options.keySecret);
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
    // Before the token is looked at: who failed too often learns nothing, not even that this one was right.
    return this.#attempt(request, () => this.#isToken(passwordOf(headers.authorization!)));
  }

  /** It needs no token: a plain program of the daemon's account, on this machine. */
  async isOwnProgram({ headers, raw, socket }: FastifyRequest): Promise<boolean> {
    if (!this.#options.trustsAccount || this.#account === undefined) return false;
    return isPlainProgram(headers, raw.httpVersion) && (await this.#ownerOf(socket)) === this.#account;
  }

  /** For sign-in of people and of programs that have a form for it. */
  async signIn(request: FastifyRequest, token: string): Promise<SignedIn> {
    const account = await this.#ownerOf(request.socket);
    const isOwn = account !== undefined && account === this.#account;
    const isRight = (): boolean =>
      this.#isToken(token) || (isOwn && isSame(token, pageTokenOf(this.#options.token)));
    // A program that needs no token may send any: it was told to send one.
    const verdict = (await this.isOwnProgram(request)) ? GRANTED : await this.#attempt(request, isRight);
    if (verdict.kind !== 'granted') return verdict;
    return { secret: this.#sessions.begin(account, senderOf(request.headers) === 'page') };
  }

  signOut(cookie: string | undefined): void {
    for (const secret of cookiesOf(cookie)) this.#sessions.end(secret);
  }

  /**
   * What stands before the address of a share's file, for a player that can be given nothing else: nothing where the
   * account opens it, a key elsewhere. A key among the arguments of a player is seen by other accounts.
   */
  async prefixFor(request: FastifyRequest, scope: Scope): Promise<string> {
    const given = prefixOf(request.raw);
    if (given !== '') return given;
    const { trustsAccount } = this.#options;
    const isOwn =
      trustsAccount && this.#account !== undefined && (await this.#ownerOf(request.socket)) === this.#account;
    return isOwn ? '' : this.keys.prefixFor(scope);
  }

  #judgeKey(request: FastifyRequest, key: string): Promise<Verdict> | Verdict {
    const scope = this.keys.scopeOf(key);
    if (scope === undefined) return this.#attempt(request, () => false);
    const { id } = (request.params ?? {}) as { readonly id?: string };
    return isInScope(scope, request.method, request.routeOptions.url, id) ? GRANTED : { kind: 'forbidden' };
  }

  async #attempt(request: FastifyRequest, isRight: () => boolean): Promise<Attempted> {
    const client = await this.#clientOf(request);
    // Whatever runs as the owner may read the token; a script of his with an old one must not lock his commands out.
    const isLimited = !(client.isOwn && this.#options.trustsAccount);
    const seconds = isLimited ? this.#attempts.waitOf(client) : 0;
    if (seconds > 0) return { kind: 'wait', seconds };
    if (isRight()) return GRANTED;
    if (isLimited) this.#attempts.note(client);
    return UNKNOWN;
  }

  /** Accounts of this machine have one address; the failures of one must not lock another out, nor a page a program. */
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
 * Of the page, and of programs for qBittorrent: pages of both kinds may be open in one browser. Several of one name count:
 * a program on another port of this host can set one that the browser sends first.
 */
function cookiesOf(header: string | undefined): string[] {
  const found = (header ?? '').split(';').flatMap((pair) => OWN_COOKIE.exec(pair.trim())?.[1] ?? []);
  return found.slice(0, MAX_COOKIES);
}

/** Of `Bearer TOKEN`, or `Basic base64(NAME:TOKEN)` with any name. */
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
 * Checks every request, and takes tokens for cookies.
 * @param systems whose roots say how their clients sign in
 */
export function addAccess(server: FastifyInstance, access: Access, systems: readonly Rooted[]): void {
  const signInPaths = new Set(
    systems.flatMap(({ roots = [] }) => roots.flatMap(({ signInPath }) => signInPath ?? [])),
  );
  server.addHook('onRequest', async (request, reply) => {
    // A key is looked at also where none is needed: a wrong one is never answered as if it were right.
    if (isOpen(request, signInPaths) && keyOf(request.raw) === undefined) return undefined;
    const verdict = await access.judge(request);
    switch (verdict.kind) {
      case 'granted':
        return undefined;
      case 'wait':
        return refuseForNow(reply, verdict.seconds);
      case 'forbidden':
        return reply.code(403).send({ code: 'no-permission', message: 'this key does not open that' });
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

/** What no system owns is asked for by people as a rule; the API never is. */
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
  // Our page asks for the token itself, and browsers would ask before it does; they name no mode to addresses without TLS.
  const mode = headers['sec-fetch-mode'];
  if (authentication === 'basic' && (mode === undefined || mode === 'navigate'))
    reply.header('www-authenticate', 'Basic realm="Shoal", charset="UTF-8"');
  return reply.code(401).send({
    code: 'no-permission',
    message: 'sign in with the token: it is in api-token in the state folder',
  });
}

function addSignIn(server: FastifyInstance, access: Access): void {
  const body = {
    type: 'object',
    additionalProperties: false,
    required: ['token'],
    properties: { token: { type: 'string', minLength: 1, maxLength: 200 } },
  };
  server.post<{ Body: { token: string } }>(
    '/api/v1/sign-in',
    { schema: { summary: 'takes the token for a cookie', body }, bodyLimit: MAX_SIGN_IN_BYTES },
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
    { schema: { summary: 'ends the session of the cookie' } },
    (request, reply) => {
      access.signOut(request.headers.cookie);
      return sendCookie(reply, COOKIE, undefined).code(204).send();
    },
  );
}
