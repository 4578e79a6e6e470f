/** Is a list signed with the key that a person named (minisign)? Both signatures count: of the list, and of the comment. */
import { createHash } from 'node:crypto';
import { ShoalError } from '../../../ground/errors.ts';
import type { Result } from '../../../ground/result.ts';
import { nodeSignatures } from '../../../net/dht/node/ed25519.ts';
import { parseKey, parseSignature, requireKeyNumber } from '../wire/minisign.ts';

/** A signature file has some 300 bytes. */
export const MAX_SIGNATURE_BYTES: number = 16 * 1024;

/** Checks the text of a public key. @throws ShoalError bad-argument */
export function requireKey(text: string): void {
  const key = parseKey(text);
  if (!key.ok) throw new ShoalError('bad-argument', key.error.message, key.error);
}

/**
 * @param list as it was fetched, before anything is unpacked
 * @param from what the list is called in messages
 * @returns the trusted comment
 * @throws ShoalError bad-signature with the reason
 */
export function verifySignature(
  list: Uint8Array,
  signatureFile: Uint8Array,
  key: string,
  from: string,
): string {
  const { key: publicKey, number } = valueIn(parseKey(key), from);
  const signature = valueIn(parseSignature(signatureFile), from);
  valueIn(requireKeyNumber({ key: publicKey, number }, signature), from);
  const signed = signature.isPrehashed ? createHash('blake2b512').update(list).digest() : list;
  if (!nodeSignatures.verify(publicKey, signed, signature.signature))
    throw new ShoalError(
      'bad-signature',
      `${from}: its signature does not fit it: it was changed, or is of another version`,
    );
  if (!nodeSignatures.verify(publicKey, signature.globalMessage, signature.globalSignature))
    throw new ShoalError('bad-signature', `${from}: the trusted comment of its signature was changed`);
  return signature.trustedComment;
}

function valueIn<T>(result: Result<T>, from: string): T {
  if (result.ok) return result.value;
  throw new ShoalError(
    'bad-signature',
    `${from}: its signature cannot be used: ${result.error.message}`,
    result.error,
  );
}
