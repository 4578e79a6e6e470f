/**
 * Magnet links: BEP 9 (`xt=urn:btih:`, `dn`, `tr`, `x.pe`), BEP 52 (`xt=urn:btmh:1220…`), BEP 53 (`so=`), web seeds
 * (`ws=`). A link with both hashes names a hybrid share.
 *
 * A link needs a hash. Any other part that is broken is left out, and a notice says so.
 */
import { type Address, addressKey, parseHostPort } from '../../ground/address.ts';
import { fromBase32, fromHex, toHex } from '../../ground/bytes.ts';
import { fail, type Malformed, type Result, succeed } from '../../ground/result.ts';
import { splitLinks } from './link-list.ts';
import { cleanLink, escapeText, magnetQuery, queryPairs } from './pasted-link.ts';

export interface Magnet {
  readonly infoHashV1?: Uint8Array;
  readonly infoHashV2?: Uint8Array;
  readonly name?: string;
  readonly trackers: readonly string[];
  readonly webSeeds: readonly string[];
  /** A host may be a name. It is resolved when we connect. */
  readonly peers: readonly Address[];
  /** BEP 53: indices of the wanted files, ascending ranges [first, last]; absent for all. */
  readonly selectOnly?: readonly (readonly [number, number])[];
  /** Which parts were broken and left out. */
  readonly notices?: readonly Malformed[];
}

const MAX_LINK_LENGTH = 65_536;
const MAX_ENTRIES = 1000;
const MAX_NOTICES = 20;
/** A broken part is shown so far. */
const MAX_SHOWN = 60;
/** Multihash prefix: code 0x12 is SHA-256, 0x20 its length. */
const SHA256_MULTIHASH = '1220';

/**
 * Reads a link as people paste it, or a bare info hash: 40 hex or 32 base32 digits (v1), 64 hex (v2), 68 hex
 * (multihash).
 */
export function parseMagnet(text: string): Result<Magnet> {
  // A link has a few marks around it at most, so a longer text is not a link.
  if (text.length > MAX_LINK_LENGTH) return fail('magnet-too-long', `over ${MAX_LINK_LENGTH} characters`);
  const link = cleanLink(text);
  const bare = parseBareHash(link);
  if (bare !== undefined) return succeed({ ...bare, trackers: [], webSeeds: [], peers: [] });
  const query = magnetQuery(link);
  if (query === undefined) return fail('magnet-scheme', 'neither a magnet link nor an info hash');
  const count = splitLinks(link).filter((part) => magnetQuery(part) !== undefined).length;
  if (count > 1) return fail('magnet-several', `these are ${count} links: give them one by one`);
  const reader = new MagnetReader();
  for (const [key, value] of queryPairs(query, MAX_ENTRIES)) reader.read(key, value.trim());
  return reader.finish();
}

class MagnetReader {
  readonly #trackers = new Set<string>();
  readonly #webSeeds = new Set<string>();
  readonly #peers = new Map<string, Address>();
  readonly #notices: Malformed[] = [];
  #hashes: Hashes = {};
  #name: string | undefined;
  #selectOnly: (readonly [number, number])[] | undefined;
  /** The fault of the first hash that cannot be read. */
  #brokenHash: string | undefined;

  read(key: string, value: string): void {
    if (key === 'xt') this.#readTopic(value);
    else if (value === '') return;
    else if (key === 'dn') this.#name ??= value;
    else if (key === 'tr') {
      if (URL.canParse(value)) this.#trackers.add(value);
      else this.#note(`the tracker (tr) "${shorten(value)}" is no address`);
    } else if (key === 'ws' || key === 'as') {
      if (/^https?:/i.test(value) && URL.canParse(value)) this.#webSeeds.add(value);
      else this.#note(`the web seed (${key}) "${shorten(value)}" is no http address`);
    } else if (key === 'x.pe') {
      const peer = parseHostPort(value);
      if (peer !== undefined) this.#peers.set(addressKey(peer), peer);
      else this.#note(`the peer (x.pe) "${shorten(value)}" is no host and port`);
    } else if (key === 'so') this.#readSelection(value);
  }

