/**
 * Metainfo: what a `.torrent` file says (BEP 3, 12, 19, 27, 47, 52). This file takes the outer dictionary apart and puts
 * it together; `info-dictionary.ts` reads the part that is hashed, `outer-fields.ts` the rest.
 *
 * The info hash is over the info dictionary's bytes as they stand in the file, and `encodeMetainfo` writes those bytes
 * again: they are never re-encoded (BEP 3). The outer dictionary is not hashed, and is read generously.
 *
 * Invariant: a `Metainfo` that was read is consistent: piece counts fit lengths, a hybrid's two halves describe the
 * same files, every piece layer that it holds hashes up to its root. Piece layers may be missing.
 */
import { decodeBencode, type Departure, encodeBencode, type Encodable } from '../../ground/bencode.ts';
import { type Bytes, copyBytes, fromByteString, toByteString, toHex } from '../../ground/bytes.ts';
import type { Hasher } from '../../ground/ports.ts';
import { fail, type Malformed, type Result, succeed } from '../../ground/result.ts';
import { sniff } from '../../ground/sniff.ts';
import { parseInfoDictionary } from './info-dictionary.ts';
import { pieceLayerLength } from './merkle.ts';
import type { Metainfo } from './model.ts';
import { OuterFields } from './outer-fields.ts';

export type { FileEntry, InfoDictionary, Metainfo, TorrentVersion } from './model.ts';

/** Larger files exist nowhere; the bound keeps a hostile URL from filling memory. */
export const MAX_TORRENT_BYTES: number = 128 * 1024 * 1024;

export function decodeMetainfo(bytes: Bytes, hasher: Hasher): Result<Metainfo> {
  if (bytes.length > MAX_TORRENT_BYTES) return fail('torrent-too-large', `over ${MAX_TORRENT_BYTES} bytes`);
  const decoded = decodeBencode(bytes, { form: 'lenient' });
  if (!decoded.ok) return { ok: false, error: explainNoTorrent(bytes, decoded.error) };
  const outer = decoded.value.value;
  const span = decoded.value.spans.get('info');
  if (!(outer instanceof Map) || span === undefined)
    return { ok: false, error: explainNoTorrent(bytes, { code: 'no-info', message: 'no key "info"' }) };
  const infoBytes = copyBytes(bytes.subarray(span[0], span[1]));
  const base = metainfoFromInfo(infoBytes, hasher);
  if (!base.ok) return base;
  const fields = new OuterFields(outer);
  const pieceLayers = fields.pieceLayers(base.value.info, hasher);
  const trackers = fields.trackers();
  const webSeeds = fields.webSeeds();
  const dhtNodes = fields.dhtNodes();
  const comment = fields.text('comment.utf-8', 'comment');
  const createdBy = fields.text('created by');
  const creationDate = fields.creationDate();
  const notices = [
    ...decoded.value.departures.map((departure) => describeDeparture(departure, span)),
    ...fields.notices,
  ];
  return succeed({
    ...base.value,
    pieceLayers,
    trackers,
    webSeeds,
    ...(dhtNodes.length === 0 ? {} : { dhtNodes }),
    ...(comment === undefined ? {} : { comment }),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(creationDate === undefined ? {} : { creationDate }),
    ...(notices.length === 0 ? {} : { notices }),
  });
}

/** The code for bytes that are not a torrent file. For a broken torrent file the code names the rule. */
export const NO_TORRENT = 'torrent-none';

const NO_TORRENT_WORDS = {
  'bencoded dictionary': 'it holds no "info" (BEP 3)',
  empty: 'it is empty',
  'magnet link': 'it is a text with a magnet link: use the link itself',
  other: 'it is in another format',
  text: 'it is a text',
  'web page': 'it is a web page',
} as const;

/**
 * The message for bytes that are not a torrent. It names the kind of file, not the byte at which a decoder
 * stopped.
 */
function explainNoTorrent(bytes: Bytes, { code, message }: Malformed): Malformed {
  const detail = `${message} (${code})`;
  const kind = sniff(bytes);
  if (kind !== 'bencoded dictionary' || code === 'no-info')
    return { code: NO_TORRENT, message: NO_TORRENT_WORDS[kind], detail };
  if (code !== 'bencode-truncated')
    return { code: 'torrent-damaged', message: 'it is damaged: get it again', detail };
  return {
    code: 'torrent-truncated',
    message: `it is cut off after ${bytes.length} bytes: get it again`,
    detail,
  };
}

/** From the bare info dictionary, as peers send it to holders of a magnet link (BEP 9). */
export function metainfoFromInfo(infoBytes: Uint8Array, hasher: Hasher): Result<Metainfo> {
  const info = parseInfoDictionary(infoBytes);
  if (!info.ok) return info;
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

function describeDeparture(departure: Departure, [start, end]: readonly [number, number]): Malformed {
  const { code, message, at } = departure;
  const isHashed = at > start && at <= end;
  const effect = isHashed ? 'in the info dictionary: the info hash is over its bytes as they stand' : 'taken';
  return { code, message: `${message} (byte ${at}), ${effect}` };
}

/** Whether every piece layer is known that peers may ask for (BEP 52). */
export function hasAllLayers({ info, pieceLayers }: Metainfo): boolean {
  return info.files.every(
    ({ piecesRoot, lengthBytes }) =>
      piecesRoot === undefined ||
      pieceLayerLength(lengthBytes, info.pieceLength) === 0 ||
      pieceLayers.has(toHex(piecesRoot)),
  );
}

/** Writes a `.torrent`; the info dictionary goes in byte for byte. */
export function encodeMetainfo(metainfo: Metainfo): Uint8Array<ArrayBuffer> {
  const trackers = metainfo.trackers.filter((tier) => tier.length > 0);
  const outer: Record<string, Encodable | undefined> = {
    announce: trackers[0]?.[0],
    'announce-list': trackers.flat().length > 1 ? trackers : undefined,
    comment: metainfo.comment,
    'created by': metainfo.createdBy,
    'creation date': metainfo.creationDate,
    nodes: metainfo.dhtNodes?.map(({ host, port }) => [host, port]),
    'url-list': metainfo.webSeeds.length > 0 ? metainfo.webSeeds : undefined,
  };
  if (metainfo.info.version !== 'v1') {
    const layers = new Map<string, Encodable>();
    for (const { piecesRoot } of metainfo.info.files) {
      if (piecesRoot === undefined) continue;
      const layer = metainfo.pieceLayers.get(toHex(piecesRoot));
      if (layer !== undefined) layers.set(toByteString(piecesRoot), layer);
    }
    outer['piece layers'] = layers;
  }
  return spliceInfo(outer, metainfo.infoBytes);
}

/** Bencode has no "raw" value, so the info dictionary is spliced in at its place among the sorted keys. */
function spliceInfo(outer: Record<string, Encodable | undefined>, infoBytes: Bytes): Uint8Array<ArrayBuffer> {
  const before: Record<string, Encodable | undefined> = {};
  const after: Record<string, Encodable | undefined> = {};
  for (const [key, value] of Object.entries(outer)) (key < 'info' ? before : after)[key] = value;
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
