/**
 * Sessions: the hashes of cookies, each with the account whose socket received it. A file of the state folder keeps them,
 * so that a page stays signed in after a restart of the daemon. A new token ends them all.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { replaceFile } from '../ground/node/replace-file.ts';

export const SESSION_SECONDS: number = 30 * 24 * 3600;
/**
 * Of each kind. The oldest of its kind ends first: some programs sign in for every request, and must not end the few
 * sessions of the page.
 */
const MAX_SESSIONS = 500;

export interface Session {
  /** Milliseconds since 1970. */
  readonly endsAt: number;
  /** The account whose socket signed in; undefined where it is unknown, as on other machines. */
  readonly account: number | undefined;
  readonly isPage: boolean;
}

export class Sessions {
  /** By the hash of the cookie. */
  readonly #all = new Map<string, Session>();
  readonly #token: string;
  readonly #path: string | undefined;

  /** @param path undefined to keep them in memory only */
  constructor(token: string, path: string | undefined) {
    this.#token = hashOf(token);
    this.#path = path;
    this.#load();
  }

  /** @param isPage a browser signed in, not a program @returns the secret for the cookie */
  begin(account: number | undefined, isPage: boolean): string {
    const now = Date.now();
    for (const [name, { endsAt }] of this.#all) if (endsAt <= now) this.#all.delete(name);
    const alike = [...this.#all].filter(([, session]) => session.isPage === isPage);
    if (alike.length >= MAX_SESSIONS) this.#all.delete(alike[0]![0]);
    const secret = randomBytes(32).toString('hex');
    this.#all.set(hashOf(secret), { endsAt: now + SESSION_SECONDS * 1000, account, isPage });
    this.#save();
    return secret;
  }

  find(secret: string): Session | undefined {
    const session = this.#all.get(hashOf(secret));
    return session !== undefined && session.endsAt > Date.now() ? session : undefined;
  }

  end(secret: string): void {
    if (this.#all.delete(hashOf(secret))) this.#save();
  }

  #load(): void {
    if (this.#path === undefined) return;
    let kept: unknown;
    try {
      kept = JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch {
      // There is none yet, or it is broken: people sign in again.
      return;
    }
    const { token, sessions } = (kept ?? {}) as { token?: unknown; sessions?: unknown };
    if (token !== this.#token || !Array.isArray(sessions)) return;
    for (const one of sessions.slice(-2 * MAX_SESSIONS)) {
      const { name, endsAt, account, isPage } = (one ?? {}) as Record<string, unknown>;
      const isAccount = account === undefined || typeof account === 'number';
      if (typeof name === 'string' && typeof endsAt === 'number' && isAccount)
        this.#all.set(name, { endsAt, account, isPage: isPage !== false });
    }
  }

  #save(): void {
    if (this.#path === undefined) return;
    const sessions = [...this.#all].map(([name, session]) => ({ name, ...session }));
    const text = JSON.stringify({ token: this.#token, sessions });
    try {
      replaceFile(this.#path, new TextEncoder().encode(`${text}\n`));
    } catch {
      // On a full disk, sessions last until the next start.
    }
  }
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
