/**
 * Which of the web servers that a torrent names (BEP 19) are asked, and when again: a few at once, so that the others can
 * step in for those that fail. A server that fails rests, longer each time, and no shorter than it asks itself; one that sent
 * wrong data is not asked again.
 *
 * Times are those of the caller; `take` says which servers to connect to now, `nextTimeout` when to call it again.
 */
import type { ConnectionId, Instant } from '../../../../ground/units.ts';

const FIRST_REST_MS = 10_000;
const MAX_REST_MS = 10 * 60_000;
/** More servers than this at once help nobody. */
const MAX_ACTIVE = 8;
/** Torrents of archives name a few dozen mirrors. */
const MAX_SERVERS = 100;

/** `asking`: connected, and nothing came yet. `failed`: it rests. `banned`: it sent wrong data. */
export type WebSeedState = 'waiting' | 'asking' | 'working' | 'failed' | 'banned';

export interface WebSeedStatus {
  readonly url: string;
  readonly state: WebSeedState;
  /** Why it gives nothing, or gave nothing the last time. */
  readonly message?: string;
}

type ServerState =
  | { readonly kind: 'waiting' }
  /** The connection has a number once the server's name is resolved. */
  | { readonly kind: 'asking'; readonly id: ConnectionId | undefined }
  | { readonly kind: 'working'; readonly id: ConnectionId }
  | { readonly kind: 'failed'; readonly until: Instant }
  | { readonly kind: 'banned' };

export interface WebServer {
  readonly url: string;
  /** It serves no ranges: its files are read from their beginning. */
  readonly givesWholeFiles: boolean;
}

interface Server extends WebServer {
  givesWholeFiles: boolean;
  state: ServerState;
  message: string | undefined;
  /** In a row. */
  failures: number;
}

export class WebSeedPool {
  readonly #servers: readonly Server[];

  constructor(urls: readonly string[]) {
    this.#servers = urls.slice(0, MAX_SERVERS).map((url) => ({
      url,
      givesWholeFiles: false,
      state: { kind: 'waiting' },
      message: undefined,
      failures: 0,
    }));
  }

  status(): WebSeedStatus[] {
    return this.#servers.map(({ url, state, message }) => ({
      url,
      state: state.kind,
      ...(message === undefined ? {} : { message }),
    }));
  }

  /** Those to connect to now; each is `asking` from now on. */
  take(now: Instant): WebServer[] {
    let active = 0;
    for (const server of this.#servers) {
      const { state } = server;
      if (state.kind === 'failed' && state.until <= now) server.state = { kind: 'waiting' };
      if (state.kind === 'asking' || state.kind === 'working') active++;
    }
    const taken = this.#servers
      .filter(({ state }) => state.kind === 'waiting')
      .slice(0, Math.max(0, MAX_ACTIVE - active));
    for (const server of taken) server.state = { kind: 'asking', id: undefined };
    return taken;
  }

  /** When the next one has rested; undefined when none rests. */
  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { state } of this.#servers)
      if (state.kind === 'failed' && (next === undefined || state.until < next)) next = state.until;
    return next;
  }

  handleConnecting(server: WebServer, id: ConnectionId): void {
    this.#of(server).state = { kind: 'asking', id };
  }

  /** Nothing is missing any more: it is asked when something is. */
  handleNeedless(server: WebServer): void {
    this.#of(server).state = { kind: 'waiting' };
  }

  /** Data comes. */
  handleGiving(server: WebServer): void {
    const own = this.#of(server);
    if (own.state.kind !== 'asking' && own.state.kind !== 'working') return;
    if (own.state.id === undefined) return;
    own.state = { kind: 'working', id: own.state.id };
    own.failures = 0;
    own.message = undefined;
  }

  /**
   * It cannot be reached, or gives up; its connection ends without further blame.
   * @param afterMs how long it asks to be left alone
   */
  handleFailure(now: Instant, server: WebServer, message: string, afterMs: number = 0): void {
    this.#rest(now, this.#of(server), message, afterMs);
  }

  /**
   * It serves no ranges: it is asked again, for whole files.
   * @returns false when it was asked for those: that is a failure
   */
  handleNoRanges(server: WebServer): boolean {
    const own = this.#of(server);
    if (own.givesWholeFiles) return false;
    own.givesWholeFiles = true;
    own.state = { kind: 'waiting' };
    return true;
  }

  /**
   * A connection of the swarm ended: a server's is made again later, unless it lied.
   * @returns false when it was none of ours
   */
  handleClosed(
    now: Instant,
    id: ConnectionId,
    end: { readonly message: string; readonly isBanned: boolean; readonly isOver: boolean },
  ): boolean {
    const server = this.#servers.find(
      ({ state }) => (state.kind === 'asking' || state.kind === 'working') && state.id === id,
    );
    if (server === undefined) return false;
    if (end.isBanned) {
      server.state = { kind: 'banned' };
      server.message = end.message;
    } else if (end.isOver) server.state = { kind: 'waiting' };
    else this.#rest(now, server, end.message, 0);
    return true;
  }

  #rest(now: Instant, server: Server, message: string, afterMs: number): void {
    const restMs = Math.max(afterMs, Math.min(FIRST_REST_MS * 2 ** server.failures, MAX_REST_MS));
    server.state = { kind: 'failed', until: now + restMs };
    server.message = message;
    server.failures++;
  }

  #of(server: WebServer): Server {
    return this.#servers.find((own) => own === server)!;
  }
}
