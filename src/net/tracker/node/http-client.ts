/** Announces and scrapes over HTTP and HTTPS. */
import { ShoalError } from '../../../ground/errors.ts';
import type { Filter } from '../../../ground/filter.ts';
import { badStatus, fetchHttp, notFetched } from '../../link/node/http-fetch.ts';
import { isTrackerPath } from '../../link/node/web-access.ts';
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from '../wire/announce.ts';
import { announceUrl, decodeAnnounce, decodeScrape, MAX_RESPONSE_BYTES, scrapeUrl } from '../wire/http.ts';
import { TrackerRefusal } from './refusal.ts';

/** From the first packet to the last byte of the answer. */
const TIMEOUT_MS = 20_000;

export interface FetchOptions {
  readonly userAgent: string;
  /** 4 or 6 to use only that family. */
  readonly family?: 4 | 6;
  readonly signal?: AbortSignal | undefined;
  /** A person allowed trackers anywhere in our own network. */
  readonly mayReachPrivate?: boolean;
  /** Denied addresses get no announce. */
  readonly filter?: Filter | undefined;
}

export async function announceHttp(
  url: string,
  request: AnnounceRequest,
  trackerId: string | undefined,
  options: FetchOptions,
): Promise<AnnounceResponse> {
  const { body, status, from } = await ask(announceUrl(url, request, trackerId), options);
  const decoded = decodeAnnounce(body);
  if (!decoded.ok) {
    if (status !== 200) throw asTracker(badStatus(from, status));
    throw ShoalError.fromMalformed('tracker-failed', `${url} sent no tracker answer`, decoded.error);
  }
  // Trackers send refusals with error statuses; nothing else is worth reading then.
  if ('failure' in decoded.value) throw new TrackerRefusal(url, decoded.value.failure);
  if (status !== 200) throw asTracker(badStatus(from, status));
  return decoded.value.response;
}

export async function scrapeHttp(
  url: string,
  hashes: readonly Uint8Array[],
  options: FetchOptions,
): Promise<ScrapeEntry[]> {
  const target = scrapeUrl(url, hashes);
  if (target === undefined) throw new ShoalError('unsupported', `${url} has no scrape address (BEP 48)`);
  const { body, status, from } = await ask(target, options);
  if (status !== 200) throw asTracker(badStatus(from, status));
  const decoded = decodeScrape(body);
  if (!decoded.ok)
    throw ShoalError.fromMalformed('tracker-failed', `${url} sent no scrape answer`, decoded.error);
  return decoded.value;
}

interface Answer {
  readonly body: Uint8Array;
  readonly status: number;
  /** Where it came from, after redirects. */
  readonly from: string;
}

/** @throws ShoalError tracker-failed, private-address, denied, aborted */
async function ask(url: string, options: FetchOptions): Promise<Answer> {
  const bounds = { maxBytes: MAX_RESPONSE_BYTES, totalMs: TIMEOUT_MS };
  // Torrents name trackers: in our own network only under the path of one.
  const ofTorrent = isTrackerPath(url) ? 'origin' : 'public';
  const reach = options.mayReachPrivate === true ? 'anywhere' : ofTorrent;
  try {
    const { body, status, elsewhere, url: from } = await fetchHttp(url, { ...options, ...bounds, reach });
    if (elsewhere !== undefined) throw notFetched(elsewhere);
    return { body, status, from };
  } catch (error) {
    throw asTracker(error);
  }
}

function asTracker(error: unknown): unknown {
  if (!(error instanceof ShoalError) || error.code !== 'fetch-failed') return error;
  return new ShoalError('tracker-failed', error.message, error);
}
