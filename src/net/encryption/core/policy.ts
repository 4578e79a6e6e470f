/**
 * What a person chooses about encryption, and what follows from it. This file is the part of message stream encryption that is
 * always loaded.
 *
 * | policy    | dials             | takes           | payload of an encrypted connection        |
 * |-----------|-------------------|-----------------|-------------------------------------------|
 * | off       | plain             | plain           | -                                         |
 * | allowed   | plain first       | both            | plaintext, where the other side offers it |
 * | preferred | encrypted first   | both            | RC4, where the other side offers it       |
 * | required  | encrypted         | encrypted       | RC4                                       |
 */

export const ENCRYPTION_POLICIES: readonly ['off', 'allowed', 'preferred', 'required'] = [
  'off',
  'allowed',
  'preferred',
  'required',
];
export type EncryptionPolicy = (typeof ENCRYPTION_POLICIES)[number];
export const DEFAULT_ENCRYPTION: EncryptionPolicy = 'allowed';

/** What happens to the payload of an encrypted connection. */
export type PayloadEncryption = 'plaintext' | 'rc4';

export const takesPlain = (policy: EncryptionPolicy): boolean => policy !== 'required';
export const takesEncrypted = (policy: EncryptionPolicy): boolean => policy !== 'off';

/** @param known what the address is known to take; undefined where nothing is known */
export function dialsEncrypted(policy: EncryptionPolicy, known: 'plain' | 'encrypted' | undefined): boolean {
  if (policy === 'off' || policy === 'required') return policy === 'required';
  return policy === 'allowed' ? known === 'encrypted' : known !== 'plain';
}

/** What we offer when we dial, the preferred one first. */
export function offersOf(policy: EncryptionPolicy): readonly PayloadEncryption[] {
  if (policy === 'required') return ['rc4'];
  return policy === 'preferred' ? ['rc4', 'plaintext'] : ['plaintext', 'rc4'];
}

/** What we choose among what a peer offers; undefined when nothing fits. */
export function chooseAmong(
  policy: EncryptionPolicy,
  offered: readonly PayloadEncryption[],
): PayloadEncryption | undefined {
  return offersOf(policy).find((method) => offered.includes(method));
}
