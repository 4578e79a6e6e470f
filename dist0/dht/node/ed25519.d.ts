/** Ed25519 (RFC 8032) with raw keys, on `node:crypto`: 32-byte seeds and public keys, 64-byte signatures. */
import { type KeyObject } from 'node:crypto';
import type { SignatureVerifier } from '../core/sink.ts';
export declare const nodeSignatures: SignatureVerifier;
export declare function privateKeyFromSeed(seed: Uint8Array): KeyObject;
export declare function publicKeyOf(seed: Uint8Array): Uint8Array;
export declare function signWithSeed(seed: Uint8Array, message: Uint8Array): Uint8Array;
