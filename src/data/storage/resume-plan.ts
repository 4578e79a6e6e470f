/**
 * Decides which pieces to believe when a share starts: the state machine of docs/storage.md, as a function of the
 * record and of the files on the disk. Believing costs nothing, hashing costs time, forgetting costs the network. A
 * piece is believed only if the record has it as saved, and nothing speaks against its files.
 */
import type { Geometry } from '../content/geometry.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import type { FileIndex } from '../../ground/units.ts';

export interface FilePrint {
  /** Bytes; -1 when the file does not exist. */
  readonly size: number;
  readonly modifiedMs: number;
}

/**
 * How far a record can be believed. `none`: hash what there is. `all`: nothing was written after it was saved.
 * `journal`: what was written since is noted in the journal of its epoch.
 */
export type Trust = 'none' | 'all' | 'journal';

export interface ResumeFacts {
  readonly geometry: Geometry;
  readonly record:
    | {
        readonly trust: Trust;
        readonly have: Bitfield;
        /** By file, when it was saved. */
        readonly prints: ReadonlyMap<FileIndex, FilePrint>;
      }
    | undefined;
  /** Undefined when it is missing, or of another epoch than the record. */
  readonly journal: { readonly pieces: readonly number[]; readonly modifiedMs: number } | undefined;
  /** By file, now; of every file that could hold data. */
  readonly present: ReadonlyMap<FileIndex, FilePrint>;
}

export interface ResumePlan {
  /** Believed. */
  readonly trusted: Bitfield;
  /** To be hashed. */
  readonly doubtful: Bitfield;
  /** Files that look as we left them. Others may belong to a person or another program. */
  readonly ours: ReadonlySet<FileIndex>;
}

/**
 * A write follows its note in the journal. One that takes longer makes its file look edited, and that costs no more
 * than hashing it.
 */
const WRITE_MS = 10_000;

type Verdict = 'missing' | 'same' | 'ours' | 'changed';

export function planResume(facts: ResumeFacts): ResumePlan {
  const { geometry, record, journal } = facts;
  const trusted = new Bitfield(geometry.pieceCount);
  const doubtful = new Bitfield(geometry.pieceCount);
  const noted = new Bitfield(geometry.pieceCount);
  for (const piece of journal?.pieces ?? []) if (piece < geometry.pieceCount) noted.add(piece);
  const files = judgeFiles(facts, noted);
  // Pieces were written after the record was saved, and no note says which.
  const isBlank = record === undefined || record.trust === 'none';
  const isUnnoted = isBlank || (record.trust === 'journal' && journal === undefined);
  for (let piece = 0; piece < geometry.pieceCount; piece++) {
    let isMissing = false;
    let isChanged = false;
    for (const { file } of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
      const verdict = files.get(file);
      if (verdict === 'missing') isMissing = true;
      else if (verdict === 'changed') isChanged = true;
    }
    if (isMissing) continue;
    const isSaved = !isBlank && record.have.has(piece) && !noted.has(piece);
    if (isSaved && !isChanged) trusted.add(piece);
    else if (isSaved || noted.has(piece) || isChanged || isUnnoted) doubtful.add(piece);
  }
  const ours = new Set<FileIndex>();
  for (const [file, verdict] of files) if (verdict === 'same' || verdict === 'ours') ours.add(file);
  return { trusted, doubtful, ours };
}

function judgeFiles(facts: ResumeFacts, noted: Bitfield): Map<FileIndex, Verdict> {
  const { geometry, record, journal, present } = facts;
  const verdicts = new Map<FileIndex, Verdict>();
  for (const [file, entry] of geometry.files.entries()) {
    const now = present.get(file);
    // A pad: zeros that lie nowhere.
    if (now === undefined || entry.lengthBytes === 0) continue;
    const before = record?.prints.get(file);
    if (now.size < 0) verdicts.set(file, 'missing');
    else if (before?.size === now.size && before.modifiedMs === now.modifiedMs) verdicts.set(file, 'same');
    else if (
      journal !== undefined &&
      now.modifiedMs <= journal.modifiedMs + WRITE_MS &&
      isNoted(geometry, file, noted)
    )
      verdicts.set(file, 'ours');
    else verdicts.set(file, 'changed');
  }
  return verdicts;
}

/** We may have written it ourselves since the record was saved. */
function isNoted(geometry: Geometry, file: FileIndex, noted: Bitfield): boolean {
  const [first, last] = geometry.filePieces(file)!;
  for (let piece = first; piece <= last; piece++) if (noted.has(piece)) return true;
  return false;
}

/** Pieces and bytes that are hashed at a start to see whether size and time tell the truth. */
const SAMPLE_PIECES = 8;
const SAMPLE_BYTES = 32 * 1024 * 1024;

/** Some of the pieces that are believed, spread by `below`, which picks a number under its bound. */
export function samplePieces(
  geometry: Geometry,
  trusted: Bitfield,
  below: (bound: number) => number,
): number[] {
  const all: number[] = [];
  for (let piece = 0; piece < geometry.pieceCount; piece++) if (trusted.has(piece)) all.push(piece);
  const count = Math.min(SAMPLE_PIECES, Math.max(1, Math.floor(SAMPLE_BYTES / geometry.nominalPieceLength)));
  const sample: number[] = [];
  for (let i = 0; i < count && all.length > 0; i++) {
    const at = below(all.length);
    sample.push(all[at]!);
    all[at] = all[all.length - 1]!;
    all.pop();
  }
  return sample;
}
