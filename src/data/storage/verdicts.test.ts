// Verdicts on files from their pieces: right, wrong, missing, short, not judged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../ground/bitfield.ts';
import { createGeometry } from '../../../testkit/geometry.ts';
import { type FileState, stateOf } from './verdicts.ts';

interface Case {
  readonly what: string;
  readonly lengths: readonly number[];
  /** On the disk; -1 for missing. */
  readonly sizes: readonly number[];
  /** By piece: r, w or - for not judged. */
  readonly pieces: string;
  readonly states: readonly FileState[];
  readonly pads?: readonly number[];
}

const cases: readonly Case[] = [
  { what: 'all right', lengths: [150, 50], sizes: [150, 50], pieces: 'rr', states: ['right', 'right'] },
  {
    what: 'a file shares its only piece with a missing one',
    lengths: [30, 20, 150],
    sizes: [30, -1, 150],
    pieces: '-r',
    states: ['unjudged', 'missing', 'unjudged'],
  },
  {
    what: 'a wrong piece of several files blames none of them',
    lengths: [30, 170],
    sizes: [30, 170],
    pieces: 'wr',
    states: ['unjudged', 'unjudged'],
  },
  {
    what: 'a wrong piece of its own',
    lengths: [130, 170],
    sizes: [130, 170],
    pieces: 'wrr',
    states: ['wrong', 'right'],
  },
  { what: 'short', lengths: [250], sizes: [120], pieces: 'r--', states: ['short'] },
  {
    what: 'short, and wrong where it is there',
    lengths: [250],
    sizes: [120],
    pieces: 'w--',
    states: ['wrong'],
  },
  { what: 'too long', lengths: [100], sizes: [101], pieces: 'r', states: ['wrong'] },
  {
    what: 'empty ones',
    lengths: [100, 0, 0],
    sizes: [100, 0, -1],
    pieces: 'r',
    states: ['right', 'right', 'missing'],
  },
  {
    what: 'a pad beside it',
    lengths: [60, 40, 100],
    pads: [1],
    sizes: [60, -1, 100],
    pieces: 'wr',
    states: ['wrong', 'missing', 'right'],
  },
];
for (const { what, lengths, sizes, pieces, states, pads } of cases) {
  test(`files judged: ${what}`, () => {
    const geometry = createGeometry(lengths, { pads });
    const [right, wrong] = [new Bitfield(geometry.pieceCount), new Bitfield(geometry.pieceCount)];
    for (const [piece, verdict] of [...pieces].entries()) {
      if (verdict === 'r') right.add(piece);
      if (verdict === 'w') wrong.add(piece);
    }
    assert.deepEqual(
      sizes.map((size, file) => stateOf(geometry, file, { right, wrong, wrongFiles: new Set() }, size)),
      states,
    );
  });
}

test('a file whose tree does not lead to its root is wrong, though no piece of it can be named', () => {
  const geometry = createGeometry([300]);
  const none = new Bitfield(3);
  assert.equal(stateOf(geometry, 0, { right: none, wrong: none, wrongFiles: new Set([0]) }, 300), 'wrong');
});
