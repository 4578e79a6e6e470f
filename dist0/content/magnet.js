/**
 * Magnet links: BEP 9 (`xt=urn:btih:`, `dn`, `tr`, `x.pe`), BEP 52 (`xt=urn:btmh:1220…`), BEP 53 (`so=`), web seeds
 * (`ws=`). A link with both hashes names a hybrid share.
 */
import { addressKey, parseHostPort } from '../ground/address.js';
import { fromBase32, fromHex, toHex } from '../ground/bytes.js';
import { fail, succeed } from '../ground/result.js';
const MAX_LINK_LENGTH = 65_536;
const MAX_ENTRIES = 1000;
/** Multihash prefix: code 0x12 is SHA-256, 0x20 its length. */
const SHA256_MULTIHASH = '1220';
/** Reads a link, or a bare info hash: 40 hex or 32 base32 digits (v1), 64 hex (v2), 68 hex (multihash). */
export function parseMagnet(text) {
    const trimmed = text.trim();
    if (trimmed.length > MAX_LINK_LENGTH)
        return fail('magnet-too-long', `over ${MAX_LINK_LENGTH} characters`);
    const bare = parseBareHash(trimmed);
    if (bare !== undefined)
        return succeed({ ...bare, trackers: [], webSeeds: [], peers: [] });
    if (!/^magnet:\?/i.test(trimmed))
        return fail('magnet-scheme', 'neither a magnet link nor an info hash');
    return parseParameters(trimmed.slice(trimmed.indexOf('?') + 1));
}
function parseParameters(query) {
    let infoHashV1;
    let infoHashV2;
    let name;
    let selectOnly;
    const lists = {
        trackers: new Set(),
        webSeeds: new Set(),
        peers: new Map(),
    };
    for (const pair of query.split('&').slice(0, MAX_ENTRIES)) {
        const at = pair.indexOf('=');
        if (at < 0)
            continue;
        const key = pair
            .slice(0, at)
            .toLowerCase()
            .replace(/\.\d+$/, '');
        const value = decodeComponent(pair.slice(at + 1));
        if (value === undefined)
            return fail('magnet-escape', `"${key}" holds a broken percent escape`);
        if (key === 'xt') {
            const hash = parseTopic(value);
            if (hash === 'malformed')
                return fail('magnet-hash', 'an info hash has the wrong length or alphabet');
            infoHashV1 ??= hash.infoHashV1;
            infoHashV2 ??= hash.infoHashV2;
        }
        else if (key === 'dn')
            name ??= value;
        else if (key === 'tr')
            lists.trackers.add(value);
        else if (key === 'ws' || key === 'as') {
            if (/^https?:/i.test(value) && URL.canParse(value))
                lists.webSeeds.add(value);
        }
        else if (key === 'x.pe') {
            const peer = parseHostPort(value);
            if (peer !== undefined)
                lists.peers.set(addressKey(peer), peer);
        }
        else if (key === 'so') {
            selectOnly = parseRanges(value);
            if (selectOnly === undefined)
                return fail('magnet-select', '"so" is not a list of file numbers (BEP 53)');
        }
    }
    if (infoHashV1 === undefined && infoHashV2 === undefined) {
        return fail('magnet-no-hash', 'the link holds no BitTorrent info hash (xt=urn:btih: or urn:btmh:)');
    }
    return succeed({
        ...(infoHashV1 === undefined ? {} : { infoHashV1 }),
        ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
        ...(name === undefined ? {} : { name }),
        ...(selectOnly === undefined ? {} : { selectOnly }),
        trackers: [...lists.trackers],
        webSeeds: [...lists.webSeeds],
        peers: [...lists.peers.values()],
    });
}
function parseBareHash(text) {
    if (/^[0-9a-fA-F]{40}$/.test(text))
        return { infoHashV1: fromHex(text) };
    if (/^[2-7a-zA-Z]{32}$/.test(text))
        return { infoHashV1: fromBase32(text) };
    if (/^[0-9a-fA-F]{64}$/.test(text))
        return { infoHashV2: fromHex(text) };
    if (/^1220[0-9a-fA-F]{64}$/.test(text))
        return { infoHashV2: fromHex(text.slice(4)) };
    return undefined;
}
function parseTopic(value) {
    const v1 = /^urn:btih:(.*)$/i.exec(value)?.[1];
    const v2 = /^urn:btmh:(.*)$/i.exec(value)?.[1];
    if (v1 !== undefined)
        return v1.length === 40 || v1.length === 32 ? (parseBareHash(v1) ?? 'malformed') : 'malformed';
    if (v2 !== undefined)
        return v2.length === 68 ? (parseBareHash(v2) ?? 'malformed') : 'malformed';
    return {};
}
function decodeComponent(text) {
    const bytes = [];
    for (let i = 0; i < text.length; i++) {
        const character = text[i];
        if (character === '+')
            bytes.push(0x20);
        else if (character === '%') {
            const digits = text.slice(i + 1, i + 3);
            if (!/^[0-9a-fA-F]{2}$/.test(digits))
                return undefined;
            bytes.push(Number.parseInt(digits, 16));
            i += 2;
        }
        else
            bytes.push(...new TextEncoder().encode(character));
    }
    return new TextDecoder().decode(Uint8Array.from(bytes));
}
function parseRanges(text) {
    const ranges = [];
    for (const part of text.split(',')) {
        const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part);
        if (match === null)
            return undefined;
        const first = Number(match[1]);
        const last = match[2] === undefined ? first : Number(match[2]);
        if (last < first)
            return undefined;
        ranges.push([first, last]);
    }
    return ranges;
}
/** Percent-encodes all but RFC 3986's unreserved characters. */
function escapeText(text) {
    let out = '';
    for (const byte of new TextEncoder().encode(text)) {
        const character = String.fromCharCode(byte);
        out += /[A-Za-z0-9._~-]/.test(character)
            ? character
            : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    }
    return out;
}
export function formatMagnet(magnet) {
    const parts = [];
    if (magnet.infoHashV1 !== undefined)
        parts.push(`xt=urn:btih:${toHex(magnet.infoHashV1)}`);
    if (magnet.infoHashV2 !== undefined)
        parts.push(`xt=urn:btmh:${SHA256_MULTIHASH}${toHex(magnet.infoHashV2)}`);
    if (magnet.name !== undefined)
        parts.push(`dn=${escapeText(magnet.name)}`);
    for (const tracker of magnet.trackers)
        parts.push(`tr=${escapeText(tracker)}`);
    for (const seed of magnet.webSeeds)
        parts.push(`ws=${escapeText(seed)}`);
    for (const peer of magnet.peers)
        parts.push(`x.pe=${escapeText(addressKey(peer)).replaceAll('%3A', ':')}`);
    if (magnet.selectOnly !== undefined) {
        parts.push(`so=${magnet.selectOnly.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')}`);
    }
    return `magnet:?${parts.join('&')}`;
}
