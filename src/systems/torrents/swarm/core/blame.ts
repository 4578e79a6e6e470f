/**
 * Finds out who sent bad data (the idea behind libtorrent's smart ban). A piece that fails its hash has a record: who
 * sent each block, and the hash of each block as it came. One sender: guilty at once. Several: the record waits until
 * the right blocks are known, from the Merkle leaves (v2) or from the piece when it passes (v1); whoever sent a block
 * that differs is guilty. Others are cleared.
 */
import { equalBytes } from '../../../../ground/bytes.ts';
import type { ConnectionId } from '../../../../ground/units.ts';

const HASH_LENGTH = 32;
/** Records kept at once, and per piece; beyond that the oldest goes. */
const MAX_PIECES = 256;
const MAX_ATTEMPTS = 8;

interface Attempt {
  readonly sources: readonly number[];
  readonly blockHashes: Uint8Array;
}

export class BlameLedger {
  readonly #attempts = new Map<number, Attempt[]>();

  isSuspect(piece: number): boolean {
    return this.#attempts.has(piece);
  }

  /** A piece failed. Returns those who are guilty for certain already. */
  handleFailure(piece: number, sources: readonly number[], blockHashes: Uint8Array): Set<ConnectionId> {
    const senders = new Set(sources);
    if (senders.size === 1) return senders;
    const attempts = this.#attempts.get(piece) ?? [];
    attempts.push({ sources, blockHashes });
    if (attempts.length > MAX_ATTEMPTS) attempts.shift();
    this.#attempts.delete(piece);
    if (this.#attempts.size >= MAX_PIECES) this.#attempts.delete(this.#attempts.keys().next().value!);
    this.#attempts.set(piece, attempts);
    return new Set();
  }

  /** The right hash of each block of a piece is known now. Returns the guilty; the record is closed. */
  handleTruth(piece: number, blockHashes: Uint8Array): Set<ConnectionId> {
    const guilty = new Set<ConnectionId>();
    for (const attempt of this.#attempts.get(piece) ?? []) {
      for (let block = 0; block < attempt.sources.length; block++) {
        const [from, to] = [block * HASH_LENGTH, (block + 1) * HASH_LENGTH];
        if (!equalBytes(attempt.blockHashes.subarray(from, to), blockHashes.subarray(from, to))) {
          guilty.add(attempt.sources[block]!);
        }
      }
    }
    this.#attempts.delete(piece);
    guilty.delete(-1);
    return guilty;
  }
}
