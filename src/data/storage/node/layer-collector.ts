/**
 * Piece layers (BEP 52) that a torrent lacks, computed from data that is whole: the tree of a file leads to its root only
 * if all of its data is right, so the layer proves the pieces and the pieces give the layer.
 */
import type { Geometry } from '../../content/geometry.ts';
import { HASH_LENGTH, isPieceLayerOf, pieceLayerLength } from '../../content/merkle.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import type { Bitfield } from '../../../ground/bitfield.ts';
import { toHex } from '../../../ground/bytes.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';

interface Collected {
  readonly first: PieceIndex;
  readonly layer: Uint8Array;
  /** Pieces whose hash is still to come. */
  left: number;
}

export class LayerCollector {
  readonly #metainfo: Metainfo;
  readonly #geometry: Geometry;
  readonly #files = new Map<FileIndex, Collected>();

  /** @param pieces that will be looked at: a file of which only some are gives no layer */
  constructor(metainfo: Metainfo, geometry: Geometry, pieces?: Bitfield) {
    this.#metainfo = metainfo;
    this.#geometry = geometry;
    if (metainfo.info.version === 'v1') return;
    for (const [file, { piecesRoot, lengthBytes }] of metainfo.info.files.entries()) {
      if (piecesRoot === undefined || pieceLayerLength(lengthBytes, metainfo.info.pieceLength) === 0)
        continue;
      if (metainfo.pieceLayers.has(toHex(piecesRoot))) continue;
      const [first, last] = geometry.filePieces(file)!;
      const count = last - first + 1;
      if (pieces !== undefined && !hasAll(pieces, first, last)) continue;
      this.#files.set(file, { first, layer: new Uint8Array(count * HASH_LENGTH), left: count });
    }
  }

  /** Leaves of the tree under a piece whose hash is wanted; 0 for others. */
  treeWidth(piece: PieceIndex): number {
    return this.#of(piece) === undefined ? 0 : this.#geometry.treeWidth(piece);
  }

  /** @param hash the root of the tree under the piece, 32 bytes */
  add(piece: PieceIndex, hash: Uint8Array): void {
    const collected = this.#of(piece);
    if (collected === undefined) return;
    collected.layer.set(hash, (piece - collected.first) * HASH_LENGTH);
    collected.left--;
  }

  /** Keeps the layers that lead to their root: the pieces that are right by them, and files that they show to be wrong. */
  finish(): { readonly proved: readonly PieceIndex[]; readonly wrongFiles: ReadonlySet<FileIndex> } {
    const proved: PieceIndex[] = [];
    const wrongFiles = new Set<FileIndex>();
    const { info, pieceLayers } = this.#metainfo;
    for (const [file, { first, layer, left }] of this.#files) {
      const { piecesRoot, lengthBytes } = info.files[file]!;
      if (left > 0) continue;
      if (!isPieceLayerOf(piecesRoot!, layer, lengthBytes, info.pieceLength, nodeHasher)) {
        wrongFiles.add(file);
        continue;
      }
      pieceLayers.set(toHex(piecesRoot!), layer);
      for (let i = 0; i < layer.length / HASH_LENGTH; i++) proved.push(first + i);
    }
    return { proved, wrongFiles };
  }

  #of(piece: PieceIndex): Collected | undefined {
    if (this.#files.size === 0) return undefined;
    return this.#files.get(this.#geometry.fileAt(piece * this.#geometry.nominalPieceLength));
  }
}

function hasAll(pieces: Bitfield, first: PieceIndex, last: PieceIndex): boolean {
  for (let piece = first; piece <= last; piece++) if (!pieces.has(piece)) return false;
  return true;
}
