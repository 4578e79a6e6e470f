/**
 * Bencode (BEP 3), strict and bounded.
 *
 * Integers have no leading zeros and no minus zero; beyond 2^53 they are `bigint`. Byte strings are views into the
 * input. Dictionaries are maps keyed by byte strings (see bytes.ts); a key twice is always an error, keys out of
 * order are one unless the caller says that the sender is known for it (`sortedKeys: false`).
 *
 * Invariant: time and memory are linear in the input; depth, count and digits are bounded before anything is built.
 */
import { type Bytes } from './bytes.ts';
import { type Result } from './result.ts';
export type BencodeValue = number | bigint | Bytes | BencodeValue[] | BencodeDictionary;
export type BencodeDictionary = Map<string, BencodeValue>;
export interface BencodeLimits {
    /** Nesting of lists and dictionaries. A v2 file tree nests one level a folder. */
    readonly maxDepth?: number;
    /** Values in all, keys included: bounds memory, since `le` costs two bytes of input but an array of ours. */
    readonly maxValues?: number;
}
export interface DecodeOptions extends BencodeLimits {
    /** Keys must be in raw byte order (BEP 3). Default true. */
    readonly sortedKeys?: boolean;
    /** Bytes may follow the value, as in a `ut_metadata` data message (BEP 9). Default false. */
    readonly allowTrailing?: boolean;
}
export interface Decoded {
    readonly value: BencodeValue;
    /** Bytes of input that the value took. */
    readonly consumed: number;
    /** For a top-level dictionary: where each value lies in the input, as [start, end). */
    readonly spans: ReadonlyMap<string, readonly [number, number]>;
}
export declare function decodeBencode(input: Bytes, options?: DecodeOptions): Result<Decoded>;
/** Like `decodeBencode`, for the common case of one dictionary. */
export declare function decodeDictionary(input: Bytes, options?: DecodeOptions): Result<BencodeDictionary>;
/** A plain-object form for writing: keys are text (UTF-8) unless a `Map` gives byte strings. */
export type Encodable = number | bigint | string | Bytes | readonly Encodable[] | EncodableMap | EncodableObject;
export type EncodableMap = ReadonlyMap<string, Encodable>;
export interface EncodableObject {
    readonly [key: string]: Encodable | undefined;
}
/** Canonical bencode: keys sorted by raw bytes, entries that are `undefined` left out. */
export declare function encodeBencode(value: Encodable): Uint8Array<ArrayBuffer>;
/** Reads typed fields of a dictionary; a field of the wrong type reads as absent. */
export declare const field: {
    bytes(dictionary: BencodeDictionary, key: string): Bytes | undefined;
    text(dictionary: BencodeDictionary, key: string): string | undefined;
    /** A whole number from 0 to 2^53 - 1. */
    count(dictionary: BencodeDictionary, key: string): number | undefined;
    list(dictionary: BencodeDictionary, key: string): BencodeValue[] | undefined;
    dictionary(dictionary: BencodeDictionary, key: string): BencodeDictionary | undefined;
};
