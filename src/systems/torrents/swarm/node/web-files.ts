/**
 * The files of a share on a web server (BEP 19). A redirect is remembered for the file that it was answered for, since each
 * may lie on another mirror; when the mirror fails, the address in the torrent is asked again, which may name another.
 */
import type { Geometry } from '../../../../data/content/geometry.ts';
import { ShoalError } from '../../../../ground/errors.ts';
import type { Fetch, FetchAnswer, FetchSession, Reach } from '../../../../ground/node/fetch.ts';
import type { Clock } from '../../../../ground/ports.ts';
import { notFetched } from '../../../../net/link/node/http-fetch.ts';
import { refusalOf } from '../../../../net/link/node/retry-after.ts';

/** Mirrors come and go; their choosers want to be asked now and then. */
const REMEMBER_MS = 10 * 60_000;
/** A share may have hundreds of thousands of files; those that were read last are remembered. */
const MAX_PLACES = 1000;
/** A server that sends nothing for so long is gone. */
const QUIET_MS = 30_000;
/** Connections to one server. */
export const MAX_FETCHES = 4;
/** Each file may lie on a host of its own; connections are kept to so many, and closed after each answer to others. */
const MAX_IDLE_HOSTS = 4;

/** What files are fetched with. */
export interface WebPorts {
  readonly clock: Clock;
  readonly fetch: Fetch;
}

export interface WebFilesOptions extends WebPorts {
  readonly url: string;
  readonly geometry: Geometry;
  readonly userAgent: string;
  readonly reach: Reach;
  /** Told when it gives what it was asked for. */
  readonly onGiving?: () => void;
}

interface Place {
  readonly url: string;
  /** Of the next fetch from there: a name that led outside may lead into our own network by then (DNS rebinding). */
  readonly reach: Reach;
  readonly until: number;
}

/** The address of one file of a share (BEP 19): a folder's address ends with the share's name and the file's path. */
export function fileUrl(base: string, geometry: Geometry, file: number): string {
  const { info } = geometry;
  const encode = (elements: readonly string[]): string => elements.map(encodeURIComponent).join('/');
  if (info.isSingleFile) return base.endsWith('/') ? base + encodeURIComponent(info.name) : base;
  return `${base}${base.endsWith('/') ? '' : '/'}${encode([info.name, ...info.files[file]!.path])}`;
}

/** The server answers a request for a part with the whole file. */
export class NoRanges extends ShoalError {
  constructor(host: string) {
    super('fetch-failed', `${host} serves whole files only`);
  }
}

export class WebFiles {
  readonly #options: WebFilesOptions;
  readonly #places = new Map<number, Place>();
  readonly #abort = new AbortController();
  readonly #session: FetchSession;

