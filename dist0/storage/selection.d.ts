/** Which pieces a choice of files needs: exactly those that hold a byte of them. */
import type { Geometry } from '../content/geometry.ts';
import type { FileIndex } from '../ground/units.ts';
import { Bitfield } from '../ground/bitfield.ts';
export declare function piecesOf(geometry: Geometry, files: ReadonlySet<FileIndex>): Bitfield;
