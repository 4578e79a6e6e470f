/**
 * A tracker for HTTP and UDP on one port number: announce and scrape, so that a group needs no tracker of others.
 * It lists peers under the address that they announce from. It ignores an `ip` parameter, with which anyone could
 * direct a crowd at a victim.
 *
 * What is remembered and answered is decided in `core/registry.ts`, what a UDP packet says in `core/udp-tracker.ts`.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { fromSystemError } from '../../../ground/errors.ts';
import type { Filter } from '../../../ground/filter.ts';
import { MAX_HOST_BYTES, readHost } from '../../../ground/host-bytes.ts';
import { writeUint16 } from '../../../ground/bytes.ts';
import { http } from '../../../ground/node/http.ts';
import { createSecretPrng, createSystemPrng } from '../../../ground/node/random.ts';
import { ConnectionIds } from '../core/connection-ids.ts';
import { DENIED_REASON, Registry, REGISTRY_TICK_MS } from '../core/registry.ts';
import { UdpTracker } from '../core/udp-tracker.ts';
import type { AnnounceEvent, AnnounceRequest } from '../wire/announce.ts';
import { encodeAnnounce, encodeFailure, encodeScrape, unescapeBytes } from '../wire/http.ts';
import { listenUdp } from './udp-server.ts';

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

export class TrackerServer {
  readonly #registry: Registry;
  readonly #udp: UdpTracker;
  readonly #closers: (() => Promise<void>)[] = [];
  #announces = 0;
  #scrapes = 0;
  #port = 0;
  readonly #host = new Uint8Array(MAX_HOST_BYTES);

  private constructor(options: TrackerServerOptions) {
    const secretPrng = createSecretPrng();
    this.#registry = new Registry({
      prng: createSystemPrng(),
      secretPrng,
      filter: options.filter,
      ...(options.intervalSeconds === undefined ? {} : { intervalSeconds: options.intervalSeconds }),
    });
    this.#udp = new UdpTracker(this.#registry, new ConnectionIds(secretPrng));
    this.#closers.push(async () => this.#registry.close());
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
    const announces = this.#announces + this.#udp.announces;
    return { swarms, peers, announces, scrapes: this.#scrapes + this.#udp.scrapes };
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
      const close = await listenUdp(this.#udp, family, this.#port, host);
      if (close !== undefined) this.#closers.push(close);
    }
    const timer = setInterval(() => this.#registry.handleTick(performance.now()), REGISTRY_TICK_MS);
    this.#closers.push(async () => clearInterval(timer));
  }

  #handleHttp(request: IncomingMessage, response: ServerResponse): void {
    const host = this.#host.subarray(0, readHost(request.socket.remoteAddress ?? '', this.#host));
    if (host.length === 0 || this.#registry.ignores(host)) return void request.socket.destroy();
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    const body =
      url.length > MAX_QUERY_LENGTH
        ? encodeFailure({ reason: 'the request is too long' })
        : this.#answerHttp(path, at < 0 ? '' : url.slice(at + 1), host);
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': 'text/plain',
      'content-length': body?.length ?? 0,
    });
    response.end(body);
  }

  #answerHttp(path: string, query: string, host: Uint8Array): Uint8Array | undefined {
    const pairs = query.split('&').map((pair) => {
      const at = pair.indexOf('=');
      return [at < 0 ? pair : pair.slice(0, at), at < 0 ? '' : pair.slice(at + 1)] as const;
    });
    if (path.endsWith('/scrape')) {
      this.#scrapes++;
      const hashes = pairs.filter(([key]) => key === 'info_hash').map(([, value]) => unescapeBytes(value));
      const valid = hashes.filter((hash) => hash?.length === 20).slice(0, MAX_SCRAPED) as Uint8Array[];
      return encodeScrape(this.#registry.handleScrape(performance.now(), valid));
    }
    if (!path.endsWith('/announce')) return undefined;
    this.#announces++;
    const parameters = new Map(pairs);
    const request = readAnnounce(parameters);
    if (typeof request === 'string') return encodeFailure({ reason: request, retryInMinutes: 'never' });
    if (this.#registry.denies(request.infoHash))
      return encodeFailure({ reason: DENIED_REASON, retryInMinutes: 'never' });
    return this.#announce(request, host, parameters.get('compact') !== '0');
  }

  #announce(request: AnnounceRequest, host: Uint8Array, isCompact: boolean): Uint8Array {
    const { event, left, numWant } = request;
    const address = new Uint8Array(host.length + 2);
    address.set(host);
    writeUint16(address, host.length, request.port);
    const registry = this.#registry;
    registry.handleAnnounce(performance.now(), request.infoHash, 0, address, event, left === 0);
    const { intervalSeconds, minIntervalSeconds, seeders, leechers } = registry;
    const peers = registry.sampleBoth(event === 'stopped' ? 0 : numWant, left === 0);
    const counts = { intervalSeconds, minIntervalSeconds, seeders, leechers };
    return encodeAnnounce({ ...counts, externalIp: host, ...peers }, isCompact);
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
  const port = count('port', 0);
  if (port < 1 || port > 65_535) return 'the port is not 1..65535';
  const event = parameters.get('event') ?? '';
  return {
    infoHash,
    peerId,
    port,
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
