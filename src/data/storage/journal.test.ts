// The bytes of the journal: every entry that survives a crash is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../ground/bytes.ts';
import {
  decodeJournal,
  encodeJournalEntries,
  encodeJournalHeader,
  JOURNAL_HEADER_LENGTH,
} from './journal.ts';

const journal = (epoch: number, pieces: readonly number[]): Uint8Array =>
  concatBytes([encodeJournalHeader(epoch), encodeJournalEntries(epoch, pieces)]);

test('notes are read back', () => {
  for (const pieces of [[], [0], [7, 3, 0xffff_fffe]])
    assert.deepEqual(decodeJournal(journal(5, pieces), 5), pieces);
});

test('a journal of another epoch, a torn header, and no journal at all are none', () => {
  const bytes = journal(5, [1, 2]);
  assert.equal(decodeJournal(bytes, 6), undefined);
  assert.equal(decodeJournal(bytes.subarray(0, JOURNAL_HEADER_LENGTH - 1), 5), undefined);
  assert.equal(decodeJournal(new Uint8Array(100), 5), undefined);
  for (let at = 0; at < JOURNAL_HEADER_LENGTH; at++) {
    const torn = bytes.slice();
    torn[at]! ^= 1;
    assert.equal(decodeJournal(torn, 5), undefined, `byte ${at}`);
  }
});

test('entries that are torn, missing or of another epoch are passed over, and no others', () => {
  const bytes = journal(5, [10, 20, 30]);
  const zeroed = bytes.slice();
  zeroed.fill(0, JOURNAL_HEADER_LENGTH + 8, JOURNAL_HEADER_LENGTH + 16);
  assert.deepEqual(decodeJournal(zeroed, 5), [10, 30]);
  assert.deepEqual(decodeJournal(bytes.subarray(0, bytes.length - 3), 5), [10, 20]);
  const mixed = concatBytes([journal(5, [10]), encodeJournalEntries(3, [20]), encodeJournalEntries(5, [30])]);
  assert.deepEqual(decodeJournal(mixed, 5), [10, 30]);
});
