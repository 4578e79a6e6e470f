/**
 * Keys and signatures of minisign (jedisct1.github.io/minisign). A key is `Ed`, 8 bytes of key number and 32 of Ed25519, in
 * base64. A signature file has four lines: an untrusted comment, the signature (`Ed` of the file, or `ED` of its
 * BLAKE2b-512; the key number; 64 bytes), a trusted comment, and a signature of both.
 */
import { type Bytes, equalBytes, toHex } from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import { decodeText } from './lines.ts';

const KEY_BYTES = 2 + 8 + 32;
const SIGNATURE_BYTES = 2 + 8 + 64;
const GLOBAL_BYTES = 64;
const UNTRUSTED = 'untrusted comment:';
const TRUSTED = 'trusted comment: ';
const ED = 0x45;
const LEGACY = 0x64;
const PREHASHED = 0x44;

export interface MinisignKey {
  /** 8 bytes: it only says which key was meant. */
  readonly number: Uint8Array;
  /** 32 bytes, Ed25519. */
  readonly key: Uint8Array;
}

export interface MinisignSignature {
  readonly keyNumber: Uint8Array;
  /** The signature covers BLAKE2b-512 of the file. */
  readonly isPrehashed: boolean;
  readonly signature: Uint8Array;
  readonly trustedComment: string;
  /** Covers the signature and the trusted comment. */
  readonly globalSignature: Uint8Array;
  /** What that covers. */
  readonly globalMessage: Uint8Array;
}

/** The base64 alone, or the file with its comment. */
export function parseKey(text: string): Result<MinisignKey> {
  const lines = text.trim().split('\n');
  const bytes = fromBase64(lines.at(-1)!.trim());
  if (bytes?.length !== KEY_BYTES)
    return fail(
      'minisign-key',
      `a public key of minisign is ${KEY_BYTES} bytes in base64, and begins with RW`,
    );
  if (bytes[0] !== ED || bytes[1] !== LEGACY)
    return fail('minisign-algorithm', 'the key is of an algorithm other than Ed25519');
  return succeed({ number: bytes.slice(2, 10), key: bytes.slice(10) });
}

export function parseSignature(file: Bytes): Result<MinisignSignature> {
  const lines = decodeText(file).split(/\r?\n/);
  const [untrusted = '', signed = '', trusted = '', global = ''] = lines;
  if (!untrusted.startsWith(UNTRUSTED))
    return fail('minisign-signature', `line 1 does not begin with "${UNTRUSTED}"`);
  const bytes = fromBase64(signed.trim());
  if (bytes?.length !== SIGNATURE_BYTES)
    return fail('minisign-signature', `line 2 is not ${SIGNATURE_BYTES} bytes in base64`);
  if (bytes[0] !== ED || (bytes[1] !== LEGACY && bytes[1] !== PREHASHED))
    return fail('minisign-algorithm', 'line 2 is a signature of an algorithm other than Ed25519');
  if (!trusted.startsWith(TRUSTED))
    return fail('minisign-signature', `line 3 does not begin with "${TRUSTED}"`);
  const globalSignature = fromBase64(global.trim());
  if (globalSignature?.length !== GLOBAL_BYTES)
    return fail('minisign-signature', `line 4 is not ${GLOBAL_BYTES} bytes in base64`);
  const signature = bytes.slice(10);
  const trustedComment = trusted.slice(TRUSTED.length);
  const comment = commentBytes(file);
  const globalMessage = new Uint8Array(signature.length + comment.length);
  globalMessage.set(signature);
  globalMessage.set(comment, signature.length);
  const isPrehashed = bytes[1] === PREHASHED;
  const keyNumber = bytes.slice(2, 10);
  return succeed({ keyNumber, isPrehashed, signature, trustedComment, globalSignature, globalMessage });
}

/** Was the signature made with that key? Its number says so before any arithmetic. */
export function requireKeyNumber(key: MinisignKey, { keyNumber }: MinisignSignature): Result<undefined> {
  if (equalBytes(key.number, keyNumber)) return succeed(undefined);
  return fail(
    'minisign-other-key',
    `it was signed with key ${formatKeyNumber(keyNumber)}, not with ${formatKeyNumber(key.number)}`,
  );
}

/** As minisign prints it: the bytes backwards. */
export function formatKeyNumber(number: Bytes): string {
  return toHex(number.slice().reverse()).toUpperCase();
}

/** The bytes of the trusted comment as they stand in the file, whatever they decode to. */
function commentBytes(file: Bytes): Bytes {
  let start = 0;
  for (let line = 0; line < 2; line++) start = file.indexOf(0x0a, start) + 1;
  let end = file.indexOf(0x0a, start);
  if (end < 0) end = file.length;
  if (file[end - 1] === 0x0d) end--;
  return file.subarray(start + TRUSTED.length, end);
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Nothing here is longer. */
const MAX_BASE64 = 200;

/** RFC 4648 section 4, with its padding. */
function fromBase64(text: string): Uint8Array | undefined {
  if (text.length > MAX_BASE64 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    return undefined;
  const digits = text.replace(/=+$/, '');
  const out = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let [bits, pending, at] = [0, 0, 0];
  for (const digit of digits) {
    pending = ((pending << 6) | BASE64.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = (pending >>> bits) & 0xff;
  }
  return out;
}
