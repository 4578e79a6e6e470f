/**
 * KRPC, the messages of the Mainline DHT (BEP 5), with the fields of BEP 32, 33, 42, 43, 44 and 51: decoding.
 *
 * Written for a node that answers strangers: one pass over the packet, nothing is built that is not asked for, and
 * what is wrong is dropped at the first byte that is. Byte strings are views into the packet. Keys may come in any
 * order (clients differ); unknown keys are skipped.
 */
import { assert } from '../../../ground/assert.ts';
import { type Bytes, toByteString } from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import { ID_LENGTH } from './node-id.ts';

/** Larger than any packet that a DHT sends: the UDP payload of an Ethernet frame, with room. */
export const MAX_PACKET = 2048;
/** We echo transaction ids. This bounds how long they may be. */
const MAX_TRANSACTION = 32;
/** BEP 44: a value is less than 1,000 bytes. */
export const MAX_VALUE_LENGTH = 1000;
export const MAX_SALT_LENGTH = 64;
const MAX_TOKEN = 64;
const MAX_ERROR_TEXT = 200;
const MAX_DEPTH = 16;
export const WANT_V4 = 1;
export const WANT_V6 = 2;

/** Everything that a message may carry; absent fields are undefined. Views are valid as long as the packet. */
export class KrpcMessage {
  kind: 'query' | 'response' | 'error' = 'query';
  transaction: Bytes = NOTHING;
  method: string = '';
  /** 20 bytes; present in every query and response that decodes. */
  id: Bytes = NOTHING;
  isReadOnly: boolean = false;
  /** BEP 42: our address as the sender sees it. */
  ip: Bytes | undefined;
  target: Bytes | undefined;
  infoHash: Bytes | undefined;
  token: Bytes | undefined;
  port: number | undefined;
  isPortImplied: boolean = false;
  isSeed: boolean = false;
  wantsNoSeeds: boolean = false;
  wantsScrape: boolean = false;
  /** Bits WANT_V4 and WANT_V6; 0 when the sender did not say (BEP 32). */
  wants: number = 0;
  /** The bencoded value, as it is signed (BEP 44). */
  value: Bytes | undefined;
  key: Bytes | undefined;
  signature: Bytes | undefined;
  salt: Bytes | undefined;
  sequence: number | undefined;
  cas: number | undefined;
  /** Compact node infos: 26 and 38 bytes each. */
  nodes: Bytes | undefined;
  nodes6: Bytes | undefined;
  values: Bytes[] | undefined;
  samples: Bytes | undefined;
  intervalSeconds: number | undefined;
  count: number | undefined;
  bloomPeers: Bytes | undefined;
  bloomSeeds: Bytes | undefined;
  errorCode: number = 0;
  errorText: string = '';
}

const NOTHING: Uint8Array = new Uint8Array(0);
const [ZERO, NINE, MINUS, COLON] = [0x30, 0x39, 0x2d, 0x3a];
const [LETTER_D, LETTER_E, LETTER_I, LETTER_L] = [0x64, 0x65, 0x69, 0x6c];

/** FNV-1a: keys are told apart by number. A foreign key that collides is only read as if it had the right name. */
function keyHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

const KEYS = {
  a: keyHash('a'),
  e: keyHash('e'),
  ip: keyHash('ip'),
  q: keyHash('q'),
  r: keyHash('r'),
  ro: keyHash('ro'),
  t: keyHash('t'),
  y: keyHash('y'),
  bloomPeers: keyHash('BFpe'),
  bloomSeeds: keyHash('BFsd'),
  cas: keyHash('cas'),
  id: keyHash('id'),
  impliedPort: keyHash('implied_port'),
  infoHash: keyHash('info_hash'),
  interval: keyHash('interval'),
  k: keyHash('k'),
  nodes: keyHash('nodes'),
  nodes6: keyHash('nodes6'),
  noseed: keyHash('noseed'),
  num: keyHash('num'),
  port: keyHash('port'),
  salt: keyHash('salt'),
  samples: keyHash('samples'),
  scrape: keyHash('scrape'),
  seed: keyHash('seed'),
  seq: keyHash('seq'),
  sig: keyHash('sig'),
  target: keyHash('target'),
  token: keyHash('token'),
  v: keyHash('v'),
  values: keyHash('values'),
  want: keyHash('want'),
} as const;

assert(new Set(Object.values(KEYS)).size === Object.keys(KEYS).length, 'known keys have different hashes');

const SYNTAX = fail('krpc-syntax', 'not a bencoded KRPC message');
const NO_ID = fail('krpc-id', 'no node id of 20 bytes (BEP 5)');
const NO_KIND = fail('krpc-kind', 'neither query, response nor error (BEP 5)');

/** Carries "malformed" out of the scan without the cost of a stack trace. */
const REFUSAL: unique symbol = Symbol('refusal');

