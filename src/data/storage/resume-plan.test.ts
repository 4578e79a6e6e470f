// The pieces of a share that are believed at its start: the table "At a start" of docs/storage.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../ground/bitfield.ts';
import { createPrng } from '../../ground/prng.ts';
import { createGeometry } from '../../../testkit/geometry.ts';
import { type FilePrint, planResume, type ResumeFacts, samplePieces, type Trust } from './resume-plan.ts';

const PIECE = 100;

/** Pieces 0 and 1 lie in file 0, piece 2 in both, pieces 3 and 4 in file 1. */
const geometry = createGeometry([250, 250]);
const SAVED_AT = 1000;
const NOTED_AT = 50_000;

/** How a file lies there: as it was saved, later than that by so much, or not at all. */
type Lies = 'same' | 'missing' | { readonly modifiedMs: number };

interface Case {
  readonly what: string;
  /** Undefined: there is no record. */
  readonly trust?: Trust;
  readonly have?: readonly number[];
  /** Undefined: no journal of the record's epoch. */
  readonly noted?: readonly number[];
  readonly files?: readonly [Lies, Lies];
  readonly trusted: string;
  readonly doubtful: string;
  readonly ours?: string;
}

const all = [0, 1, 2, 3, 4];
const UNTOUCHED: readonly [Lies, Lies] = ['same', 'same'];
const edited: Lies = { modifiedMs: NOTED_AT + 3_600_000 };
const ours: Lies = { modifiedMs: NOTED_AT + 9000 };

const cases: readonly Case[] = [
  { what: 'saved, as it was', trust: 'all', have: all, trusted: '01234', doubtful: '' },
  { what: 'saved in part', trust: 'all', have: [0, 3], trusted: '03', doubtful: '' },
  { what: 'saved, and noted since', trust: 'journal', have: all, noted: [1], trusted: '0234', doubtful: '1' },
  { what: 'noted only', trust: 'journal', have: [], noted: [1, 4], trusted: '', doubtful: '14' },
  { what: 'noted beyond the end', trust: 'journal', have: [0], noted: [99], trusted: '0', doubtful: '' },
  {
    what: 'written since by us: what is not noted stays believed',
    trust: 'journal',
    have: [0, 2],
    noted: [1],
    files: [ours, 'same'],
    trusted: '02',
    doubtful: '1',
  },
  {
    what: 'a file with a note, changed long after it',
    trust: 'journal',
    have: [0, 2, 3],
    noted: [1],
    files: [edited, 'same'],
    trusted: '3',
    doubtful: '012',
    ours: '1',
  },
  {
    what: 'a file without a note, changed',
    trust: 'journal',
    have: [3],
    noted: [1],
    files: ['same', ours],
    trusted: '',
    // Piece 1 is noted; the others lie in the changed file.
    doubtful: '1234',
    ours: '0',
  },
  {
    what: 'a file is missing: its pieces are absent, whatever is claimed',
    trust: 'journal',
    have: all,
    noted: [0],
    files: ['missing', 'same'],
    trusted: '34',
    doubtful: '',
    ours: '1',
  },
  { what: 'the journal is missing', trust: 'journal', have: [0, 3], trusted: '03', doubtful: '124' },
  {
    what: 'the journal is missing, and nothing was written after the record',
    trust: 'all',
    have: [0, 3],
    trusted: '03',
    doubtful: '',
  },
  { what: 'a record of nothing', trust: 'none', have: all, trusted: '', doubtful: '01234' },
  { what: 'no record', files: ['same', 'missing'], trusted: '', doubtful: '01', ours: '' },
];

for (const { what, trust, have = [], noted, files = UNTOUCHED, ...expected } of cases) {
  test(`at a start: ${what}`, () => {
    const bits = new Bitfield(geometry.pieceCount);
    for (const piece of have) bits.add(piece);
    const saved: FilePrint = { size: 250, modifiedMs: SAVED_AT };
    const prints = new Map([
      [0, saved],
      [1, saved],
    ]);
    const present = new Map<number, FilePrint>(
      files.map((lies, file) => {
        if (lies === 'same') return [file, saved];
        if (lies === 'missing') return [file, { size: -1, modifiedMs: -1 }];
        return [file, { size: 250, modifiedMs: lies.modifiedMs }];
      }),
    );
    const facts: ResumeFacts = {
      geometry,
      record: trust === undefined ? undefined : { trust, have: bits, prints },
      journal: noted === undefined ? undefined : { pieces: noted, modifiedMs: NOTED_AT },
      present,
    };
    const plan = planResume(facts);
    const listed = (pieces: Bitfield): string => all.filter((piece) => pieces.has(piece)).join('');
    assert.equal(listed(plan.trusted), expected.trusted);
    assert.equal(listed(plan.doubtful), expected.doubtful);
    assert.equal([...plan.ours].sort().join(''), expected.ours ?? '01');
  });
}

test('a sample is of pieces that are believed, each once, at most eight and at most 32 MiB', () => {
  const MIB = 1024 * 1024;
  for (const [pieceLength, count] of [
    [PIECE, 8],
    [16 * MIB, 2],
    [64 * MIB, 1],
  ] as const) {
    const large = createGeometry([100 * pieceLength], { pieceLength });
    const trusted = new Bitfield(large.pieceCount);
    for (let piece = 0; piece < 100; piece += 2) trusted.add(piece);
    const prng = createPrng(1);
    const sample = samplePieces(large, trusted, (bound) => prng.below(bound));
    assert.equal(new Set(sample).size, count);
    assert.ok(sample.every((piece) => piece % 2 === 0));
  }
  const few = new Bitfield(geometry.pieceCount);
  few.add(3);
  assert.deepEqual(
    samplePieces(geometry, few, () => 0),
    [3],
  );
});
