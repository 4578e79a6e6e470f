/**
 * Who may ask? On loopback: programs of this machine, as with Transmission. From anywhere else: who knows the token, as
 * `Authorization: Bearer`, as the password of Basic (for programs that know nothing else), or by a cookie that signing in
 * gives. A browser asks on behalf of any page that it shows, so `guard.ts` looks at that first.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const COOKIE = 'shoal';
/** Failures in a minute, of one address and of all: guessing 128 bits takes for ever, and shall not cost us much either. */
const MAX_FAILURES = 10;
const MAX_ALL_FAILURES = 100;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;
const MAX_SESSIONS = 1000;
const SESSION_DAYS = 30;

/** What is answered without a token: the page itself, so that it can ask for one, and whether anybody is here. */
const OPEN_PATHS: readonly RegExp[] = [
  /^\/($|\?)/,
  /^\/assets\//,
  /^\/health$/,
  /^\/api\/v1\/sign-in$/,
  /^\/api\/v2\/auth\/login$/,
  /^\/(icon\.svg|manifest\.webmanifest)$/,
];

export class Access {
  readonly #token: Buffer | undefined;
  /** Hashes of cookies, and when they end. */
  readonly #sessions = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #allFailures = 0;
  #windowEnds = 0;

  /** @param token undefined when everybody who reaches us may ask */
  constructor(token: string | undefined) {
    this.#token = token === undefined ? undefined : digest(token);
  }

  get needsToken(): boolean {
    return this.#token !== undefined;
  }

  mayAsk({ headers, url }: Pick<FastifyRequest, 'headers' | 'url'>): boolean {
    if (this.#token === undefined || OPEN_PATHS.some((path) => path.test(url))) return true;
    const { authorization, cookie } = headers;
    if (authorization !== undefined) return this.#isToken(passwordOf(authorization));
    const match = new RegExp(`(?:^|;\\s*)(?:${COOKIE}|SID)=([0-9a-f]{64})(?:;|$)`).exec(cookie ?? '');
    const until = match === null ? undefined : this.#sessions.get(nameOf(match[1]!));
    return until !== undefined && until > Date.now();
  }

  /** So many seconds must somebody wait who failed too often; 0 for who may try. */
  waitOf(address: string): number {
    this.#roll();
    const isOver =
      (this.#failures.get(address) ?? 0) >= MAX_FAILURES || this.#allFailures >= MAX_ALL_FAILURES;
    return isOver ? Math.ceil((this.#windowEnds - Date.now()) / 1000) : 0;
  }

  noteFailure(address: string): void {
    this.#roll();
    this.#allFailures++;
    if (this.#failures.size < MAX_ADDRESSES)
      this.#failures.set(address, (this.#failures.get(address) ?? 0) + 1);
  }

  /** @returns a cookie, or undefined when that is not the token */
  signIn(token: string): string | undefined {
    if (this.#token !== undefined && !this.#isToken(token)) return undefined;
    if (this.#sessions.size >= MAX_SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!);
    const secret = randomBytes(32).toString('hex');
    this.#sessions.set(nameOf(secret), Date.now() + SESSION_DAYS * 24 * 3600 * 1000);
    return `${COOKIE}=${secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_DAYS * 24 * 3600}`;
  }

  signOut(cookie: string | undefined): void {
    const match = new RegExp(`(?:${COOKIE}|SID)=([0-9a-f]{64})`).exec(cookie ?? '');
    if (match !== null) this.#sessions.delete(nameOf(match[1]!));
  }

  #isToken(given: string | undefined): boolean {
    return given !== undefined && timingSafeEqual(digest(given), this.#token!);
  }

  #roll(): void {
    const now = Date.now();
    if (now < this.#windowEnds) return;
    this.#windowEnds = now + WINDOW_MS;
    this.#failures.clear();
    this.#allFailures = 0;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const nameOf = (secret: string): string => digest(secret).toString('hex');

/** Of `Bearer TOKEN`, or `Basic base64(NAME:TOKEN)` with any name. */
function passwordOf(authorization: string): string | undefined {
  const [scheme, value = ''] = authorization.split(' ');
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  return /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString())?.[1];
}

/** Checks every request, and takes tokens for cookies. */
export function addAccess(server: FastifyInstance, access: Access): void {
  const refuse = (request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined => {
    const wait = access.waitOf(request.ip);
    if (wait === 0) return undefined;
    const message = `too many failed attempts: try again in ${wait} s`;
    return reply.code(429).header('retry-after', wait).send({ code: 'refused', message });
  };
  server.addHook('onRequest', async (request, reply) => {
    const isGuess = access.needsToken && request.headers.authorization !== undefined;
    // Before the token is looked at: who failed too often learns nothing, not even that this one was right.
    const refusal = isGuess ? refuse(request, reply) : undefined;
    if (refusal !== undefined) return refusal;
    if (access.mayAsk(request)) return undefined;
    if (isGuess) access.noteFailure(request.ip);
    // Our page asks for the token itself; a browser that is sent there by hand, and other programs, are told how.
    const mode = request.headers['sec-fetch-mode'];
    if (mode === undefined || mode === 'navigate')
      reply.header('www-authenticate', 'Basic realm="Shoal", charset="UTF-8"');
    return reply
      .code(401)
      .send({ code: 'no-permission', message: 'sign in with the token that shoal up printed' });
  });
  const body = {
    type: 'object',
    additionalProperties: false,
    required: ['token'],
    properties: { token: { type: 'string', minLength: 1, maxLength: 200 } },
  };
  server.post<{ Body: { token: string } }>(
    '/api/v1/sign-in',
    { schema: { summary: 'takes the token for a cookie', body } },
    (request, reply) => {
      const refusal = refuse(request, reply);
      if (refusal !== undefined) return refusal;
      const cookie = access.signIn(request.body.token);
      if (cookie !== undefined) return reply.header('set-cookie', cookie).code(204).send();
      access.noteFailure(request.ip);
      return reply.code(403).send({ code: 'no-permission', message: 'this is not the token' });
    },
  );
  server.post(
    '/api/v1/sign-out',
    { schema: { summary: 'ends the session of the cookie' } },
    (request, reply) => {
      access.signOut(request.headers.cookie);
      return reply.header('set-cookie', `${COOKIE}=; Path=/; Max-Age=0`).code(204).send();
    },
  );
}
