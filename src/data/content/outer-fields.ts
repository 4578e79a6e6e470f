/**
 * The keys of a torrent file beside `info`: trackers (BEP 3, 12), web seeds (BEP 19), DHT nodes (BEP 5), piece layers
 * (BEP 52), and what people wrote about it.
 *
 * Nothing here is under the info hash, and a share works without any of it. So a part that is broken is left out, and
 * a notice says so: the torrent as a whole is taken.
 */
import { type Address, parseHostPort } from '../../ground/address.ts';
import { type BencodeDictionary, type BencodeValue, field } from '../../ground/bencode.ts';
import { copyBytes, fromUtf8Lossy, toByteString, toHex } from '../../ground/bytes.ts';
import type { Hasher } from '../../ground/ports.ts';
import type { Malformed } from '../../ground/result.ts';
import { isPieceLayerOf, pieceLayerLength } from './merkle.ts';
import type { InfoDictionary } from './model.ts';

const MAX_TRACKERS = 1000;
const MAX_WEB_SEEDS = 1000;
const MAX_DHT_NODES = 100;
/** A broken URL is shown so far. */
const MAX_SHOWN = 60;
/** A torrent of a million broken parts is not worth a million notices. */
const MAX_NOTICES = 20;

export class OuterFields {
  readonly notices: Malformed[] = [];
  readonly #outer: BencodeDictionary;

  constructor(outer: BencodeDictionary) {
    this.#outer = outer;
  }

  /** Text under the first of the keys that is there. */
  text(...keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const value = this.#outer.get(key);
      if (value instanceof Uint8Array) return fromUtf8Lossy(value);
      if (value !== undefined) this.#note(`"${key}" is no text`);
    }
    return undefined;
  }

  /** Seconds since 1970. */
  creationDate(): number | undefined {
    const seconds = field.count(this.#outer, 'creation date');
    if (seconds === undefined && this.#outer.has('creation date')) this.#note('"creation date" is no time');
    return seconds;
  }

  /** Tiers of announce URLs; `announce` counts where no list does (BEP 12). A list of URLs without tiers is taken too. */
  trackers(): string[][] {
    const tiers: string[][] = [];
    let left = MAX_TRACKERS;
    for (const tier of this.#list('announce-list')) {
      const urls: string[] = [];
      for (const entry of Array.isArray(tier) ? tier : [tier]) {
        if (left === 0) break;
        const url = this.#url('announce-list', entry);
        if (url === undefined) continue;
        urls.push(url);
        left--;
      }
      if (urls.length > 0) tiers.push(urls);
    }
    if (left === 0) this.#note(`"announce-list" holds over ${MAX_TRACKERS} trackers`);
    const announce = this.#outer.get('announce');
    const url = announce === undefined ? undefined : this.#url('announce', announce);
    if (tiers.length === 0 && url !== undefined) tiers.push([url]);
    return tiers;
  }

  /** One URL or a list of them (BEP 19). */
  webSeeds(): string[] {
    const value = this.#outer.get('url-list');
    const entries = value instanceof Uint8Array ? [value] : this.#list('url-list');
    if (entries.length > MAX_WEB_SEEDS) this.#note(`"url-list" holds over ${MAX_WEB_SEEDS} addresses`);
    const urls = new Set<string>();
    for (const entry of entries.slice(0, MAX_WEB_SEEDS)) {
      const url = this.#url('url-list', entry);
      if (url === undefined) continue;
      if (/^https?:/i.test(url)) urls.add(url);
      else this.#note(`"url-list" names "${shorten(url)}", which is no http address`);
    }
    return [...urls];
  }

  /** A list of [host, port] (BEP 5). */
  dhtNodes(): Address[] {
    const nodes: Address[] = [];
    const entries = this.#list('nodes');
    for (const entry of entries.slice(0, MAX_DHT_NODES)) {
      const [host, port] = Array.isArray(entry) ? entry : [];
      const text = host instanceof Uint8Array ? fromUtf8Lossy(host) : '';
      const address = parseHostPort(
        text.includes(':') ? `[${text}]:${String(port)}` : `${text}:${String(port)}`,
      );
      if (address !== undefined) nodes.push(address);
      else this.#note('"nodes" holds an entry that is no host and port (BEP 5)');
    }
    return nodes;
  }

  /**
   * The layers that are given and hash up to their root. Missing and wrong ones are fetched from peers, which
   * prove them the same way (hash requests, BEP 52).
   */
  pieceLayers(info: InfoDictionary, hasher: Hasher): Map<string, Uint8Array> {
    const layers = new Map<string, Uint8Array>();
    if (info.version === 'v1') return layers;
    const given = field.dictionary(this.#outer, 'piece layers');
    for (const file of info.files) {
      if (file.piecesRoot === undefined || pieceLayerLength(file.lengthBytes, info.pieceLength) === 0)
        continue;
      const key = toHex(file.piecesRoot);
      if (layers.has(key)) continue;
      const layer = given?.get(toByteString(file.piecesRoot));
      const isRight =
        layer instanceof Uint8Array &&
        isPieceLayerOf(file.piecesRoot, layer, file.lengthBytes, info.pieceLength, hasher);
      if (isRight) layers.set(key, copyBytes(layer));
      else {
        const what = layer === undefined ? 'is missing' : 'does not hash to its root';
        const code = layer === undefined ? 'torrent-layer-missing' : 'torrent-layer-wrong';
        this.#add(code, `the piece layer of ${file.path.join('/')} ${what} (BEP 52): peers are asked for it`);
      }
    }
    return layers;
  }

  #list(key: string): BencodeValue[] {
    const value = this.#outer.get(key);
    if (Array.isArray(value)) return value;
    if (value !== undefined) this.#note(`"${key}" is no list`);
    return [];
  }

  /** Undefined for a text that is not a URL. Some programs write empty texts: they get no notice. */
  #url(key: string, entry: BencodeValue): string | undefined {
    const text = entry instanceof Uint8Array ? fromUtf8Lossy(entry).trim() : undefined;
    if (text === '') return undefined;
    if (text !== undefined && URL.canParse(text)) return text;
    this.#note(
      `"${key}" holds ${text === undefined ? 'what is no text' : `"${shorten(text)}", which is no address`}`,
    );
    return undefined;
  }

  #note(message: string): void {
    this.#add('torrent-part-ignored', `${message}: ignored`);
  }

  #add(code: string, message: string): void {
    if (this.notices.length >= MAX_NOTICES) return;
    if (!this.notices.some((notice) => notice.message === message)) this.notices.push({ code, message });
  }
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
