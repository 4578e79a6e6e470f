/**
 * The journal of a share that is being fetched: which pieces may have been written since its record was last saved.
 * A piece is noted *before* it is written, so after a crash whatever is neither in the record nor in the journal is as
 * the record says. Entries are checked one by one: after a power loss any of them may be missing or torn, and a
 * superfluous one costs no more than hashing a piece that need not have been.
 *
 * Layout, big endian: 8 bytes `shoaljn1`, epoch, check; then entries of piece, check. Numbers have 4 bytes.
 */
import { readUint32, writeUint32 } from '../../ground/bytes.ts';

const MAGIC: Uint8Array = new TextEncoder().encode('shoaljn1');
export const JOURNAL_HEADER_LENGTH = 16;
const ENTRY_LENGTH = 8;

/** FNV-1a over the epoch and the number: an entry of another epoch, or zeros, do not pass. */
function check(epoch: number, value: number): number {
  let hash = 0x811c9dc5;
  for (const word of [epoch, value]) {
    for (let shift = 0; shift < 32; shift += 8)
      hash = Math.imul(hash ^ ((word >>> shift) & 0xff), 0x01000193) >>> 0;
  }
  return hash;
}

export function encodeJournalHeader(epoch: number): Uint8Array {
  const bytes = new Uint8Array(JOURNAL_HEADER_LENGTH);
  bytes.set(MAGIC);
  writeUint32(bytes, 8, epoch);
  writeUint32(bytes, 12, check(epoch, 0xffffffff));
  return bytes;
}

export function encodeJournalEntries(epoch: number, pieces: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(pieces.length * ENTRY_LENGTH);
  for (const [at, piece] of pieces.entries()) {
    writeUint32(bytes, at * ENTRY_LENGTH, piece);
    writeUint32(bytes, at * ENTRY_LENGTH + 4, check(epoch, piece));
  }
  return bytes;
}

/** The pieces that are noted, or undefined when this is not the journal of that epoch. */
export function decodeJournal(bytes: Uint8Array, epoch: number): number[] | undefined {
  if (bytes.length < JOURNAL_HEADER_LENGTH) return undefined;
  for (const [at, byte] of encodeJournalHeader(epoch).entries()) if (bytes[at] !== byte) return undefined;
  const pieces: number[] = [];
  for (let at = JOURNAL_HEADER_LENGTH; at + ENTRY_LENGTH <= bytes.length; at += ENTRY_LENGTH) {
    const piece = readUint32(bytes, at);
    if (readUint32(bytes, at + 4) === check(epoch, piece)) pieces.push(piece);
  }
  return pieces;
}
