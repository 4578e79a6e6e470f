/**
 * Metainfo: what a `.torrent` file says (BEP 3, 12, 19, 27, 47, 52). This file reads the outer
 * dictionary; `info-dictionary.ts` reads the part that is hashed.
 *
 * Invariant: a `Metainfo` that was read is consistent: piece counts fit lengths, a hybrid's two halves describe the
 * same files, every piece layer hashes up to its root.
 */
import { parseHostPort } from '../ground/address.js';
import { decodeBencode, encodeBencode, field, } from '../ground/bencode.js';
import { copyBytes, fromByteString, toByteString, toHex } from '../ground/bytes.js';
import { fail, succeed } from '../ground/result.js';
import { parseInfoDictionary } from './info-dictionary.js';
import { isPieceLayerOf, pieceLayerLength } from './merkle.js';
/** Larger files exist nowhere; the bound keeps a hostile URL from filling memory. */
export const MAX_TORRENT_BYTES = 128 * 1024 * 1024;
const MAX_TRACKERS = 1000;
const MAX_WEB_SEEDS = 1000;
const MAX_DHT_NODES = 100;
export function decodeMetainfo(bytes, hasher) {
    if (bytes.length > MAX_TORRENT_BYTES)
        return fail('torrent-too-large', `over ${MAX_TORRENT_BYTES} bytes`);
    const decoded = decodeBencode(bytes, { sortedKeys: false });
    if (!decoded.ok)
        return decoded;
    const outer = decoded.value.value;
    if (!(outer instanceof Map))
        return fail('torrent-not-dictionary', 'a torrent is a dictionary (BEP 3)');
    const span = decoded.value.spans.get('info');
    if (span === undefined)
        return fail('torrent-no-info', 'the key "info" is missing (BEP 3)');
    const infoBytes = copyBytes(bytes.subarray(span[0], span[1]));
    const base = metainfoFromInfo(infoBytes, hasher);
    if (!base.ok)
        return base;
    const layers = readPieceLayers(outer, base.value.info, hasher);
    if (!layers.ok)
        return layers;
    const comment = field.text(outer, 'comment.utf-8') ?? field.text(outer, 'comment');
    const createdBy = field.text(outer, 'created by');
    const creationDate = field.count(outer, 'creation date');
    const dhtNodes = readDhtNodes(outer);
    return succeed({
        ...base.value,
        pieceLayers: layers.value,
        trackers: readTrackers(outer),
        webSeeds: readWebSeeds(outer),
        ...(dhtNodes.length === 0 ? {} : { dhtNodes }),
        ...(comment === undefined ? {} : { comment }),
        ...(createdBy === undefined ? {} : { createdBy }),
        ...(creationDate === undefined ? {} : { creationDate }),
    });
}
/** From the bare info dictionary, as peers send it to holders of a magnet link (BEP 9). */
export function metainfoFromInfo(infoBytes, hasher) {
    const info = parseInfoDictionary(infoBytes);
    if (!info.ok)
        return info;
    const { version } = info.value;
    return succeed({
        info: info.value,
        infoBytes,
        ...(version === 'v2' ? {} : { infoHashV1: hasher.sha1(infoBytes) }),
        ...(version === 'v1' ? {} : { infoHashV2: hasher.sha256(infoBytes) }),
        pieceLayers: new Map(),
        trackers: [],
        webSeeds: [],
    });
}
/**
 * A torrent that we stored ourselves. After a magnet link to a hybrid share its piece layers may be missing, since the
 * v1 hashes were enough: it is still good for going on.
 */
