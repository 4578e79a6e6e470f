/**
 * Bencode (BEP 3), bounded, in two forms.
 *
 * The canonical form is what BEP 3 describes: no leading zeros, no minus zero, keys sorted by raw bytes, no key twice,
 * nothing behind the value. It is required wherever two readers must agree on what was hashed or signed. The lenient
 * form takes all of these, reads them as libtorrent does (of a key that stands twice the first value counts), and lists
 * them in `departures`. Whatever is no bencode at all is refused in both.
 *
 * Integers beyond 2^53 are `bigint`. Byte strings are views into the input. Dictionaries are maps keyed by byte strings
 * (see bytes.ts).
 *
 * Invariants: time and memory are linear in the input; depth, count and digits are bounded before anything is built. An
 * input in canonical form decodes to the same value in both forms, without departures.
 */
import { type Bytes, fromByteString, toByteString } from './bytes.ts';
import { fail, type Malformed, type Result, succeed } from './result.ts';

export type BencodeValue = number | bigint | Bytes | BencodeValue[] | BencodeDictionary;
export type BencodeDictionary = Map<string, BencodeValue>;

export interface BencodeLimits {
  /** Nesting of lists and dictionaries. A v2 file tree nests one level a folder. */
  readonly maxDepth?: number;
  /** Values in all, keys included: bounds memory, since `le` costs two bytes of input but an array of ours. */
  readonly maxValues?: number;
}

export interface DecodeOptions extends BencodeLimits {
  /** Default canonical. */
  readonly form?: 'canonical' | 'lenient';
  /** Bytes may follow the value, as in a `ut_metadata` data message (BEP 9): no departure then. Default false. */
  readonly allowTrailing?: boolean;
}

/** Where and how an input is readable but not canonical. */
export interface Departure extends Malformed {
  /** Byte of the input at which it was seen. */
  readonly at: number;
}

export interface Decoded {
  readonly value: BencodeValue;
  /** Bytes of input that the value took. */
  readonly consumed: number;
  /** For a top-level dictionary: where each value lies in the input, as [start, end). */
  readonly spans: ReadonlyMap<string, readonly [number, number]>;
  /** Lenient form: how the input departs from the canonical form, the first of each kind. */
  readonly departures: readonly Departure[];
}

const DEFAULT_MAX_DEPTH = 128;
const DEFAULT_MAX_VALUES = 4_000_000;
/** A signed 64-bit number has 19 digits; some more for senders of unsigned 128-bit. Parsing a bigint is not linear. */
const MAX_DIGITS = 40;
/** Ten digits of length are 9.3 GiB: past any input. */
const MAX_LENGTH_DIGITS = 10;

const [ZERO, NINE, MINUS, COLON] = [0x30, 0x39, 0x2d, 0x3a];
const [LETTER_D, LETTER_E, LETTER_I, LETTER_L] = [0x64, 0x65, 0x69, 0x6c];

export function decodeBencode(input: Bytes, options: DecodeOptions = {}): Result<Decoded> {
  const reader = new Reader(input, options);
  try {
    const value = reader.readValue(0);
    const trailing = input.length - reader.at;
    if (trailing > 0 && options.allowTrailing !== true) {
      reader.depart(
        'bencode-trailing',
        `${trailing} ${trailing === 1 ? 'byte follows' : 'bytes follow'} the value`,
      );
    }
    const departures = [...reader.departures.values()];
    return succeed({ value, consumed: reader.at, spans: reader.spans, departures });
  } catch (error) {
    if (error instanceof Refusal) return fail(error.code, `${error.message} at byte ${reader.at}`);
    throw error;
  }
}

/** Like `decodeBencode`, for the common case of one dictionary. */
export function decodeDictionary(input: Bytes, options: DecodeOptions = {}): Result<BencodeDictionary> {
  const decoded = decodeBencode(input, options);
  if (!decoded.ok) return decoded;
  if (!(decoded.value.value instanceof Map)) return fail('bencode-not-dictionary', 'not a dictionary');
  return succeed(decoded.value.value);
}