export function decodeKrpc(packet: Bytes): Result<KrpcMessage> {
  const { length } = packet;
  if (length < 12 || length > MAX_PACKET || packet[0] !== LETTER_D || packet[length - 1] !== LETTER_E) {
    return SYNTAX;
  }
  const message = new KrpcMessage();
  const scan = new Scan(packet, message);
  try {
    scan.readMessage();
  } catch (error) {
    if (error === REFUSAL) return SYNTAX;
    throw error;
  }
  if (scan.kind === 'q') message.kind = 'query';
  else if (scan.kind === 'r') message.kind = 'response';
  else if (scan.kind === 'e') {
    message.kind = 'error';
    return message.transaction.length === 0 ? SYNTAX : succeed(message);
  } else return NO_KIND;
  if (message.id.length !== ID_LENGTH) return NO_ID;
  if (message.kind === 'query' && message.method === '') return NO_KIND;
  return succeed(message);
}

class Scan {
  kind = '';
  readonly #packet: Bytes;
  readonly #message: KrpcMessage;
  #at = 0;

  constructor(packet: Bytes, message: KrpcMessage) {
    this.#packet = packet;
    this.#message = message;
  }

  readMessage(): void {
    const message = this.#message;
    this.#at = 1;
    while (this.#packet[this.#at] !== LETTER_E) {
      switch (this.#readKey()) {
        case KEYS.a:
        case KEYS.r:
          this.#readBody();
          break;
        case KEYS.e:
          this.#readError();
          break;
        case KEYS.ip:
          message.ip = this.#readAddress();
          break;
        case KEYS.q:
          message.method = toByteString(this.#readString(32));
          break;
        case KEYS.ro:
          message.isReadOnly = this.#readFlag();
          break;
        case KEYS.t:
          message.transaction = this.#readString(MAX_TRANSACTION);
          break;
        case KEYS.y:
          this.kind = toByteString(this.#readString(1));
          break;
        default:
          this.#skip(0);
      }
    }
    if (this.#at !== this.#packet.length - 1) throw REFUSAL;
  }

  /** The arguments of a query or the values of a response. */
  #readBody(): void {
    if (this.#packet[this.#at] !== LETTER_D) return this.#skip(0);
    this.#at++;
    while (this.#packet[this.#at] !== LETTER_E) this.#readField(this.#readKey());
    this.#at++;
  }

  #readField(key: number): void {
    const message = this.#message;
    switch (key) {
      case KEYS.id:
        message.id = this.#readString(MAX_PACKET);
        break;
      case KEYS.target:
        message.target = this.#readExact(ID_LENGTH);
        break;
      case KEYS.infoHash:
        message.infoHash = this.#readExact(ID_LENGTH);
        break;
      case KEYS.token:
        message.token = this.#readString(MAX_TOKEN);
        break;
      case KEYS.nodes:
        message.nodes = this.#readString(MAX_PACKET);
        break;
      case KEYS.nodes6:
        message.nodes6 = this.#readString(MAX_PACKET);
        break;
      case KEYS.values:
        message.values = this.#readStrings();
        break;
      case KEYS.want:
        message.wants = this.#readWants();
        break;
      case KEYS.port:
        message.port = this.#readNumber();
        break;
      case KEYS.impliedPort:
        message.isPortImplied = this.#readFlag();
        break;
      default:
        this.#readRareField(key);
    }
  }

  #readRareField(key: number): void {
    const message = this.#message;
    switch (key) {
      case KEYS.seed:
        message.isSeed = this.#readFlag();
        break;
      case KEYS.noseed:
        message.wantsNoSeeds = this.#readFlag();
        break;
      case KEYS.scrape:
        message.wantsScrape = this.#readFlag();
        break;
      case KEYS.v: {
        const start = this.#at;
        this.#skip(0);
        message.value = this.#packet.subarray(start, this.#at);
        break;
      }
      case KEYS.k:
        message.key = this.#readExact(32);
        break;
      case KEYS.sig:
        message.signature = this.#readExact(64);
        break;
      case KEYS.salt:
        message.salt = this.#readString(MAX_PACKET);
        break;
      case KEYS.seq:
        message.sequence = this.#readNumber();
        break;
      case KEYS.cas:
        message.cas = this.#readNumber();
        break;
      case KEYS.samples:
        message.samples = this.#readString(MAX_PACKET);
        break;
      case KEYS.interval:
        message.intervalSeconds = this.#readNumber();
        break;
      case KEYS.num:
        message.count = this.#readNumber();
        break;
      case KEYS.bloomPeers:
        message.bloomPeers = this.#readExact(256);
        break;
      case KEYS.bloomSeeds:
        message.bloomSeeds = this.#readExact(256);
        break;
      default:
        this.#skip(0);
    }
  }

  #readError(): void {
    const message = this.#message;
    if (this.#packet[this.#at] !== LETTER_L) return this.#skip(0);
    this.#at++;
    for (let i = 0; this.#packet[this.#at] !== LETTER_E; i++) {
      if (i === 0) message.errorCode = this.#readNumber() ?? 0;
      else if (i === 1 && this.#isDigit()) {
        message.errorText = toByteString(this.#readString(MAX_PACKET).subarray(0, MAX_ERROR_TEXT));
      } else this.#skip(0);
    }
    this.#at++;
  }

  #readWants(): number {
    let wants = 0;
    for (const want of this.#readStrings() ?? []) {
      if (want.length === 2 && want[0] === 0x6e)
        wants |= want[1] === 0x34 ? WANT_V4 : want[1] === 0x36 ? WANT_V6 : 0;
    }
    return wants;
  }

  /** A list of byte strings; entries of other types are passed over. */
  #readStrings(): Bytes[] | undefined {
    if (this.#packet[this.#at] !== LETTER_L) {
      this.#skip(0);
      return undefined;
    }
    this.#at++;
    const list: Bytes[] = [];
    while (this.#packet[this.#at] !== LETTER_E) {
      if (this.#isDigit()) list.push(this.#readString(MAX_PACKET));
      else this.#skip(0);
    }
    this.#at++;
    return list;
  }

  #readAddress(): Bytes | undefined {
    const bytes = this.#readString(MAX_PACKET);
    return bytes.length === 6 || bytes.length === 18 || bytes.length === 4 || bytes.length === 16
      ? bytes
      : undefined;
  }

  #isDigit(): boolean {
    const first = this.#packet[this.#at]!;
    return first >= ZERO && first <= NINE;
  }

