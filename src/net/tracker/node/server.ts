/**
 * A tracker for HTTP and UDP on one port number: announce and scrape, so that a group needs no tracker of others.
 * It lists peers under the address that they announce from. It ignores an `ip` parameter, with which anyone could
 * direct a crowd at a victim.
 */
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Address, createAddress } from '../../../ground/address.ts';
import { equalBytes } from '../../../ground/bytes.ts';
import { fromSystemError } from '../../../ground/errors.ts';
import type { Filter } from '../../../ground/filter.ts';
import { http } from '../../../ground/node/http.ts';
import { createSystemPrng, randomBytes } from '../../../ground/node/random.ts';
import { DENIED_REASON, Registry } from '../core/registry.ts';
import type { AnnounceEvent, AnnounceRequest } from '../wire/announce.ts';
import { encodeAnnounce, encodeFailure, encodeScrape, unescapeBytes } from '../wire/http.ts';
import { decodeUdpRequest, encodeUdpResponse, type UdpRequest, type UdpResponse } from '../wire/udp.ts';

export interface TrackerServerOptions {
  /** The same for HTTP and UDP; 0 for any. */
  readonly port?: number;
  /** All addresses by default. */
  readonly host?: string;
  readonly intervalSeconds?: number;
  /** Denied hosts get no answer, denied shares a refusal. */
  readonly filter?: Filter | undefined;
}

export interface TrackerStatistics {
  readonly swarms: number;
  readonly peers: number;
  readonly announces: number;
  readonly scrapes: number;
}

const DEFAULT_PORT = 6969;
const MAX_QUERY_LENGTH = 8192;
const MAX_SCRAPED = 74;
const TICK_MS = 60_000;
/** BEP 15: a server takes a connection id for two minutes. */
const CONNECTION_WINDOW_MS = 60_000;
/** An announce answer in one datagram stays below the usual MTU. */
const [MAX_UDP_PEERS_V4, MAX_UDP_PEERS_V6] = [200, 70];

export class TrackerServer {
  readonly #registry: Registry;
  readonly #secret = randomBytes(32);
  readonly #closers: (() => Promise<void>)[] = [];
  #announces = 0;
  #scrapes = 0;
  #port = 0;