/** Carries a verdict out of the recursion; never leaves this file. */
class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

class Reader {
  at = 0;
  readonly spans = new Map<string, readonly [number, number]>();
  readonly departures = new Map<string, Departure>();
  readonly #input: Bytes;
  readonly #isLenient: boolean;
  readonly #maxDepth: number;
  #valuesLeft: number;

  constructor(input: Bytes, options: DecodeOptions) {
    this.#input = input;
    this.#isLenient = options.form === 'lenient';
    this.#maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
    this.#valuesLeft = options.maxValues ?? DEFAULT_MAX_VALUES;
  }

  /** The input is readable but not canonical here. */
  depart(code: string, message: string): void {
    if (!this.#isLenient) throw new Refusal(code, message);
    if (!this.departures.has(code)) this.departures.set(code, { code, message, at: this.at });
  }

  readValue(depth: number): BencodeValue {
    if (this.#valuesLeft-- <= 0) throw new Refusal('bencode-too-many', 'too many values');
    const first = this.#input[this.at];
    if (first === undefined) throw new Refusal('bencode-truncated', 'the input ends within a value');
    if (first === LETTER_I) return this.#readInteger();
    if (first >= ZERO && first <= NINE) return this.#readString();
    if (first !== LETTER_L && first !== LETTER_D) throw new Refusal('bencode-syntax', 'no value starts so');
    if (depth >= this.#maxDepth) throw new Refusal('bencode-too-deep', `nested over ${this.#maxDepth} deep`);
    this.at++;
    return first === LETTER_L ? this.#readList(depth) : this.#readDictionary(depth);
  }

  #readInteger(): number | bigint {
    this.at++;
    const negative = this.#input[this.at] === MINUS;
    if (negative) this.at++;
    const start = this.at;
    const magnitude = this.#readDigits(LETTER_E, MAX_DIGITS);
    if (negative && this.#input[start] === ZERO) this.depart('bencode-number', 'minus zero');
    if (!negative || magnitude === 0) return magnitude;
    return -magnitude;
  }

  /** Digits up to and including `terminator`. */
  #readDigits(terminator: number, maxDigits: number): number | bigint {
    const start = this.at;
    let value = 0;
    for (;;) {
      const digit = this.#input[this.at];
      if (digit === undefined) throw new Refusal('bencode-truncated', 'the input ends within a number');
      if (digit === terminator) break;
      if (digit < ZERO || digit > NINE) throw new Refusal('bencode-integer', 'a number holds a non-digit');
      value = value * 10 + (digit - ZERO);
      this.at++;
      if (this.at - start > maxDigits) throw new Refusal('bencode-integer', `over ${maxDigits} digits`);
    }
    const count = this.at - start;
    if (count === 0) throw new Refusal('bencode-integer', 'a number without digits');
    if (count > 1 && this.#input[start] === ZERO) this.depart('bencode-number', 'a leading zero');
    this.at++;
    if (Number.isSafeInteger(value)) return value;
    return BigInt(toByteString(this.#input.subarray(start, start + count)));
  }

  #readString(): Bytes {
    const length = Number(this.#readDigits(COLON, MAX_LENGTH_DIGITS));
    if (length > this.#input.length - this.at)
      throw new Refusal('bencode-truncated', 'a string runs past the end');
    const start = this.at;
    this.at += length;
    return this.#input.subarray(start, this.at);
  }

  #readList(depth: number): BencodeValue[] {
    const list: BencodeValue[] = [];
    while (this.#input[this.at] !== LETTER_E) list.push(this.readValue(depth + 1));
    this.at++;
    return list;
  }

  #readDictionary(depth: number): BencodeDictionary {
    const dictionary: BencodeDictionary = new Map();
    let previous: string | undefined;
    while (this.#input[this.at] !== LETTER_E) {
      const first = this.#input[this.at];
      if (first === undefined) throw new Refusal('bencode-truncated', 'the input ends within a dictionary');
      if (first < ZERO || first > NINE) throw new Refusal('bencode-syntax', 'a key is not a string');
      if (this.#valuesLeft-- <= 0) throw new Refusal('bencode-too-many', 'too many values');
      const key = toByteString(this.#readString());
      const isRepeated = dictionary.has(key);
      if (isRepeated) this.depart('bencode-duplicate-key', 'a key stands twice');
      else if (previous !== undefined && key < previous) {
        this.depart('bencode-unsorted', 'keys are not in raw byte order');
      }
      previous = key;
      const start = this.at;
      const value = this.readValue(depth + 1);
      if (isRepeated) continue;
      dictionary.set(key, value);
      if (depth === 0) this.spans.set(key, [start, this.at]);
    }
    this.at++;
    return dictionary;
  }
}

/** A plain-object form for writing: keys are text (UTF-8) unless a `Map` gives byte strings. */
export type Encodable =
  | number
  | bigint
  | string
  | Bytes
  | readonly Encodable[]
  | EncodableMap
  | EncodableObject;
export type EncodableMap = ReadonlyMap<string, Encodable>;
export interface EncodableObject {
  readonly [key: string]: Encodable | undefined;
}

/** Canonical bencode: keys sorted by raw bytes, entries that are `undefined` left out. */
export function encodeBencode(value: Encodable): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.write(value);
  return writer.finish();
}

const textEncoder = new TextEncoder();

class Writer {
  #buffer = new Uint8Array(256);
  #length = 0;

  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#length);
  }

  write(value: Encodable): void {
    if (typeof value === 'number' || typeof value === 'bigint') {
      if (typeof value === 'number' && !Number.isSafeInteger(value))
        throw new RangeError(`not a safe integer: ${value}`);
      this.#ascii(`i${value}e`);
    } else if (typeof value === 'string') this.#string(textEncoder.encode(value));
    else if (value instanceof Uint8Array) this.#string(value);
    else if (Array.isArray(value)) {
      this.#ascii('l');
      for (const item of value) this.write(item);
      this.#ascii('e');
    } else if (value instanceof Map) this.#entries([...value.entries()]);
    else {
      const entries: [string, Encodable][] = [];
      for (const [key, item] of Object.entries(value as EncodableObject)) {
        if (item !== undefined) entries.push([toByteString(textEncoder.encode(key)), item]);
      }
      this.#entries(entries);
    }
  }

  #entries(entries: [string, Encodable][]): void {
    entries.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#ascii('d');
    for (const [key, item] of entries) {
      this.#string(fromByteString(key));
      this.write(item);
    }
    this.#ascii('e');
  }

  #string(bytes: Bytes): void {
    this.#ascii(`${bytes.length}:`);
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + more));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** Reads typed fields of a dictionary; a field of the wrong type reads as absent. */
export const field = {
  bytes(dictionary: BencodeDictionary, key: string): Bytes | undefined {
    const value = dictionary.get(key);
    return value instanceof Uint8Array ? value : undefined;
  },
  text(dictionary: BencodeDictionary, key: string): string | undefined {
    const value = dictionary.get(key);
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
  },
  /** A whole number from 0 to 2^53 - 1. */
  count(dictionary: BencodeDictionary, key: string): number | undefined {
    const value = dictionary.get(key);
    return typeof value === 'number' && value >= 0 ? value : undefined;
  },
  list(dictionary: BencodeDictionary, key: string): BencodeValue[] | undefined {
    const value = dictionary.get(key);
    return Array.isArray(value) ? value : undefined;
  },
  dictionary(dictionary: BencodeDictionary, key: string): BencodeDictionary | undefined {
    const value = dictionary.get(key);
    return value instanceof Map ? value : undefined;
  },
};
