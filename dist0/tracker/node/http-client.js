/** Announces and scrapes over HTTP and HTTPS. Answers, redirects and time are bounded. */
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { ShoalError } from '../../ground/errors.js';
import { announceUrl, decodeAnnounce, decodeScrape, MAX_RESPONSE_BYTES, scrapeUrl } from '../wire/http.js';
import { isLocalName, isTrackerPath, publicLookup, requirePublic } from '../../link/node/web-access.js';
import { TrackerRefusal } from './refusal.js';
const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 4;
export async function announceHttp(url, request, trackerId, options) {
    const body = await fetchBytes(announceUrl(url, request, trackerId), options);
    const decoded = decodeAnnounce(body);
    if (!decoded.ok)
        throw ShoalError.fromMalformed('tracker-failed', `${url} sent no tracker answer`, decoded.error);
    if ('failure' in decoded.value)
        throw new TrackerRefusal(url, decoded.value.failure);
    return decoded.value.response;
}
export async function scrapeHttp(url, hashes, options) {
    const target = scrapeUrl(url, hashes);
    if (target === undefined)
        throw new ShoalError('unsupported', `${url} has no scrape address (BEP 48)`);
    const decoded = decodeScrape(await fetchBytes(target, options));
    if (!decoded.ok)
        throw ShoalError.fromMalformed('tracker-failed', `${url} sent no scrape answer`, decoded.error);
    return decoded.value;
}
/**
 * GET with redirects, within bounds.
 * @throws ShoalError tracker-failed, aborted
 */
export async function fetchBytes(url, options) {
    let target = url;
    // What a person typed may lie anywhere; what a torrent names or a server sends us to may not.
    let mayBeLocal = options.isNamedByPerson === true || isTrackerPath(url);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
        const { status, location, body, isLocal } = await fetchOnce(target, options, mayBeLocal);
        mayBeLocal = isLocal;
        if (status >= 300 && status < 400 && location !== undefined && URL.canParse(location, target)) {
            target = new URL(location, target).href;
            continue;
        }
        // Trackers send bencoded refusals with error statuses; nothing else is worth reading then.
        if (status === 200 || (body.length > 0 && body[0] === 0x64))
            return body;
        throw new ShoalError('tracker-failed', `${new URL(target).host} answered with HTTP status ${status}`);
    }
    throw new ShoalError('tracker-failed', `${new URL(url).host} redirected over ${MAX_REDIRECTS} times`);
}
function fetchOnce(url, options, mayBeLocal) {
    const { protocol, host } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:') {
        return Promise.reject(new ShoalError('tracker-failed', `${protocol}// addresses are not fetched: only http and https`));
    }
    try {
        if (!mayBeLocal)
            requirePublic(url);
    }
    catch (error) {
        return Promise.reject(error);
    }
    const get = protocol === 'https:' ? httpsGet : httpGet;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
    return new Promise((resolve, reject) => {
        const failed = (error) => {
            if (options.signal?.aborted === true)
                reject(new ShoalError('aborted', 'interrupted'));
            else if (timeout.aborted)
                reject(new ShoalError('tracker-failed', `${host} did not answer within ${TIMEOUT_MS / 1000} s`));
            else if (error instanceof ShoalError)
                reject(error);
            else
                reject(new ShoalError('tracker-failed', `${host}: ${describe(error)}`, error));
        };
        const headers = { 'user-agent': options.userAgent, 'accept-encoding': 'identity', connection: 'close' };
        const request = get(url, {
            headers,
            signal,
            agent: false,
            ...(mayBeLocal ? {} : { lookup: publicLookup }),
            ...(options.family === undefined ? {} : { family: options.family }),
        }, (message) => {
            const isLocal = isLocalName(message.socket.remoteAddress ?? '');
            readBody(message, options.maxBytes ?? MAX_RESPONSE_BYTES).then((body) => resolve({ status: message.statusCode ?? 0, location: message.headers.location, body, isLocal }), failed);
        });
        request.once('error', failed);
    });
}
function describe(error) {
    const { code } = error;
    if (code === 'ECONNREFUSED')
        return 'nobody listens there';
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
        return 'no such host name';
    return error.message === '' ? (code ?? 'failed') : error.message;
}
async function readBody(message, maxBytes) {
    const parts = [];
    let length = 0;
    for await (const part of message) {
        length += part.length;
        if (length > maxBytes) {
            message.destroy();
            throw new Error(`the answer is over ${maxBytes} bytes`);
        }
        parts.push(part);
    }
    return decompress(Buffer.concat(parts), message.headers['content-encoding'], maxBytes);
}
/** We ask for identity; some trackers compress all the same. */
function decompress(body, encoding, maxOutputLength) {
    if (encoding === 'gzip' || encoding === 'x-gzip')
        return gunzipSync(body, { maxOutputLength });
    if (encoding === 'deflate')
        return inflateSync(body, { maxOutputLength });
    if (encoding === 'br')
        return brotliDecompressSync(body, { maxOutputLength });
    return body;
}
