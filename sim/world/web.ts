/**
 * The Fetch port in the simulated world: web servers with a rate and a delay, that may lack files, send no ranges, redirect,
 * fall silent or be gone.
 */
import { ShoalError } from '../../src/ground/errors.ts';
import type {
  Fetch,
  FetchAnswer,
  FetchBody,
  FetchBounds,
  FetchRequest,
  FetchSession,
} from '../../src/ground/node/fetch.ts';
import type { Timer } from '../../src/ground/ports.ts';
import { isLocalName, requirePublic } from '../../src/net/link/node/web-access.ts';
import type { World } from './world.ts';

export interface SimSite {
  /** By path, with the slash. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** By path: where to. */
  readonly redirects?: ReadonlyMap<string, string>;
  /** Answers with whole files, whatever part was wanted. */
  readonly hasNoRanges?: boolean;
  /** Bytes a second, of one connection. */
  readonly rate: number;
  readonly delayMs: number;
  /** Refuses all requests: it is overloaded, and wants to be asked again in so many seconds. */
  retryAfter?: number;
  /** From now on nothing is sent, on any connection. */
  isSilent?: boolean;
}

const PART_BYTES = 16 * 1024;
const MAX_REDIRECTS = 8;

export class SimWeb implements Fetch {
  readonly #world: World;
  /** By host and port, as in a URL. */
  readonly sites: Map<string, SimSite> = new Map();
  requests = 0;

  constructor(world: World) {
    this.#world = world;
  }

  openSession(bounds: FetchBounds): FetchSession {
    return new SimSession(this.#world, this, bounds);
  }
}

class SimSession implements FetchSession {
  readonly #world: World;
  readonly #web: SimWeb;
  readonly #bounds: FetchBounds;
  #used = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(world: World, web: SimWeb, bounds: FetchBounds) {
    this.#world = world;
    this.#web = web;
    this.#bounds = bounds;
  }

  async open(url: string, request: FetchRequest): Promise<FetchAnswer> {
    let target = url;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      if (request.reach === 'public') requirePublic(target);
      await this.#take();
      try {
        const { hostname, host, pathname } = new URL(target);
        const site = await this.#ask(host, request.signal);
        const redirect = site.redirects?.get(pathname);
        const isElsewhere = redirect !== undefined && !/^https?:/.test(redirect);
        if (redirect === undefined || isElsewhere) {
          const answer = this.#answer(site, pathname, request);
          return { ...answer, url: target, isLocal: isLocalName(hostname), elsewhere: redirect };
        }
        target = redirect;
        this.#release();
      } catch (error) {
        this.#release();
        throw error;
      }
    }
    throw new ShoalError('fetch-failed', `${new URL(url).host} redirected over ${MAX_REDIRECTS} times`);
  }

  close(): void {}

  async #take(): Promise<void> {
    while (this.#used >= this.#bounds.maxConnections)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#used++;
  }

  #release(): void {
    this.#used--;
    this.#waiting.shift()?.();
  }

  /** The time to the server and back, unless it is silent or somebody gives up. */
  #ask(host: string, signal: AbortSignal | undefined): Promise<SimSite> {
    this.#web.requests++;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(new ShoalError('aborted', 'interrupted'));
      if (signal?.aborted === true) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      const site = this.#web.sites.get(host);
      if (site?.isSilent === true) return;
      this.#world.after(2 * (site?.delayMs ?? 0), () => {
        signal?.removeEventListener('abort', abort);
        if (site === undefined) reject(new ShoalError('fetch-failed', `${host}: nobody listens there`));
        else resolve(site);
      });
    });
  }

  #answer(
    site: SimSite,
    path: string,
    { headers, signal }: FetchRequest,
  ): Pick<FetchAnswer, 'status' | 'headers' | 'body' | 'discard'> {
    const isBusy = site.retryAfter !== undefined;
    const file = isBusy ? undefined : site.files.get(path);
    const range = site.hasNoRanges === true ? null : /^bytes=(\d+)-(\d+)$/.exec(headers?.range ?? '');
    const whole = file ?? new Uint8Array();
    const [from, to] = range === null ? [0, whole.length] : [Number(range[1]), Number(range[2]) + 1];
    const data = whole.subarray(from, to);
    const body = new SimBody(this.#world, site, data, () => this.#release());
    signal?.addEventListener('abort', () => body.destroy(new ShoalError('aborted', 'interrupted')), {
      once: true,
    });
    const status = isBusy ? 503 : file === undefined ? 404 : range === null ? 200 : 206;
    const part = `bytes ${from}-${from + data.length - 1}/${whole.length}`;
    return {
      status,
      headers: {
        'content-length': `${data.length}`,
        ...(status === 206 ? { 'content-range': part } : {}),
        ...(isBusy ? { 'retry-after': `${site.retryAfter}` } : {}),
      },
      body,
      discard: () => body.destroy(),
    };
  }
}

class SimBody implements FetchBody, AsyncIterator<Uint8Array> {
  readonly #world: World;
  readonly #site: SimSite;
  readonly #data: Uint8Array;
  readonly #onEnd: () => void;
  #at = 0;
  #timer: Timer | undefined;
  #fail: ((failure: Error | undefined) => void) | undefined;
  #end: { readonly failure: Error | undefined } | undefined;

  constructor(world: World, site: SimSite, data: Uint8Array, onEnd: () => void) {
    this.#world = world;
    this.#site = site;
    this.#data = data;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#end?.failure !== undefined) return Promise.reject(this.#end.failure);
    if (this.#at === this.#data.length) this.destroy();
    if (this.#end !== undefined) return Promise.resolve({ done: true, value: undefined });
    const part = this.#data.subarray(this.#at, this.#at + 1 + this.#world.prng.below(PART_BYTES));
    return new Promise((resolve, reject) => {
      this.#fail = (failure) =>
        failure === undefined ? resolve({ done: true, value: undefined }) : reject(failure);
      if (this.#site.isSilent === true) return;
      this.#timer = this.#world.after((part.length / this.#site.rate) * 1000, () => {
        this.#fail = undefined;
        this.#at += part.length;
        resolve({ done: false, value: part });
      });
    });
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.destroy();
    return { done: true, value: undefined };
  }

  destroy(failure?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { failure };
    this.#timer?.cancel();
    this.#fail?.(failure);
    this.#onEnd();
  }
}
