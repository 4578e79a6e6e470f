/**
 * The Fetch port: files and answers of web servers, over HTTP. `net/link/node/fetch.ts` implements it on Node.js, `sim/world/web.ts`
 * in the simulated world. It speaks in promises, as the Disk port does, so it lies in a room for drivers.
 */

/**
 * Which hops of a fetch may lead into our own network:
 * - `public`: none. Strangers named the address.
 * - `origin`: the first, and redirects within its host and port. A server at home named the address of itself.
 * - `inside`: the first, and redirects from there to others at home. A person typed the address.
 * - `anywhere`: all. A person allowed it in the settings.
 */
export type Reach = 'public' | 'origin' | 'inside' | 'anywhere';

export interface FetchRequest {
  readonly userAgent: string;
  readonly reach: Reach;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Reading it to the end, or destroying it, is up to the holder; while it is not read, the server waits. */
export interface FetchBody extends AsyncIterable<Uint8Array> {
  /** @param failure the reader gets it as an exception */
  destroy(failure?: Error): void;
}

export interface FetchAnswer {
  readonly status: number;
  /** Where it came from in the end. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: FetchBody;
  /** It came from our own network. */
  readonly isLocal: boolean;
  /** The address to which it redirects, when that is none of http or https: a magnet link, for example. */
  readonly elsewhere: string | undefined;
  /** Gives up the body. Keeps the connection for the next request where that is cheap. */
  discard(): void;
}

export interface FetchBounds {
  /** At once, to one server. */
  readonly maxConnections: number;
  /** Connections are kept for later requests to so many servers. */
  readonly maxIdleHosts: number;
}

/** Requests that use the same connections. */
export interface FetchSession {
  /**
   * GET with redirects (RFC 9110 section 15.4).
   * @throws ShoalError fetch-failed, private-address, denied, aborted
   */
  open(url: string, request: FetchRequest): Promise<FetchAnswer>;
  /** Ends connections that are kept. */
  close(): void;
}

export interface Fetch {
  openSession(bounds: FetchBounds): FetchSession;
}
