/**
 * Hash requests (BEP 52): a magnet link gives the roots of files but not their piece layers, so those come from peers,
 * each stretch proved up to the root before it counts. Also asks for the leaves of a piece that failed, to find out
 * who sent the bad block; and serves both.
 */
import { HashTree } from '../../../../data/content/hash-tree.ts';
import {
  climb,
  completeWidth,
  HASH_LENGTH,
  log2,
  merkleRoot,
  pieceLayerLength,
} from '../../../../data/content/merkle.ts';
import { v2PieceHash } from '../../../../data/content/geometry.ts';
import type { FileEntry } from '../../../../data/content/metainfo.ts';
import { equalBytes, toHex } from '../../../../ground/bytes.ts';
import { BLOCK_LENGTH, type ConnectionId, type Instant } from '../../../../ground/units.ts';
import { type HashRange, MessageId } from '../wire/messages.ts';
import type { Content } from './content.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';

/** As many hashes as common clients ask for at once. */
const STRETCH = 512;
const MAX_STRETCH = 8192;
const REQUEST_TIMEOUT_MS = 10_000;
const REFUSAL_MS = 30_000;
const REQUESTS_PER_PEER = 4;
/** Trees kept for serving: two of the largest files, or many small ones. */
const MAX_SERVED_HASHES = 1 << 20;
/** A unit of work: as many hashes as common clients ask for at once. */
const UNIT = 512;

interface Pending {
  readonly range: HashRange;
  readonly peer: ConnectionId;
  readonly at: Instant;
  /** A leaf request: for this piece. */
  readonly piece?: number;
}

interface WantedLayer {
  readonly file: FileEntry;
  readonly layer: Uint8Array;
  readonly missing: Set<number>;
}

/** What is asked, owed and kept of trees. */
class HashState {
  readonly wanted = new Map<string, WantedLayer>();
  readonly pending = new Map<string, Pending>();
  readonly wantedLeaves = new Set<number>();
  readonly refusals = new Map<string, Instant>();
  /** Files by root: looking through them for each request would let a peer buy much work with few bytes. */
  readonly byRoot = new Map<string, FileEntry>();
  /** Trees that were served from, the latest last: building one for every request would cost far more than asking. */
  readonly served = new Map<string, { readonly tree: HashTree; readonly hashes: number }>();
}

export class HashExchange {
  readonly #context: SwarmContext;
  readonly #onLayer: (piecesRoot: Uint8Array) => void;
  readonly #onLeaves: (piece: number, leaves: Uint8Array) => void;
  /** Made at the first need: v1 shares have none. */
  #made: HashState | undefined;

  constructor(
    context: SwarmContext,
    onLayer: (piecesRoot: Uint8Array) => void,
    onLeaves: (piece: number, leaves: Uint8Array) => void,
  ) {
    this.#context = context;
    this.#onLayer = onLayer;
    this.#onLeaves = onLeaves;
  }

