/**
 * The hashes of a piece, and whether they are the right ones. Synchronous; used by the threads that prove pieces and, for
 * small transfers, by the main thread.
 */
import { createHash, hash } from 'node:crypto';
import { equalBytes } from '../../ground/bytes.ts';
import { nodeHasher } from '../../ground/node/hasher.ts';
import { BLOCK_LENGTH } from '../../ground/units.ts';
import { merkleRoot } from '../content/merkle.ts';
import {
  EXPECT_V1,
  EXPECT_V2,
  PIECE_MISMATCH,
  PIECE_OK,
  V1_LENGTH,
  WANT_BLOCK_HASHES,
} from './piece-batch.ts';

/** Files are read in steps of this size: memory does not grow with the piece length. */
export const CHUNK_LENGTH: number = 1024 * 1024;

/** What the packed form says of a piece before its slices, see `packBatch`. */
export interface PieceHeader {
  /** -1 for data in files. */
  readonly arena: number;
  readonly offset: number;
  readonly length: number;
  readonly hashedLength: number;
  readonly treeWidth: number;
  readonly flags: number;
}

export function readHeader(numbers: Float64Array, at: number): PieceHeader {
  return {
    arena: numbers[at]!,
    offset: numbers[at + 1]!,
    length: numbers[at + 2]!,
    hashedLength: numbers[at + 3]!,
    treeWidth: numbers[at + 4]!,
    flags: numbers[at + 5]!,
  };
}

/** What the hashes of a piece say of it. */
export interface Proof {
  readonly status: typeof PIECE_OK | typeof PIECE_MISMATCH;
  /** SHA-256 of each block, where they were asked for, or tell who sent a wrong one. */
  readonly blockHashes?: Uint8Array;
}

/** Hashes as data passes: SHA-1 over all of it, SHA-256 over each block. Chunks end at block borders but for the last. */
export class PieceHash {
  readonly leaves: Uint8Array<ArrayBuffer>;
  #leafBytes = 0;
  #whole: Uint8Array | undefined;
  readonly #sha1: ReturnType<typeof createHash> | undefined;
  #sha1Digest: Uint8Array | undefined;

  constructor(length: number, hashedLength: number, wantsLeaves: boolean) {
    this.leaves = new Uint8Array(wantsLeaves ? Math.ceil(length / BLOCK_LENGTH) * 32 : 0);
    if (hashedLength > CHUNK_LENGTH) this.#sha1 = createHash('sha1');
  }

  static of({ length, hashedLength, treeWidth, flags }: PieceHeader): PieceHash {
    return new PieceHash(length, hashedLength, treeWidth > 0 || (flags & WANT_BLOCK_HASHES) !== 0);
  }

  add(data: Uint8Array, isAll: boolean, hashedLength: number): void {
    if (hashedLength > 0) {
      if (this.#sha1 !== undefined) this.#sha1.update(data);
      else if (isAll && data.length === hashedLength) this.#sha1Digest = hash('sha1', data, 'buffer');
      else this.#whole = data;
    }
    if (this.leaves.length > 0) this.addLeaves(data);
  }

  addLeaves(data: Uint8Array): void {
    for (let at = 0; at < data.length; at += BLOCK_LENGTH) {
      const block = data.subarray(at, Math.min(at + BLOCK_LENGTH, data.length));
      this.leaves.set(hash('sha256', block, 'buffer'), this.#leafBytes);
      this.#leafBytes += 32;
    }
  }

  sha1(length: number, hashedLength: number): Uint8Array {
    if (this.#sha1Digest !== undefined) return this.#sha1Digest;
    const hasher = this.#sha1 ?? createHash('sha1').update(this.#whole ?? new Uint8Array(0));
    for (let zeros = hashedLength - length; zeros > 0; zeros -= CHUNK_LENGTH) {
      hasher.update(new Uint8Array(Math.min(zeros, CHUNK_LENGTH)));
    }
    return hasher.digest();
  }
}

/**
 * When all data has passed.
 * @param digest set to the hashes that were found: v1, then v2
 */
export function judge(
  header: PieceHeader,
  hashes: PieceHash,
  expected: Uint8Array,
  digest: Uint8Array,
): Proof {
  const { length, hashedLength, treeWidth, flags } = header;
  if (hashedLength > 0) digest.set(hashes.sha1(length, hashedLength));
  if (treeWidth > 0) digest.set(merkleRoot(hashes.leaves, treeWidth, 0, nodeHasher), V1_LENGTH);
  const isRight =
    ((flags & EXPECT_V1) === 0 ||
      equalBytes(digest.subarray(0, V1_LENGTH), expected.subarray(0, V1_LENGTH))) &&
    ((flags & EXPECT_V2) === 0 || equalBytes(digest.subarray(V1_LENGTH), expected.subarray(V1_LENGTH)));
  return {
    status: isRight ? PIECE_OK : PIECE_MISMATCH,
    ...((flags & WANT_BLOCK_HASHES) === 0 ? {} : { blockHashes: hashes.leaves }),
  };
}

/** Of a piece that lies in memory. @param digest see `judge` */
export function proveInMemory(
  header: PieceHeader,
  memory: Uint8Array,
  expected: Uint8Array,
  digest: Uint8Array,
): Proof {
  const hashes = PieceHash.of(header);
  hashes.add(memory, true, header.hashedLength);
  const proof = judge(header, hashes, expected, digest);
  return proof.status === PIECE_OK ? proof : { ...proof, blockHashes: blockHashes(memory, hashes) };
}

/** Block hashes identify the sender of a bad block. With a v2 tree they exist already. */
function blockHashes(memory: Uint8Array, hashes: PieceHash): Uint8Array {
  if (hashes.leaves.length > 0) return hashes.leaves;
  const own = new PieceHash(memory.length, 0, true);
  own.addLeaves(memory);
  return own.leaves;
}
