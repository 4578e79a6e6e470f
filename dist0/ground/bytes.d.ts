/** Helpers over `Uint8Array`: comparing, joining, hex, base32 (RFC 4648), UTF-8, and byte strings. */
export type Bytes = Uint8Array;
export declare function equalBytes(a: Bytes, b: Bytes): boolean;
/** Negative, zero or positive: the order of the unsigned bytes, a prefix first. */
export declare function compareBytes(a: Bytes, b: Bytes): number;
export declare function concatBytes(parts: readonly Bytes[]): Uint8Array<ArrayBuffer>;
export declare function toHex(bytes: Bytes): string;
/** Undefined unless `text` is an even number of hex digits. */
export declare function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined;
/** RFC 4648 section 6, upper or lower case, no padding; undefined when a character is outside the alphabet. */
export declare function fromBase32(text: string): Uint8Array<ArrayBuffer> | undefined;
export declare function toUtf8(text: string): Uint8Array<ArrayBuffer>;
/** Undefined when the bytes are not well-formed UTF-8. */
export declare function fromUtf8(bytes: Bytes): string | undefined;
/** For showing to people: malformed sequences become U+FFFD. */
export declare function fromUtf8Lossy(bytes: Bytes): string;
/**
 * A byte string holds one byte a character (code points 0-255). Bencoded dictionaries use them as keys: they can be
 * map keys, and the natural order of JavaScript strings is then the raw byte order that BEP 3 asks for.
 */
export declare function toByteString(bytes: Bytes): string;
export declare function fromByteString(text: string): Uint8Array<ArrayBuffer>;
export declare function utf8ToByteString(text: string): string;
export declare function readUint32(bytes: Bytes, at: number): number;
export declare function writeUint32(bytes: Bytes, at: number, value: number): void;
export declare function readUint16(bytes: Bytes, at: number): number;
export declare function writeUint16(bytes: Bytes, at: number, value: number): void;
/** A view, or a copy when the view's buffer will be reused by its owner. */
export declare function copyBytes(bytes: Bytes): Uint8Array<ArrayBuffer>;