  #readKey(): number {
    const length = this.#readLength();
    const end = this.#at + length;
    let hash = 0x811c9dc5;
    for (let i = this.#at; i < end; i++) hash = Math.imul(hash ^ this.#packet[i]!, 0x01000193);
    this.#at = end;
    return hash | 0;
  }

  /** Reads `N:`, and makes sure that N bytes follow. */
  #readLength(): number {
    const packet = this.#packet;
    const start = this.#at;
    let length = 0;
    for (;;) {
      const digit = packet[this.#at];
      if (digit === COLON && this.#at > start) break;
      if (digit === undefined || digit < ZERO || digit > NINE || this.#at - start > 4) throw REFUSAL;
      length = length * 10 + digit - ZERO;
      this.#at++;
    }
    this.#at++;
    if (length > packet.length - this.#at) throw REFUSAL;
    return length;
  }

  #readString(maxLength: number): Bytes {
    const length = this.#readLength();
    if (length > maxLength) throw REFUSAL;
    const start = this.#at;
    this.#at += length;
    return this.#packet.subarray(start, this.#at);
  }

  /** A string of any other length makes the whole message malformed: no node sends one by accident. */
  #readExact(length: number): Bytes {
    const bytes = this.#readString(MAX_PACKET);
    if (bytes.length !== length) throw REFUSAL;
    return bytes;
  }

  #readFlag(): boolean {
    return (this.#readNumber() ?? 0) !== 0;
  }

  /** Undefined for a number that JavaScript can't hold exactly. */
  #readNumber(): number | undefined {
    const packet = this.#packet;
    if (packet[this.#at] !== LETTER_I) {
      this.#skip(0);
      return undefined;
    }
    this.#at++;
    const isNegative = packet[this.#at] === MINUS;
    if (isNegative) this.#at++;
    const start = this.#at;
    let value = 0;
    for (;;) {
      const digit = packet[this.#at];
      if (digit === LETTER_E) break;
      if (digit === undefined || digit < ZERO || digit > NINE || this.#at - start > 20) throw REFUSAL;
      value = value * 10 + digit - ZERO;
      this.#at++;
    }
    if (this.#at === start) throw REFUSAL;
    this.#at++;
    if (!Number.isSafeInteger(value)) return undefined;
    return isNegative ? -value : value;
  }

  #skip(depth: number): void {
    const packet = this.#packet;
    const first = packet[this.#at];
    if (first === LETTER_I) {
      this.#readNumber();
    } else if (first === LETTER_L || first === LETTER_D) {
      if (depth >= MAX_DEPTH) throw REFUSAL;
      this.#at++;
      for (let isKey = true; packet[this.#at] !== LETTER_E; isKey = !isKey) {
        if (this.#at >= packet.length) throw REFUSAL;
        if (first === LETTER_D && isKey) this.#readKey();
        else this.#skip(depth + 1);
      }
      this.#at++;
    } else {
      // `at +=` would read `at` before the length has moved it.
      const length = this.#readLength();
      this.#at += length;
    }
  }
}
