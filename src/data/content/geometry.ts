/**
 * Where things lie: pieces, blocks and files of a share. Pure arithmetic over the info dictionary.
 *
 * Two lengths of a piece matter. `pieceLength(i)` is the data in it: what peers exchange and what comes to disk.
 * `hashedLength(i)` is what its v1 hash covers; in a hybrid share that may include the zeros of a pad file behind
 * the data. In pure v1 shares pads are files like others and both lengths are equal.
 */
import { assert } from '../../ground/assert.ts';
import { type BlockIndex, BLOCK_LENGTH, type FileIndex, type PieceIndex } from '../../ground/units.ts';
import { toHex } from '../../ground/bytes.ts';
import { HASH_LENGTH, pieceTreeWidth } from './merkle.ts';
import type { FileEntry, InfoDictionary, Metainfo } from './metainfo.ts';

/** A stretch of one file. */
export interface Slice {
  readonly file: FileIndex;
  readonly fileOffset: number;
  readonly length: number;
}

export class Geometry {
  readonly info: InfoDictionary;
  readonly pieceCount: number;
  readonly nominalPieceLength: number;
  /** Bytes of all files on disk: no pads. */
  readonly dataLength: number;
  readonly #isV1: boolean;
  readonly #end: number;
  /** Indices of files that hold data, in order of offset. */
  readonly #filled: FileIndex[];