  private constructor(options: TrackerServerOptions) {
    this.#registry = new Registry({
      prng: createSystemPrng(),
      filter: options.filter,
      ...(options.intervalSeconds === undefined ? {} : { intervalSeconds: options.intervalSeconds }),
    });
  }

  /** @throws ShoalError port-in-use, no-permission */
  static async listen(options: TrackerServerOptions = {}): Promise<TrackerServer> {
    const tracker = new TrackerServer(options);
    try {
      await tracker.#listen(options.port ?? DEFAULT_PORT, options.host);
      return tracker;
    } catch (error) {
      await tracker.close();
      throw fromSystemError(
        `cannot listen on port ${options.port ?? DEFAULT_PORT} (choose another with --port)`,
        error,
      );
    }
  }

  get port(): number {
    return this.#port;
  }

  statistics(): TrackerStatistics {
    const { swarmCount: swarms, peerCount: peers } = this.#registry;
    return { swarms, peers, announces: this.#announces, scrapes: this.#scrapes };
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  async #listen(port: number, host: string | undefined): Promise<void> {
    const server = http().createServer(
      { requestTimeout: 10_000, headersTimeout: 10_000 },
      (request, response) => this.#handleHttp(request, response),
    );
    server.maxConnections = 10_000;
    await listenHttp(server, port, host);
    this.#port = (server.address() as { port: number }).port;
    this.#closers.push(
      () =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
    const families = host === undefined ? ([4, 6] as const) : ([host.includes(':') ? 6 : 4] as const);
    for (const family of families) {
      const socket = await bindUdp(family, this.#port, host);
      if (socket === undefined) continue;
      socket.on('message', (bytes, from) => this.#handleUdp(socket, bytes, from.address, from.port));
      this.#closers.push(() => new Promise((resolve) => socket.close(() => resolve())));
    }
    const timer = setInterval(() => this.#registry.handleTick(performance.now()), TICK_MS);
    this.#closers.push(async () => clearInterval(timer));
  }

  #handleHttp(request: IncomingMessage, response: ServerResponse): void {
    const from = createAddress(request.socket.remoteAddress ?? '', request.socket.remotePort ?? 0);
    if (from !== undefined && this.#registry.ignores(from)) return void request.socket.destroy();
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    const body =
      url.length > MAX_QUERY_LENGTH
        ? encodeFailure({ reason: 'the request is too long' })
        : this.#answerHttp(path, at < 0 ? '' : url.slice(at + 1), request.socket.remoteAddress ?? '');
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': 'text/plain',
      'content-length': body?.length ?? 0,
    });
    response.end(body);
  }

  #answerHttp(path: string, query: string, remote: string): Uint8Array | undefined {
    const pairs = query.split('&').map((pair) => {
      const at = pair.indexOf('=');
      return [at < 0 ? pair : pair.slice(0, at), at < 0 ? '' : pair.slice(at + 1)] as const;
    });
    if (path.endsWith('/scrape')) {
      this.#scrapes++;
      const hashes = pairs.filter(([key]) => key === 'info_hash').map(([, value]) => unescapeBytes(value));
      const valid = hashes.filter((hash) => hash?.length === 20).slice(0, MAX_SCRAPED) as Uint8Array[];
      return encodeScrape(this.#registry.handleScrape(valid));
    }
    if (!path.endsWith('/announce')) return undefined;
    this.#announces++;
    const parameters = new Map(pairs);
    const request = readAnnounce(parameters);
    if (typeof request === 'string') return encodeFailure({ reason: request, retryInMinutes: 'never' });
    const address = createAddress(remote, request.port);
    if (address === undefined)
      return encodeFailure({ reason: 'the port is not 1..65535', retryInMinutes: 'never' });
    if (this.#registry.denies(request.infoHash))
      return encodeFailure({ reason: DENIED_REASON, retryInMinutes: 'never' });
    const answer = this.#registry.handleAnnounce(performance.now(), request, address);
    return encodeAnnounce(answer, parameters.get('compact') !== '0');
  }

  #handleUdp(socket: Socket, bytes: Uint8Array, host: string, port: number): void {
    const decoded = decodeUdpRequest(bytes);
    const from = createAddress(host, port);
    if (!decoded.ok || from === undefined || this.#registry.ignores(from)) return;
    const answer = this.#answerUdp(decoded.value, from);
    if (answer !== undefined) socket.send(encodeUdpResponse(answer), port, host);
  }

  #answerUdp(request: UdpRequest, from: Address): UdpResponse | undefined {
    const { transaction } = request;
    if (request.action === 'connect') {
      return { action: 'connect', transaction, connection: this.#connectionId(from, this.#window()) };
    }
    // The id proves that the sender gets what is sent to its address: no answer goes to a forged one.
    const window = this.#window();
    const isKnown = [window, window - 1, window - 2].some((w) =>
      equalBytes(this.#connectionId(from, w), request.connection),
    );
    if (!isKnown) return undefined;
    if (request.action === 'scrape') {
      this.#scrapes++;
      return { action: 'scrape', transaction, counts: this.#registry.handleScrape(request.infoHashes) };
    }
    this.#announces++;
    const address = createAddress(from.host, request.request.port);
    if (address === undefined) return { action: 'error', transaction, message: 'the port is not 1..65535' };
    if (this.#registry.denies(request.request.infoHash))
      return { action: 'error', transaction, message: DENIED_REASON };
    const isV6 = from.host.includes(':');
    const answer = this.#registry.handleAnnounce(performance.now(), request.request, address);
    const peers = answer.peers
      .filter((peer) => peer.host.includes(':') === isV6)
      .slice(0, isV6 ? MAX_UDP_PEERS_V6 : MAX_UDP_PEERS_V4);
    return { action: 'announce', transaction, response: { ...answer, peers } };
  }

  #window(): number {
    return Math.floor(performance.now() / CONNECTION_WINDOW_MS);
  }

  #connectionId(from: Address, window: number): Uint8Array {
    return createHmac('sha256', this.#secret)
      .update(`${from.host}/${from.port}/${window}`)
      .digest()
      .subarray(0, 8);
  }
}

const EVENTS = new Set(['started', 'completed', 'stopped']);

/** Returns what is wrong as a sentence for the client's person. */
function readAnnounce(parameters: ReadonlyMap<string, string>): AnnounceRequest | string {
  const infoHash = unescapeBytes(parameters.get('info_hash') ?? '');
  const peerId = unescapeBytes(parameters.get('peer_id') ?? '');
  if (infoHash?.length !== 20) return 'info_hash must be 20 bytes';
  if (peerId?.length !== 20) return 'peer_id must be 20 bytes';
  const count = (key: string, fallback: number): number => {
    const value = Number(parameters.get(key) ?? fallback);
    return Number.isSafeInteger(value) && value >= 0 ? value : fallback;
  };
  const event = parameters.get('event') ?? '';
  return {
    infoHash,
    peerId,
    port: count('port', 0),
    uploaded: count('uploaded', 0),
    downloaded: count('downloaded', 0),
    left: count('left', 1),
    event: EVENTS.has(event) ? (event as AnnounceEvent) : undefined,
    key: 0,
    numWant: count('numwant', 50),
  };
}

async function listenHttp(server: Server, port: number, host: string | undefined): Promise<void> {
  const attempt = (address: string): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: address }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  if (host !== undefined) return attempt(host);
  try {
    await attempt('::');
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE') throw error;
    await attempt('0.0.0.0');
  }
}

/** Undefined on a machine without that family. */
function bindUdp(family: 4 | 6, port: number, host: string | undefined): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(family === 4 ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true });
    socket.once('error', (error) => {
      socket.close();
      const { code } = error as { code?: string };
      if (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL') resolve(undefined);
      else reject(error);
    });
    socket.bind({ port, ...(host === undefined ? {} : { address: host }) }, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