  finish(): Result<Magnet> {
    const { infoHashV1, infoHashV2 } = this.#hashes;
    if (infoHashV1 === undefined && infoHashV2 === undefined) {
      if (this.#brokenHash !== undefined)
        return fail('magnet-hash', `the info hash of the link is broken: ${this.#brokenHash}`);
      return fail('magnet-no-hash', 'the link holds no BitTorrent info hash (xt=urn:btih: or urn:btmh:)');
    }
    return succeed({
      ...this.#hashes,
      ...(this.#name === undefined ? {} : { name: this.#name }),
      ...(this.#selectOnly === undefined ? {} : { selectOnly: this.#selectOnly }),
      trackers: [...this.#trackers],
      webSeeds: [...this.#webSeeds],
      peers: [...this.#peers.values()],
      ...(this.#notices.length === 0 ? {} : { notices: this.#notices }),
    });
  }

  #readTopic(value: string): void {
    const topic = parseTopic(value);
    if (topic === 'malformed') {
      const what = describeBrokenTopic(value);
      this.#brokenHash ??= what;
      this.#note(`the info hash (xt) "${shorten(value)}" is broken: ${what}`);
    } else this.#hashes = { ...topic, ...this.#hashes };
  }

  /** Of a list with broken entries the others count (BEP 53); of one without any other, all files are meant. */
  #readSelection(value: string): void {
    const { ranges, broken } = parseRanges(value);
    if (broken.length > 0) this.#note(`"${shorten(broken.join(','))}" in "so" is no file number (BEP 53)`);
    if (ranges.length > 0) this.#selectOnly = ranges;
  }

  #note(message: string): void {
    if (this.#notices.length < MAX_NOTICES)
      this.#notices.push({ code: 'magnet-part-ignored', message: `${message}: ignored` });
  }
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

type Hashes = { readonly infoHashV1?: Uint8Array; readonly infoHashV2?: Uint8Array };

/** Fewer hex digits are a word or a name. */
const MIN_BROKEN_HASH = 20;

/** The fault of a word that is nearly an info hash in hex; undefined for other words. */
export function describeHashLength(text: string): string | undefined {
  const { length } = text;
  if (length < MIN_BROKEN_HASH || length > 80 || !/^[0-9a-f]+$/i.test(text)) return undefined;
  if (length < 40) return `it has ${length} of 40 digits`;
  if (length < 64) return `it has ${length} digits, and v1 has 40, v2 has 64`;
  return `it has ${length} digits, and v2 has 64`;
}

function describeBrokenTopic(value: string): string {
  const [, kind = '', digits = ''] = /^urn:(btih|btmh):([0-9a-f]*)$/i.exec(value) ?? [];
  const right = kind.toLowerCase() === 'btih' ? 40 : 68;
  const { length } = digits;
  if (length === 0 || length === right) return 'it has the wrong length, or signs that no hash has';
  return length < right
    ? `it has ${length} of ${right} digits`
    : `it has ${length} digits instead of ${right}`;
}

function parseBareHash(text: string): Hashes | undefined {
  if (/^[0-9a-fA-F]{40}$/.test(text)) return { infoHashV1: fromHex(text)! };
  if (/^[2-7a-zA-Z]{32}$/.test(text)) return { infoHashV1: fromBase32(text)! };
  if (/^[0-9a-fA-F]{64}$/.test(text)) return { infoHashV2: fromHex(text)! };
  if (/^1220[0-9a-fA-F]{64}$/.test(text)) return { infoHashV2: fromHex(text.slice(4))! };
  return undefined;
}

function parseTopic(value: string): Hashes | 'malformed' {
  const v1 = /^urn:btih:(.*)$/i.exec(value)?.[1];
  const v2 = /^urn:btmh:(.*)$/i.exec(value)?.[1];
  if (v1 !== undefined)
    return v1.length === 40 || v1.length === 32 ? (parseBareHash(v1) ?? 'malformed') : 'malformed';
  if (v2 !== undefined) return v2.length === 68 ? (parseBareHash(v2) ?? 'malformed') : 'malformed';
  return {};
}

function parseRanges(text: string): {
  readonly ranges: (readonly [number, number])[];
  readonly broken: string[];
} {
  const ranges: (readonly [number, number])[] = [];
  const broken: string[] = [];
  for (const part of text.split(',').map((entry) => entry.trim())) {
    const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part);
    const first = Number(match?.[1]);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    if (match !== null && last >= first) ranges.push([first, last]);
    else if (part !== '') broken.push(part);
  }
  return { ranges, broken };
}

export function formatMagnet(magnet: Magnet): string {
  const parts: string[] = [];
  if (magnet.infoHashV1 !== undefined) parts.push(`xt=urn:btih:${toHex(magnet.infoHashV1)}`);
  if (magnet.infoHashV2 !== undefined)
    parts.push(`xt=urn:btmh:${SHA256_MULTIHASH}${toHex(magnet.infoHashV2)}`);
  if (magnet.name !== undefined) parts.push(`dn=${escapeText(magnet.name)}`);
  for (const tracker of magnet.trackers) parts.push(`tr=${escapeText(tracker)}`);
  for (const seed of magnet.webSeeds) parts.push(`ws=${escapeText(seed)}`);
  for (const peer of magnet.peers) parts.push(`x.pe=${escapeText(addressKey(peer)).replaceAll('%3A', ':')}`);
  if (magnet.selectOnly !== undefined) {
    parts.push(
      `so=${magnet.selectOnly.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')}`,
    );
  }
  return `magnet:?${parts.join('&')}`;
}
