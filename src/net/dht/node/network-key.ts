/**
 * The secret that a group shares, and the name of the DHT that follows from it. It stands by itself: a command beside a
 * daemon compares names and loads no DHT.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';

export const MIN_SECRET_LENGTH = 16;

/** `public` without a secret; else 16 digits, from which the secret does not follow. */
export function networkNameOf(secret: Uint8Array | undefined): string {
  if (secret === undefined) return 'public';
  return createHash('sha256').update('shoal network name').update(secret).digest('hex').slice(0, 16);
}

/** Reads the secret of a private network from a file. @throws ShoalError not-found, no-permission, bad-argument */
export async function readNetworkSecret(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fromSystemError(`cannot read the network key ${path}`, error);
  }
  const text = new TextDecoder().decode(bytes).trim();
  if (text.length < MIN_SECRET_LENGTH) {
    throw new ShoalError(
      'bad-argument',
      `${path} holds fewer than ${MIN_SECRET_LENGTH} characters: that is guessed`,
    );
  }
  return new TextEncoder().encode(text);
}
