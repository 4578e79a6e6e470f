/**
 * Which share does an encrypted handshake name? It says SHA1('req2', SKEY): one look into a table, however many shares there are.
 * The table takes a hash a share when it is made, which is when the first such handshake comes.
 */
import { toHex } from '../../../ground/bytes.ts';
import type { Hasher } from '../../../ground/ports.ts';
import { hashSkey } from '../wire/handshake.ts';

export class SkeyIndex {
  readonly #hasher: Pick<Hasher, 'sha1'>;
  readonly #skeys = new Map<string, Uint8Array>();

  /** @param skeys info hashes of 20 bytes: v1, and v2 truncated */
  constructor(hasher: Pick<Hasher, 'sha1'>, skeys: Iterable<Uint8Array>) {
    this.#hasher = hasher;
    for (const skey of skeys) this.add(skey);
  }

  add(skey: Uint8Array): void {
    this.#skeys.set(toHex(hashSkey(this.#hasher, skey)), skey);
  }

  delete(skey: Uint8Array): void {
    this.#skeys.delete(toHex(hashSkey(this.#hasher, skey)));
  }

  find(skeyHash: Uint8Array): Uint8Array | undefined {
    return this.#skeys.get(toHex(skeyHash));
  }
}
