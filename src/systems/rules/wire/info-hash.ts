/** Info hashes as lists and people write them. */
import { fromBase32, fromHex } from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import { decodeMultihash, SHA1, SHA2_256 } from './cid.ts';

/**
 * 40 digits of hexadecimal or 32 of base32 (20 bytes: v1, or v2 truncated), 64 digits (v2), or a multihash in hexadecimal.
 * @returns 20 or 32 bytes
 */
export function parseInfoHash(text: string): Result<Uint8Array> {
  if (text.length === 32) {
    const bytes = fromBase32(text);
    if (bytes !== undefined) return succeed(bytes);
    return fail('info-hash-digits', '32 characters of base32 are the letters A to Z and the digits 2 to 7');
  }
  const bytes = fromHex(text);
  if (bytes === undefined)
    return fail(
      'info-hash-digits',
      'an info hash is 40 or 64 digits of hexadecimal, or 32 characters of base32',
    );
  if (bytes.length === 20 || bytes.length === 32) return succeed(bytes);
  const multihash = decodeMultihash(bytes);
  if (multihash.ok) {
    const { code, digest } = multihash.value;
    const isWhole = code === SHA1 ? digest.length === 20 : digest.length === 32 || digest.length === 20;
    if ((code === SHA1 || code === SHA2_256) && isWhole) return succeed(digest);
  }
  return fail('info-hash-length', `an info hash has 40 or 64 digits of hexadecimal, this has ${text.length}`);
}
