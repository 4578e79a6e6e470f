import { type BlockIndex, type FileIndex, type PieceIndex } from '../ground/units.ts';
import type { FileEntry, InfoDictionary, Metainfo } from './metainfo.ts';
/** A stretch of one file. */
export interface Slice {
    readonly file: FileIndex;
    readonly fileOffset: number;
    readonly length: number;
}
export declare class Geometry {
    #private;
    readonly info: InfoDictionary;
    readonly pieceCount: number;
    readonly nominalPieceLength: number;
    /** Bytes of all files on disk: no pads. */
    readonly dataLength: number;
    constructor(info: InfoDictionary);
    get files(): readonly FileEntry[];
    /** Bytes of data in a piece. */
    pieceLength(piece: PieceIndex): number;
    /** Bytes that the v1 hash of a piece covers. */
    hashedLength(piece: PieceIndex): number;
    /**
     * How far into a piece others may ask. libtorrent asks for the zeros behind the last block of a file also in pure v2
     * shares, where no pad file exists.
     */
    requestableLength(piece: PieceIndex): number;
    blockCount(piece: PieceIndex): number;
    blockLength(piece: PieceIndex, block: BlockIndex): number;
    /** The file that holds the byte at `offset` of piece space (pads included); in a v2 gap, the file before it. */
    fileAt(offset: number): FileIndex;
    /** The files under a stretch of a piece, in order. Bytes past the data (a hybrid's pad) have no slice. */
    slices(piece: PieceIndex, begin: number, length: number): Slice[];
    /** First and last piece that hold bytes of a file; undefined for an empty one. */
    filePieces(file: FileIndex): readonly [PieceIndex, PieceIndex] | undefined;
    /** Leaves of the Merkle tree under a piece (v2). */
    treeWidth(piece: PieceIndex): number;
}
/** The 20-byte SHA-1 that a piece must have, or undefined in a v2 share. */
export declare function v1PieceHash(metainfo: Metainfo, piece: PieceIndex): Uint8Array | undefined;
/** The 32-byte Merkle root that a piece must have: undefined in a v1 share, or while its piece layer is not known. */
export declare function v2PieceHash(metainfo: Metainfo, geometry: Geometry, piece: PieceIndex): Uint8Array | undefined;
/** What proves a piece: lengths, tree width and the hashes that are known; the part of a proving job that the share fixes. */
export interface PieceProof {
    readonly length: number;
    /** 0 where no v1 hash is known. */
    readonly hashedLength: number;
    /** 0 where no v2 hash is known. */
    readonly treeWidth: number;
    readonly expectedV1: Uint8Array | undefined;
    readonly expectedV2: Uint8Array | undefined;
}
export declare function proofOf(metainfo: Metainfo, geometry: Geometry, piece: PieceIndex): PieceProof;