  constructor(info: InfoDictionary) {
    this.info = info;
    this.nominalPieceLength = info.pieceLength;
    this.#isV1 = info.version === 'v1';
    this.#filled = [];
    let dataLength = 0;
    for (const [index, file] of info.files.entries()) {
      if (file.lengthBytes > 0) this.#filled.push(index);
      if (!file.isPad) dataLength += file.lengthBytes;
    }
    this.dataLength = dataLength;
    const last = this.#filled[this.#filled.length - 1];
    this.#end = last === undefined ? 0 : info.files[last]!.offset + info.files[last]!.lengthBytes;
    this.pieceCount = Math.ceil(this.#end / info.pieceLength);
  }

  get files(): readonly FileEntry[] {
    return this.info.files;
  }

  /** Bytes of data in a piece. */
  pieceLength(piece: PieceIndex): number {
    const start = piece * this.nominalPieceLength;
    if (this.#isV1) return Math.min(this.nominalPieceLength, this.#end - start);
    const file = this.info.files[this.fileAt(start)]!;
    return Math.min(this.nominalPieceLength, file.offset + file.lengthBytes - start);
  }

  /** Bytes that the v1 hash of a piece covers. */
  hashedLength(piece: PieceIndex): number {
    const { v1Length } = this.info;
    if (v1Length === undefined) return this.pieceLength(piece);
    return Math.min(this.nominalPieceLength, v1Length - piece * this.nominalPieceLength);
  }

  /**
   * How far into a piece others may ask. libtorrent asks for the zeros behind the last block of a file also in pure v2
   * shares, where no pad file exists.
   */
  requestableLength(piece: PieceIndex): number {
    return this.#isV1 ? this.pieceLength(piece) : this.nominalPieceLength;
  }

  blockCount(piece: PieceIndex): number {
    return Math.ceil(this.pieceLength(piece) / BLOCK_LENGTH);
  }

  blockLength(piece: PieceIndex, block: BlockIndex): number {
    return Math.min(BLOCK_LENGTH, this.pieceLength(piece) - block * BLOCK_LENGTH);
  }

  /** The file that holds the byte at `offset` of piece space (pads included); in a v2 gap, the file before it. */
  fileAt(offset: number): FileIndex {
    const file = this.#filled[this.#positionAt(offset)];
    assert(file !== undefined, 'a share without data has no file at any offset');
    return file;
  }

  /** Position in `#filled`, by bisection. */
  #positionAt(offset: number): number {
    let [low, high] = [0, this.#filled.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.info.files[this.#filled[middle]!]!.offset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The files under a stretch of a piece, in order. Bytes past the data (a hybrid's pad) have no slice. */
  slices(piece: PieceIndex, begin: number, length: number): Slice[] {
    const slices: Slice[] = [];
    let offset = piece * this.nominalPieceLength + begin;
    const end = Math.min(offset + length, piece * this.nominalPieceLength + this.pieceLength(piece));
    if (offset >= end) return slices;
    for (let i = this.#positionAt(offset); offset < end; i++) {
      const file = this.#filled[i]!;
      const entry = this.info.files[file]!;
      const sliceLength = Math.min(end, entry.offset + entry.lengthBytes) - offset;
      slices.push({ file, fileOffset: offset - entry.offset, length: sliceLength });
      offset += sliceLength;
    }
    return slices;
  }

  /** First and last piece that hold bytes of a file; undefined for an empty one. */
  filePieces(file: FileIndex): readonly [PieceIndex, PieceIndex] | undefined {
    const entry = this.info.files[file]!;
    if (entry.lengthBytes === 0) return undefined;
    return [
      Math.floor(entry.offset / this.nominalPieceLength),
      Math.floor((entry.offset + entry.lengthBytes - 1) / this.nominalPieceLength),
    ];
  }

  /** Leaves of the Merkle tree under a piece (v2). */
  treeWidth(piece: PieceIndex): number {
    const file = this.info.files[this.fileAt(piece * this.nominalPieceLength)]!;
    return pieceTreeWidth(file.lengthBytes, this.nominalPieceLength);
  }
}

/** The 20-byte SHA-1 that a piece must have, or undefined in a v2 share. */
export function v1PieceHash(metainfo: Metainfo, piece: PieceIndex): Uint8Array | undefined {
  return metainfo.info.v1Hashes?.subarray(piece * 20, piece * 20 + 20);
}

/** The 32-byte Merkle root that a piece must have: undefined in a v1 share, or while its piece layer is not known. */
export function v2PieceHash(
  metainfo: Metainfo,
  geometry: Geometry,
  piece: PieceIndex,
): Uint8Array | undefined {
  if (metainfo.info.version === 'v1') return undefined;
  const file = metainfo.info.files[geometry.fileAt(piece * metainfo.info.pieceLength)]!;
  if (file.piecesRoot === undefined) return undefined;
  if (file.lengthBytes <= metainfo.info.pieceLength) return file.piecesRoot;
  const layer = metainfo.pieceLayers.get(layerKey(file.piecesRoot));
  const at = (piece - file.offset / metainfo.info.pieceLength) * HASH_LENGTH;
  return layer?.subarray(at, at + HASH_LENGTH);
}

/** Whether `v2PieceHash` would find one. */
export function isV2HashKnown(metainfo: Metainfo, geometry: Geometry, piece: PieceIndex): boolean {
  const file = metainfo.info.files[geometry.fileAt(piece * metainfo.info.pieceLength)]!;
  if (file.piecesRoot === undefined) return false;
  return file.lengthBytes <= metainfo.info.pieceLength || metainfo.pieceLayers.has(layerKey(file.piecesRoot));
}

/** Asked for once a piece; there are few roots and many pieces. */
const layerKeys = new WeakMap<Uint8Array, string>();

function layerKey(root: Uint8Array): string {
  let key = layerKeys.get(root);
  if (key === undefined) {
    key = toHex(root);
    layerKeys.set(root, key);
  }
  return key;
}

/** The part of a proving job that the share fixes: lengths, tree width and the known hashes of a piece. */
export interface PieceProof {
  readonly length: number;
  /** 0 where no v1 hash is known. */
  readonly hashedLength: number;
  /** 0 where no v2 hash is known. */
  readonly treeWidth: number;
  readonly expectedV1: Uint8Array | undefined;
  readonly expectedV2: Uint8Array | undefined;
}

export function proofOf(metainfo: Metainfo, geometry: Geometry, piece: PieceIndex): PieceProof {
  const expectedV1 = v1PieceHash(metainfo, piece);
  const expectedV2 = v2PieceHash(metainfo, geometry, piece);
  return {
    length: geometry.pieceLength(piece),
    hashedLength: expectedV1 === undefined ? 0 : geometry.hashedLength(piece),
    treeWidth: expectedV2 === undefined ? 0 : geometry.treeWidth(piece),
    expectedV1,
    expectedV2,
  };
}
