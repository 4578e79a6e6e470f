/** Reads a source once: a file or an address, the signature beside it, and the list that it holds. Nothing is kept here. */
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Filter } from '../../../ground/filter.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import { USER_AGENT } from '../../../ground/version.ts';
import { badStatus, type FetchAnswer, fetchHttp, notFetched } from '../../../net/link/node/http-fetch.ts';
import { isHomeName, type Reach } from '../../../net/link/node/web-access.ts';
import { type ListFile, MAX_LIST_BYTES, readListFile, tooLarge } from './list-file.ts';
import { MAX_SIGNATURE_BYTES, verifySignature } from './verify.ts';

/** Lists are large, and their servers slow. */
const FETCH_MS = 10 * 60_000;
/** The largest list from a slow disk or drive. */
const FILE_MS = 60_000;

export type FetchList = typeof fetchHttp;

export interface ReadRequest {
  readonly location: string;
  readonly key: string | undefined;
  /** Of the copy that is kept; undefined when there is none. */
  readonly etag: string | undefined;
  /** Where the address may lie; as its name says by default. */
  readonly reach?: Reach | undefined;
  /** What a shell hands over: its end is not for us to know. */
  readonly mayBePipe?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** `unchanged`: the copy that is kept is the newest. */
export type ReadOutcome = 'unchanged' | { readonly file: ListFile; readonly etag: string | undefined };

export interface SourceReaderOptions {
  /** Lists at denied addresses are not fetched. */
  readonly filter: Filter;
  /** Another one in tests. */
  readonly fetch?: FetchList;
}

export const isAddress = (location: string): boolean => /^https?:\/\//i.test(location);

export class SourceReader {
  readonly #filter: Filter;
  readonly #fetch: FetchList;

  constructor({ filter, fetch = fetchHttp }: SourceReaderOptions) {
    this.#filter = filter;
    this.#fetch = fetch;
  }

  /**
   * @throws ShoalError bad-argument when it is no list, bad-signature, fetch-failed, private-address, denied, not-found, …
   */
  async read(request: ReadRequest): Promise<ReadOutcome> {
    if (!isAddress(request.location)) return this.#readFile(request);
    if (URL.canParse(request.location)) return this.#readAddress(request);
    throw new ShoalError('bad-argument', `"${request.location}" is no address of a list`);
  }

  async #readAddress(request: ReadRequest): Promise<ReadOutcome> {
    const { location, key, etag } = request;
    const headers = etag === undefined ? {} : { 'if-none-match': etag };
    const answer = await this.#get(location, request, { headers, maxBytes: MAX_LIST_BYTES });
    if (answer.status === 304 && etag !== undefined) return 'unchanged';
    if (answer.status !== 200) throw badStatus(answer.url, answer.status);
    if (key !== undefined) {
      const signature = await this.#get(signatureAddress(location), request, {
        headers: {},
        maxBytes: MAX_SIGNATURE_BYTES,
      });
      if (signature.status !== 200) throw noSignature(location, badStatus(signature.url, signature.status));
      verifySignature(answer.body, signature.body, key, location);
    }
    return { file: await readListFile(answer.body, location), etag: answer.etag };
  }

  async #get(
    url: string,
    { location, reach, signal }: ReadRequest,
    { headers, maxBytes }: { readonly headers: Readonly<Record<string, string>>; readonly maxBytes: number },
  ): Promise<FetchAnswer> {
    // It is fetched again and again without a person: only a name that says so leads into our own network.
    const ofName = isHomeName(new URL(location).hostname) ? 'inside' : 'public';
    const answer = await this.#fetch(url, {
      userAgent: USER_AGENT,
      reach: reach ?? ofName,
      headers,
      maxBytes,
      totalMs: FETCH_MS,
      filter: this.#filter,
      signal,
    });
    if (answer.elsewhere !== undefined) throw notFetched(answer.elsewhere);
    return answer;
  }

  async #readFile({ location, key, etag, mayBePipe = false, signal }: ReadRequest): Promise<ReadOutcome> {
    const info = await this.#infoOf(location, mayBePipe, signal);
    // A file that was not written since is not read again. A pipe has no version: it is read as it comes.
    const version = info.isFile() ? `${info.mtimeMs}/${info.size}` : undefined;
    if (version !== undefined && version === etag) return 'unchanged';
    if (info.size > MAX_LIST_BYTES) throw tooLarge(location);
    const bytes = await readInTime(location, signal);
    if (key !== undefined) {
      const signature = await this.#readSignature(`${location}.minisig`, signal).catch((error: unknown) => {
        throw noSignature(location, error);
      });
      verifySignature(bytes, signature.subarray(0, MAX_SIGNATURE_BYTES), key, location);
    }
    return { file: await readListFile(bytes, location), etag: version };
  }

  async #readSignature(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { size } = await this.#infoOf(path, false, signal);
    if (size > MAX_SIGNATURE_BYTES)
      throw new ShoalError('bad-argument', `${path} is over ${MAX_SIGNATURE_BYTES} bytes`);
    return readInTime(path, signal);
  }

  async #infoOf(path: string, mayBePipe: boolean, signal: AbortSignal | undefined): Promise<Stats> {
    const asked = stat(path).catch((error: unknown) => {
      throw fromSystemError(`cannot read ${path}`, error);
    });
    const info = await withTimeLimit(path, asked, { ms: FILE_MS, signal });
    if (info.isDirectory()) throw new ShoalError('bad-argument', `${path} is a folder, not a list`);
    if (!info.isFile() && !mayBePipe)
      throw new ShoalError('bad-argument', `${path} is a pipe or a device, not a list`);
    return info;
  }
}

/** The next source waits for this one: it goes on though a network drive never answers. */
function readInTime(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const limit = AbortSignal.timeout(FILE_MS);
  const reading = readFile(path, { signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) });
  const read = reading.catch((error: unknown) => {
    throw fromSystemError(`cannot read ${path}`, error);
  });
  return withTimeLimit(path, read, { ms: FILE_MS, signal });
}

/** The list's path with `.minisig` behind it: a query stays where it is. */
function signatureAddress(location: string): string {
  const url = new URL(location);
  url.pathname += '.minisig';
  return url.href;
}

function noSignature(location: string, cause: unknown): ShoalError {
  const why = (cause as Error).message;
  return new ShoalError('bad-signature', `${location} has no signature beside it: ${why}`, cause);
}