export function decodeStoredMetainfo(bytes, hasher) {
    const whole = decodeMetainfo(bytes, hasher);
    if (whole.ok || whole.error.code !== 'torrent-layer-missing')
        return whole;
    const span = decodeBencode(bytes, { sortedKeys: false });
    const at = span.ok ? span.value.spans.get('info') : undefined;
    return at === undefined ? whole : metainfoFromInfo(copyBytes(bytes.subarray(at[0], at[1])), hasher);
}
/** Writes a `.torrent`; the info dictionary goes in byte for byte. */
export function encodeMetainfo(metainfo) {
    const trackers = metainfo.trackers.filter((tier) => tier.length > 0);
    const outer = {
        announce: trackers[0]?.[0],
        'announce-list': trackers.flat().length > 1 ? trackers : undefined,
        comment: metainfo.comment,
        'created by': metainfo.createdBy,
        'creation date': metainfo.creationDate,
        nodes: metainfo.dhtNodes?.map(({ host, port }) => [host, port]),
        'url-list': metainfo.webSeeds.length > 0 ? metainfo.webSeeds : undefined,
    };
    if (metainfo.info.version !== 'v1') {
        const layers = new Map();
        for (const { piecesRoot } of metainfo.info.files) {
            if (piecesRoot === undefined)
                continue;
            const layer = metainfo.pieceLayers.get(toHex(piecesRoot));
            if (layer !== undefined)
                layers.set(toByteString(piecesRoot), layer);
        }
        outer['piece layers'] = layers;
    }
    return spliceInfo(outer, metainfo.infoBytes);
}
/** Bencode has no "raw" value, so the info dictionary is spliced in at its place among the sorted keys. */
function spliceInfo(outer, infoBytes) {
    const before = {};
    const after = {};
    for (const [key, value] of Object.entries(outer))
        (key < 'info' ? before : after)[key] = value;
    const head = encodeBencode(before);
    const tail = encodeBencode(after);
    const key = fromByteString('4:info');
    const out = new Uint8Array(head.length - 1 + key.length + infoBytes.length + tail.length - 1);
    out.set(head.subarray(0, head.length - 1));
    out.set(key, head.length - 1);
    out.set(infoBytes, head.length - 1 + key.length);
    out.set(tail.subarray(1), head.length - 1 + key.length + infoBytes.length);
    return out;
}
function readTrackers(outer) {
    const tiers = [];
    let count = 0;
    for (const tier of field.list(outer, 'announce-list') ?? []) {
        const urls = [];
        for (const url of Array.isArray(tier) ? tier : [tier]) {
            if (!(url instanceof Uint8Array) || ++count > MAX_TRACKERS)
                continue;
            const text = new TextDecoder().decode(url).trim();
            if (text !== '')
                urls.push(text);
        }
        if (urls.length > 0)
            tiers.push(urls);
    }
    const announce = field.text(outer, 'announce')?.trim();
    if (tiers.length === 0 && announce !== undefined && announce !== '')
        tiers.push([announce]);
    return tiers;
}
function readWebSeeds(outer) {
    const value = outer.get('url-list');
    const list = Array.isArray(value) ? value : value instanceof Uint8Array ? [value] : [];
    const urls = new Set();
    for (const url of list.slice(0, MAX_WEB_SEEDS)) {
        if (!(url instanceof Uint8Array))
            continue;
        const text = new TextDecoder().decode(url);
        if (/^https?:/i.test(text) && URL.canParse(text))
            urls.add(text);
    }
    return [...urls];
}
/** BEP 5: a list of [host, port]. */
function readDhtNodes(outer) {
    const nodes = [];
    for (const entry of (field.list(outer, 'nodes') ?? []).slice(0, MAX_DHT_NODES)) {
        if (!Array.isArray(entry))
            continue;
        const [host, port] = entry;
        if (!(host instanceof Uint8Array) || typeof port !== 'number')
            continue;
        const text = new TextDecoder().decode(host);
        const address = parseHostPort(text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`);
        if (address !== undefined)
            nodes.push(address);
    }
    return nodes;
}
/** BEP 52: every file longer than a piece has its layer in the torrent, and it must hash up to `pieces root`. */
function readPieceLayers(outer, info, hasher) {
    const layers = new Map();
    if (info.version === 'v1')
        return succeed(layers);
    const given = field.dictionary(outer, 'piece layers');
    for (const file of info.files) {
        if (file.piecesRoot === undefined || pieceLayerLength(file.lengthBytes, info.pieceLength) === 0)
            continue;
        const key = toHex(file.piecesRoot);
        if (layers.has(key))
            continue;
        const layer = given === undefined ? undefined : field.bytes(given, toByteString(file.piecesRoot));
        if (layer === undefined)
            return fail('torrent-layer-missing', `no piece layer for ${file.path.join('/')} (BEP 52)`);
        if (!isPieceLayerOf(file.piecesRoot, layer, file.lengthBytes, info.pieceLength, hasher)) {
            return fail('torrent-layer-wrong', `the piece layer of ${file.path.join('/')} does not hash to its root (BEP 52)`);
        }
        layers.set(key, copyBytes(layer));
    }
    return succeed(layers);
}
