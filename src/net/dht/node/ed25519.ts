/** Ed25519 (RFC 8032) with raw keys, on `node:crypto`: 32-byte seeds and public keys, 64-byte signatures. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { SignatureVerifier } from '../core/sink.ts';

/** The DER heads of RFC 8410, which raw keys follow. */
const PUBLIC_HEAD: Uint8Array = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE_HEAD: Uint8Array = Buffer.from('302e020100300506032b657004220420', 'hex');

export const nodeSignatures: SignatureVerifier = {
  verify: (publicKey, message, signature) => {
    try {
      const key = Buffer.concat([PUBLIC_HEAD, publicKey]);
      return verify(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), signature);
    } catch {
      // 32 bytes that are no point of the curve.
      return false;
    }
  },
};

export function privateKeyFromSeed(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const der = createPublicKey(privateKeyFromSeed(seed)).export({ format: 'der', type: 'spki' });
  return new Uint8Array(der.subarray(PUBLIC_HEAD.length));
}

export function signWithSeed(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, privateKeyFromSeed(seed)));
}
