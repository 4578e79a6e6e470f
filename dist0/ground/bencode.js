/**
 * Bencode (BEP 3), strict and bounded.
 *
 * Integers have no leading zeros and no minus zero; beyond 2^53 they are `bigint`. Byte strings are views into the
 * input. Dictionaries are maps keyed by byte strings (see bytes.ts); a key twice is always an error, keys out of
 * order are one unless the caller says that the sender is known for it (`sortedKeys: false`).
 *
 * Invariant: time and memory are linear in the input; depth, count and digits are bounded before anything is built.
 */
import { fromByteString, toByteString } from './bytes.js';
import { fail, succeed } from './result.js';
const DEFAULT_MAX_DEPTH = 128;
const DEFAULT_MAX_VALUES = 4_000_000;
/** A signed 64-bit number has 19 digits; some more for senders of unsigned 128-bit. Parsing a bigint is not linear. */
const MAX_DIGITS = 40;
/** Ten digits of length are 9.3 GiB: past any input. */
const MAX_LENGTH_DIGITS = 10;
const [ZERO, NINE, MINUS, COLON] = [0x30, 0x39, 0x2d, 0x3a];
const [LETTER_D, LETTER_E, LETTER_I, LETTER_L] = [0x64, 0x65, 0x69, 0x6c];
export function decodeBencode(input, options = {}) {
    const reader = new Reader(input, options);
    try {
        const value = reader.readValue(0);
        if (reader.at !== input.length && options.allowTrailing !== true) {
            return fail('bencode-trailing', `${input.length - reader.at} bytes follow the value`);
        }
        return succeed({ value, consumed: reader.at, spans: reader.spans });
    }
    catch (error) {
        if (error instanceof Refusal)
            return fail(error.code, `${error.message} at byte ${reader.at}`);
        throw error;
    }
}
/** Like `decodeBencode`, for the common case of one dictionary. */
export function decodeDictionary(input, options = {}) {
    const decoded = decodeBencode(input, options);
    if (!decoded.ok)
        return decoded;
    if (!(decoded.value.value instanceof Map))
        return fail('bencode-not-dictionary', 'not a dictionary');
    return succeed(decoded.value.value);
}
/** Carries a verdict out of the recursion; never leaves this file. */
class Refusal extends Error {
    code;
    constructor(code, message) {
        super(message);
        this.code = code;
    }
}
class Reader {
    at = 0;
    spans = new Map();
    #input;
    #sortedKeys;
    #maxDepth;
    #valuesLeft;
    constructor(input, options) {
        this.#input = input;
        this.#sortedKeys = options.sortedKeys !== false;
        this.#maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
        this.#valuesLeft = options.maxValues ?? DEFAULT_MAX_VALUES;
    }
    readValue(depth) {
        if (this.#valuesLeft-- <= 0)
            throw new Refusal('bencode-too-many', 'too many values');
        const first = this.#input[this.at];
        if (first === undefined)
            throw new Refusal('bencode-truncated', 'the input ends within a value');
        if (first === LETTER_I)
            return this.#readInteger();
        if (first >= ZERO && first <= NINE)
            return this.#readString();
        if (first !== LETTER_L && first !== LETTER_D)
            throw new Refusal('bencode-syntax', 'no value starts so');
        if (depth >= this.#maxDepth)
            throw new Refusal('bencode-too-deep', `nested over ${this.#maxDepth} deep`);
        this.at++;
        return first === LETTER_L ? this.#readList(depth) : this.#readDictionary(depth);
    }
    #readInteger() {
        this.at++;
        const negative = this.#input[this.at] === MINUS;
        if (negative)
            this.at++;
        const start = this.at;
        const magnitude = this.#readDigits(LETTER_E, MAX_DIGITS);
        if (negative && this.#input[start] === ZERO)
            throw new Refusal('bencode-integer', 'minus zero');
        if (typeof magnitude === 'bigint')
            return negative ? -magnitude : magnitude;
        return negative ? -magnitude : magnitude;
    }
    /** Digits up to and including `terminator`. */
    #readDigits(terminator, maxDigits) {
        const start = this.at;
        let value = 0;
        for (;;) {
            const digit = this.#input[this.at];
            if (digit === undefined)
                throw new Refusal('bencode-truncated', 'the input ends within a number');
            if (digit === terminator)
                break;
            if (digit < ZERO || digit > NINE)
                throw new Refusal('bencode-integer', 'a number holds a non-digit');
            value = value * 10 + (digit - ZERO);
            this.at++;
            if (this.at - start > maxDigits)
                throw new Refusal('bencode-integer', `over ${maxDigits} digits`);
        }
        const count = this.at - start;
        if (count === 0)
            throw new Refusal('bencode-integer', 'a number without digits');
        if (count > 1 && this.#input[start] === ZERO)
            throw new Refusal('bencode-integer', 'a leading zero');
        this.at++;
        if (Number.isSafeInteger(value))
            return value;
        return BigInt(toByteString(this.#input.subarray(start, start + count)));
    }
    #readString() {
        const length = Number(this.#readDigits(COLON, MAX_LENGTH_DIGITS));
        if (length > this.#input.length - this.at)
            throw new Refusal('bencode-truncated', 'a string runs past the end');
        const start = this.at;
        this.at += length;
        return this.#input.subarray(start, this.at);
    }
    #readList(depth) {
        const list = [];
        while (this.#input[this.at] !== LETTER_E)
            list.push(this.readValue(depth + 1));
        this.at++;
        return list;
    }
    #readDictionary(depth) {
        const dictionary = new Map();
        let previous;
        while (this.#input[this.at] !== LETTER_E) {
            const first = this.#input[this.at];
            if (first === undefined)
                throw new Refusal('bencode-truncated', 'the input ends within a dictionary');
            if (first < ZERO || first > NINE)
                throw new Refusal('bencode-syntax', 'a key is not a string');
            if (this.#valuesLeft-- <= 0)
                throw new Refusal('bencode-too-many', 'too many values');
            const key = toByteString(this.#readString());
            if (dictionary.has(key))
                throw new Refusal('bencode-duplicate-key', 'a key stands twice');
            if (this.#sortedKeys && previous !== undefined && key < previous) {
                throw new Refusal('bencode-unsorted', 'keys are not in raw byte order');
            }
            previous = key;
            const start = this.at;
            dictionary.set(key, this.readValue(depth + 1));
            if (depth === 0)
                this.spans.set(key, [start, this.at]);
        }
        this.at++;
        return dictionary;
    }
}
/** Canonical bencode: keys sorted by raw bytes, entries that are `undefined` left out. */
export function encodeBencode(value) {
    const writer = new Writer();
    writer.write(value);
    return writer.finish();
}
const textEncoder = new TextEncoder();
class Writer {
    #buffer = new Uint8Array(256);
    #length = 0;
    finish() {
        return this.#buffer.slice(0, this.#length);
    }
    write(value) {
        if (typeof value === 'number' || typeof value === 'bigint') {
            if (typeof value === 'number' && !Number.isSafeInteger(value))
                throw new RangeError(`not a safe integer: ${value}`);
            this.#ascii(`i${value}e`);
        }
        else if (typeof value === 'string')
            this.#string(textEncoder.encode(value));
        else if (value instanceof Uint8Array)
            this.#string(value);
        else if (Array.isArray(value)) {
            this.#ascii('l');
            for (const item of value)
                this.write(item);
            this.#ascii('e');
        }
        else if (value instanceof Map)
            this.#entries([...value.entries()]);
        else {
            const entries = [];
            for (const [key, item] of Object.entries(value)) {
                if (item !== undefined)
                    entries.push([toByteString(textEncoder.encode(key)), item]);
            }
            this.#entries(entries);
        }
    }
    #entries(entries) {
        entries.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
        this.#ascii('d');
        for (const [key, item] of entries) {
            this.#string(fromByteString(key));
            this.write(item);
        }
        this.#ascii('e');
    }
    #string(bytes) {
        this.#ascii(`${bytes.length}:`);
        this.#reserve(bytes.length);
        this.#buffer.set(bytes, this.#length);
        this.#length += bytes.length;
    }
    #ascii(text) {
        this.#reserve(text.length);
        for (let i = 0; i < text.length; i++)
            this.#buffer[this.#length++] = text.charCodeAt(i);
    }
    #reserve(more) {
        if (this.#length + more <= this.#buffer.length)
            return;
        const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + more));
        grown.set(this.#buffer.subarray(0, this.#length));
        this.#buffer = grown;
    }
}
/** Reads typed fields of a dictionary; a field of the wrong type reads as absent. */
export const field = {
    bytes(dictionary, key) {
        const value = dictionary.get(key);
        return value instanceof Uint8Array ? value : undefined;
    },
    text(dictionary, key) {
        const value = dictionary.get(key);
        return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
    },
    /** A whole number from 0 to 2^53 - 1. */
    count(dictionary, key) {
        const value = dictionary.get(key);
        return typeof value === 'number' && value >= 0 ? value : undefined;
    },
    list(dictionary, key) {
        const value = dictionary.get(key);
        return Array.isArray(value) ? value : undefined;
    },
    dictionary(dictionary, key) {
        const value = dictionary.get(key);
        return value instanceof Map ? value : undefined;
    },
};