  constructor(options: WebFilesOptions) {
    this.#options = options;
    this.#session = options.fetch.openSession({
      maxConnections: MAX_FETCHES,
      maxIdleHosts: MAX_IDLE_HOSTS,
    });
  }

  close(): void {
    this.#abort.abort();
    this.#session.close();
  }

  /**
   * A part of a file.
   * @throws NoRanges when the server gives the whole of a file of which a part was wanted
   * @throws ShoalError fetch-failed, private-address, aborted
   */
  async readRange(file: number, offset: number, length: number): Promise<Uint8Array> {
    const size = this.#options.geometry.files[file]!.lengthBytes;
    const range = `bytes=${offset}-${offset + length - 1}`;
    const answer = await this.#open(file, { range });
    const host = this.#hostOf(file);
    try {
      if (answer.status === 206) checkRange(answer, offset, size, host);
      else {
        checkLength(answer, size, host);
        if (length < size) throw new NoRanges(host);
      }
      const data = await readExactly(this.#partsOf(answer, host), length, host);
      this.#options.onGiving?.();
      return data;
    } catch (error) {
      answer.body.destroy();
      // Another mirror may have another file under the name.
      this.#places.delete(file);
      throw error;
    }
  }

  /**
   * A whole file, as it comes.
   * @throws ShoalError fetch-failed, private-address, aborted
   */
  async *readWhole(file: number): AsyncGenerator<Uint8Array, void, void> {
    const size = this.#options.geometry.files[file]!.lengthBytes;
    const answer = await this.#open(file, {});
    const host = this.#hostOf(file);
    let read = 0;
    try {
      checkLength(answer, size, host);
      for await (const part of this.#partsOf(answer, host)) {
        read += part.length;
        if (read > size) throw tooMuch(host);
        this.#options.onGiving?.();
        yield part;
      }
      if (read < size) throw tooLittle(host);
    } finally {
      answer.body.destroy();
    }
  }

  /** At the place that is remembered, or else at the address in the torrent. @returns an answer with status 200 or 206 */
  async #open(file: number, headers: Readonly<Record<string, string>>): Promise<FetchAnswer> {
    const place = this.#places.get(file);
    if (place !== undefined && place.until > this.#options.clock.now()) {
      try {
        const answer = await this.#openAt(place.url, headers, place.reach);
        // Read last: it is forgotten last.
        if (this.#places.delete(file)) this.#places.set(file, place);
        return answer;
      } catch {
        if (this.#abort.signal.aborted) throw new ShoalError('aborted', 'interrupted');
        // The mirror fails: where it was named is asked again.
        if (this.#places.get(file) === place) this.#places.delete(file);
      }
    }
    const { url, geometry, reach } = this.#options;
    return this.#openAt(fileUrl(url, geometry, file), headers, reach, file);
  }

  /** @param remembers the file whose place is noted when this is redirected */
  async #openAt(
    url: string,
    headers: Readonly<Record<string, string>>,
    reach: Reach,
    remembers?: number,
  ): Promise<FetchAnswer> {
    const { userAgent } = this.#options;
    const { signal } = this.#abort;
    const answer = await this.#session.open(url, { userAgent, reach, headers, signal });
    const { status, elsewhere } = answer;
    if (elsewhere !== undefined || (status !== 200 && status !== 206)) {
      answer.discard();
      if (elsewhere !== undefined) throw notFetched(elsewhere);
      throw refusalOf(answer.url, status, answer.headers['retry-after']);
    }
    if (remembers !== undefined && answer.url !== url) {
      const isPublic = reach !== 'anywhere' && !answer.isLocal;
      this.#remember(remembers, { url: answer.url, reach: isPublic ? 'public' : reach });
    }
    return answer;
  }

  #remember(file: number, place: Omit<Place, 'until'>): void {
    const [oldest] = this.#places.keys();
    if (this.#places.size >= MAX_PLACES && oldest !== undefined) this.#places.delete(oldest);
    this.#places.set(file, { ...place, until: this.#options.clock.now() + REMEMBER_MS });
  }

  #hostOf(file: number): string {
    return new URL(this.#places.get(file)?.url ?? this.#options.url).host;
  }

  /** The body, part by part; fails when nothing comes for long. Time in which nobody reads does not count. */
  async *#partsOf({ body }: FetchAnswer, host: string): AsyncGenerator<Uint8Array, void, void> {
    const silence = new ShoalError('fetch-failed', `${host} sent nothing for ${QUIET_MS / 1000} s`);
    const parts = body[Symbol.asyncIterator]();
    for (;;) {
      const quiet = this.#options.clock.after(QUIET_MS, () => body.destroy(silence));
      const { done, value } = await parts
        .next()
        .catch((error: unknown) => {
          if (error instanceof ShoalError) throw error;
          throw new ShoalError('fetch-failed', `${host}: ${(error as Error).message}`, error);
        })
        .finally(() => quiet.cancel());
      if (done === true) return;
      yield value;
    }
  }
}

/** RFC 9110 section 14.4. A server that leaves it out is believed: every piece is proved. */
function checkRange({ headers }: FetchAnswer, offset: number, size: number, host: string): void {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  if (range === null) return;
  if (Number(range[1]) !== offset)
    throw new ShoalError('fetch-failed', `${host} sent another part of the file than was asked for`);
  if (range[2] !== '*' && Number(range[2]) !== size) throw otherSize(host, Number(range[2]), size);
}

/** A page that says "not found" with status 200 has another length. */
function checkLength({ headers }: FetchAnswer, size: number, host: string): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new ShoalError('fetch-failed', `${host} packs files with ${encoding}, which nobody asked for`);
  const length = headers['content-length'];
  if (length !== undefined && Number(length) !== size) throw otherSize(host, Number(length), size);
}

function otherSize(host: string, has: number, size: number): ShoalError {
  return new ShoalError(
    'fetch-failed',
    `${host} has a file of ${has} bytes there, and the share one of ${size}`,
  );
}

const tooMuch = (host: string): ShoalError =>
  new ShoalError('fetch-failed', `${host} sent more than it was asked for`);
const tooLittle = (host: string): ShoalError =>
  new ShoalError('fetch-failed', `${host} sent less than it was asked for`);

async function readExactly(
  parts: AsyncIterable<Uint8Array>,
  length: number,
  host: string,
): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  let at = 0;
  for await (const part of parts) {
    if (at + part.length > length) throw tooMuch(host);
    out.set(part, at);
    at += part.length;
  }
  if (at < length) throw tooLittle(host);
  return out;
}