  get #state(): HashState {
    this.#made ??= new HashState();
    return this.#made;
  }

  get missingLayers(): number {
    return this.#made?.wanted.size ?? 0;
  }

  /** Learns the roots, and lists the layers that are not known. */
  start(content: Content): void {
    const { info, pieceLayers } = content.metainfo;
    if (info.version === 'v1') return;
    for (const file of info.files) {
      if (file.piecesRoot === undefined) continue;
      const key = toHex(file.piecesRoot);
      this.#state.byRoot.set(key, file);
      const count = pieceLayerLength(file.lengthBytes, info.pieceLength);
      if (count === 0 || pieceLayers.has(key) || this.#state.wanted.has(key)) continue;
      const stretch = Math.min(STRETCH, completeWidth(count));
      const missing = new Set<number>();
      for (let index = 0; index < count; index += stretch) missing.add(index);
      this.#state.wanted.set(key, {
        file,
        layer: new Uint8Array(completeWidth(count) * HASH_LENGTH),
        missing,
      });
    }
    this.request();
  }

  wantLeaves(piece: number): void {
    this.#state.wantedLeaves.add(piece);
    this.request();
  }

  /** Sends requests to whoever may answer. */
  request(): void {
    const { content } = this.#context;
    if (content === undefined || this.#made === undefined) return;
    if (this.#state.wanted.size === 0 && this.#state.wantedLeaves.size === 0) return;
    for (const peer of this.#context.peers.values()) {
      if (!peer.isOpen || !peer.supportsV2) continue;
      let outstanding = 0;
      for (const pending of this.#state.pending.values()) if (pending.peer === peer.id) outstanding++;
      for (const piece of this.#state.wantedLeaves) {
        if (outstanding >= REQUESTS_PER_PEER) break;
        if (peer.have.has(piece) && this.#ask(peer, this.#leafRange(content, piece), piece)) outstanding++;
      }
      for (const wanted of this.#state.wanted.values()) {
        if (outstanding >= REQUESTS_PER_PEER) break;
        for (const index of wanted.missing) {
          if (outstanding >= REQUESTS_PER_PEER) break;
          if (this.#ask(peer, layerRange(wanted, index, content.geometry.nominalPieceLength))) outstanding++;
        }
      }
    }
  }

  #ask(peer: Peer, range: HashRange, piece?: number): boolean {
    const key = rangeKey(range);
    if (this.#state.pending.has(key)) return false;
    if ((this.#state.refusals.get(`${peer.id}/${key}`) ?? Number.NEGATIVE_INFINITY) > this.#context.now)
      return false;
    const pending = { range, peer: peer.id, at: this.#context.now };
    this.#state.pending.set(key, piece === undefined ? pending : { ...pending, piece });
    this.#context.to(peer).hashRange(MessageId.hashRequest, range);
    return true;
  }

  #leafRange(content: Content, piece: number): HashRange {
    const file =
      content.metainfo.info.files[content.geometry.fileAt(piece * content.geometry.nominalPieceLength)]!;
    const width = content.geometry.treeWidth(piece);
    const firstLeaf = (piece * content.geometry.nominalPieceLength - file.offset) / BLOCK_LENGTH;
    return { piecesRoot: file.piecesRoot!, baseLayer: 0, index: firstLeaf, length: width, proofLayers: 0 };
  }

  handleHashes(peer: Peer, range: HashRange, payload: Uint8Array): void {
    const key = rangeKey(range);
    const pending = this.#state.pending.get(key);
    if (pending === undefined || pending.peer !== peer.id) return;
    this.#state.pending.delete(key);
    const hashes = payload.slice(0, range.length * HASH_LENGTH);
    const uncles = payload.subarray(range.length * HASH_LENGTH);
    const isRight =
      pending.piece === undefined
        ? this.#takeStretch(range, hashes, uncles)
        : this.#takeLeaves(pending.piece, range, hashes);
    if (!isRight) {
      const message = 'it sent hashes that do not lead to the root of the file (BEP 52)';
      this.#context.close(peer, { code: 'hashes-wrong', message, guilty: 'them', ban: true });
    }
    this.request();
  }

  #takeStretch(range: HashRange, hashes: Uint8Array, uncles: Uint8Array): boolean {
    const { hasher } = this.#context;
    const key = toHex(range.piecesRoot);
    const wanted = this.#state.wanted.get(key);
    if (wanted === undefined) return true;
    if (hashes.length !== range.length * HASH_LENGTH) return false;
    const top = merkleRoot(hashes, range.length, range.baseLayer, hasher);
    const height = log2(wanted.layer.length / HASH_LENGTH) - log2(range.length);
    if (uncles.length !== height * HASH_LENGTH) return false;
    if (!equalBytes(climb(top, range.index / range.length, uncles, hasher), range.piecesRoot)) return false;
    wanted.layer.set(hashes, range.index * HASH_LENGTH);
    wanted.missing.delete(range.index);
    if (wanted.missing.size > 0) return true;
    const content = this.#context.content!;
    const count = pieceLayerLength(wanted.file.lengthBytes, content.geometry.nominalPieceLength);
    content.metainfo.pieceLayers.set(key, wanted.layer.slice(0, count * HASH_LENGTH));
    this.#state.wanted.delete(key);
    this.#onLayer(range.piecesRoot);
    return true;
  }

  #takeLeaves(piece: number, range: HashRange, leaves: Uint8Array): boolean {
    const content = this.#context.content!;
    const root = v2PieceHash(content.metainfo, content.geometry, piece);
    this.#state.wantedLeaves.delete(piece);
    if (root === undefined) return true;
    if (leaves.length !== range.length * HASH_LENGTH) return false;
    if (!equalBytes(merkleRoot(leaves, range.length, 0, this.#context.hasher), root)) return false;
    this.#onLeaves(piece, leaves.subarray(0, content.geometry.blockCount(piece) * HASH_LENGTH));
    return true;
  }

  handleReject(peer: Peer, range: HashRange): void {
    const key = rangeKey(range);
    const pending = this.#state.pending.get(key);
    if (pending?.peer !== peer.id) return;
    this.#state.pending.delete(key);
    this.#state.refusals.set(`${peer.id}/${key}`, this.#context.now + REFUSAL_MS);
    this.request();
  }

  handleClosed(peer: Peer): void {
    if (this.#made === undefined) return;
    for (const [key, pending] of this.#state.pending)
      if (pending.peer === peer.id) this.#state.pending.delete(key);
    this.request();
  }

  handleTick(now: Instant): void {
    if (this.#made === undefined) return;
    for (const [key, pending] of this.#state.pending) {
      if (now - pending.at < REQUEST_TIMEOUT_MS) continue;
      this.#state.pending.delete(key);
      this.#state.refusals.set(`${pending.peer}/${key}`, now + REFUSAL_MS);
    }
    for (const [key, until] of this.#state.refusals) if (until <= now) this.#state.refusals.delete(key);
    this.request();
  }

  handleRequest(peer: Peer, range: HashRange): void {
    const { content } = this.#context;
    const file = this.#state.byRoot.get(toHex(range.piecesRoot));
    if (content === undefined || file === undefined || range.length < 1 || range.length > MAX_STRETCH) {
      return this.#reject(peer, range);
    }
    const pieceHeight = log2(content.geometry.nominalPieceLength / BLOCK_LENGTH);
    if (range.baseLayer < pieceHeight || file.lengthBytes <= content.geometry.nominalPieceLength) {
      return this.#serveLeaves(content, peer, file, range);
    }
    const tree = this.#layerTree(content, peer, file, pieceHeight);
    const hashes = tree?.stretch(range.baseLayer - pieceHeight, range.index, range.length, range.proofLayers);
    if (hashes === undefined) return this.#reject(peer, range);
    this.#context.to(peer).hashRange(MessageId.hashes, range, hashes);
  }

  /** Undefined when the layer is not known, or when the peer has asked for more work than it may. */
  #layerTree(content: Content, peer: Peer, file: FileEntry, pieceHeight: number): HashTree | undefined {
    const key = toHex(file.piecesRoot!);
    const served = this.#state.served.get(key);
    const { now } = this.#context;
    if (served !== undefined) {
      if (!peer.conduct.chargeHashes(now, 1)) return undefined;
      this.#state.served.delete(key);
      this.#state.served.set(key, served);
      return served.tree;
    }
    const layer = content.metainfo.pieceLayers.get(key);
    if (layer === undefined) return undefined;
    const hashes = layer.length / HASH_LENGTH;
    if (!peer.conduct.chargeHashes(now, 1 + hashes / UNIT)) return undefined;
    const tree = new HashTree(layer, pieceHeight, this.#context.hasher);
    let kept = hashes;
    for (const entry of this.#state.served.values()) kept += entry.hashes;
    for (const [other, entry] of this.#state.served) {
      if (kept <= MAX_SERVED_HASHES) break;
      this.#state.served.delete(other);
      kept -= entry.hashes;
    }
    this.#state.served.set(key, { tree, hashes });
    return tree;
  }

  /** Leaves are not kept: they are hashed again from the piece that holds them, if it is one piece and ours. */
  #serveLeaves(content: Content, peer: Peer, file: FileEntry, range: HashRange): void {
    const blocksPerPiece = content.geometry.nominalPieceLength / BLOCK_LENGTH;
    const firstPiece = file.offset / content.geometry.nominalPieceLength;
    const piece = firstPiece + Math.floor(range.index / blocksPerPiece);
    const last = content.geometry.filePieces(content.metainfo.info.files.indexOf(file))![1];
    const fits =
      range.baseLayer === 0 &&
      range.length <= content.geometry.treeWidth(Math.min(piece, last)) &&
      piece <= last;
    if (!fits || !content.picker.have.has(piece)) return this.#reject(peer, range);
    // The whole piece is read and hashed.
    const mebibytes = Math.ceil(content.geometry.pieceLength(piece) / 2 ** 20);
    if (!peer.conduct.chargeHashes(this.#context.now, 16 * mebibytes)) return this.#reject(peer, range);
    this.#context.sink.readLeaves(peer.id, range, piece);
  }

  /** @param leaves of the whole piece, or undefined when it could not be read */
  handleLeaves(peer: Peer, range: HashRange, piece: number, leaves: Uint8Array | undefined): void {
    const content = this.#context.content!;
    if (leaves === undefined) return this.#reject(peer, range);
    const width = content.geometry.treeWidth(piece);
    const tree = new HashTree(leaves, 0, this.#context.hasher, width);
    const withinPiece = Math.min(range.proofLayers, tree.height - 1);
    const hashes = tree.stretch(0, range.index % width, range.length, Math.max(0, withinPiece));
    if (hashes === undefined || range.proofLayers > Math.max(0, tree.height - 1))
      return this.#reject(peer, range);
    this.#context.to(peer).hashRange(MessageId.hashes, range, hashes);
  }

  #reject(peer: Peer, range: HashRange): void {
    const blame = peer.conduct.blameIdleTalk(this.#context.now, 'hash requests');
    if (blame !== undefined) return this.#context.close(peer, blame);
    this.#context.to(peer).hashRange(MessageId.hashReject, range);
  }
}

function layerRange(wanted: WantedLayer, index: number, pieceLength: number): HashRange {
  const width = wanted.layer.length / HASH_LENGTH;
  return {
    piecesRoot: wanted.file.piecesRoot!,
    baseLayer: log2(pieceLength / BLOCK_LENGTH),
    index,
    length: Math.min(STRETCH, width),
    proofLayers: width <= STRETCH ? 0 : log2(width) - 1,
  };
}

function rangeKey(range: HashRange): string {
  return `${toHex(range.piecesRoot)}/${range.baseLayer}/${range.index}/${range.length}`;
}
