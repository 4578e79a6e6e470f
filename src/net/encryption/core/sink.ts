/**
 * The calling contract of a handshake, on both sides. A driver calls `start` once and then `handleReceived` with what comes; during
 * the call the machine calls the sink. `establish` and `fail` end it: one of them is its last call, and what comes afterwards is the
 * driver's own. The machine knows no time: whoever drives it ends what takes too long.
 */
import type { Malformed } from '../../../ground/result.ts';
import type { Hasher, Prng } from '../../../ground/ports.ts';
import type { Rc4 } from '../wire/rc4.ts';
import type { PayloadEncryption } from './policy.ts';

/** What holds for the payload, from the first byte behind the handshake on. */
export interface Agreement {
  readonly method: PayloadEncryption;
  /** The share that the initiator named: an info hash of 20 bytes. */
  readonly skey: Uint8Array;
  /** For what we send; undefined in plaintext. */
  readonly outgoing: Rc4 | undefined;
  readonly incoming: Rc4;
  /** Bytes that are decrypted with `incoming`; those behind them are plaintext. */
  readonly encryptedLength: number;
}

export interface HandshakeSink {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** The first bytes of our payload, for the third message. Only the initiator asks, once. */
  takeInitialPayload(maxLength: number): Uint8Array;
  /** @param rest bytes behind the handshake, not decrypted yet; a view that is valid during the call */
  establish(agreement: Agreement, rest: Uint8Array): void;
  /** The other side broke a rule, or is somebody else. */
  fail(error: Malformed): void;
}

export interface HandshakeOptions {
  readonly sink: HandshakeSink;
  readonly hasher: Pick<Hasher, 'sha1'>;
  /** Unpredictable: it makes keys. */
  readonly secretPrng: Prng;
}
