/** Where pieces lie in files of given lengths: a share for tests that need no bytes. */
import { Geometry } from '../src/data/content/geometry.ts';
import type { FileEntry } from '../src/data/content/metainfo.ts';

/** Small enough that a piece lies in several small files. */
const PIECE_LENGTH = 100;

export interface GeometryOptions {
  readonly pieceLength?: number;
  /** The indexes of pad files (BEP 47). */
  readonly pads?: readonly number[] | undefined;
}

/** The files `f0`, `f1`, … of a v1 share. */
export function createGeometry(lengths: readonly number[], options: GeometryOptions = {}): Geometry {
  const { pieceLength = PIECE_LENGTH, pads = [] } = options;
  let offset = 0;
  const files = lengths.map((lengthBytes, file): FileEntry => {
    const isPad = pads.includes(file);
    const entry = { path: [`f${file}`], lengthBytes, offset, isPad, isExecutable: false, isHidden: false };
    offset += lengthBytes;
    return entry;
  });
  return new Geometry({
    version: 'v1',
    name: 'share',
    isSingleFile: false,
    isPrivate: false,
    pieceLength,
    files,
  });
}
