/**
 * Hash requests (BEP 52): a magnet link gives the roots of files but not their piece layers, so those come from peers,
 * each stretch proved up to the root before it counts. Also asks for the leaves of a piece that failed, to find out
 * who sent the bad block; and serves both.
 */
import { HashTree } from '../../content/hash-tree.js';
import { climb, completeWidth, HASH_LENGTH, log2, merkleRoot, pieceLayerLength, } from '../../content/merkle.js';
import { v2PieceHash } from '../../content/geometry.js';
import { equalBytes, toHex } from '../../ground/bytes.js';
import { BLOCK_LENGTH } from '../../ground/units.js';
import { MessageId } from '../wire/messages.js';
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
export class HashExchange {
    #context;
    #onLayer;
    #onLeaves;
    #wanted = new Map();
    #pending = new Map();
    #wantedLeaves = new Set();
    #refusals = new Map();
    /** Files by root: looking through them for each request would let a peer buy much work with few bytes. */
    #byRoot = new Map();
    /** Trees that were served from, the latest last: building one for every request would cost far more than asking. */
    #served = new Map();
    constructor(context, onLayer, onLeaves) {
        this.#context = context;
        this.#onLayer = onLayer;
        this.#onLeaves = onLeaves;
    }
    get missingLayers() {
        return this.#wanted.size;
    }
    /** Learns the roots, and lists the layers that are not known. */
    start(share) {
        const { info, pieceLayers } = share.metainfo;
        if (info.version === 'v1')
            return;
        for (const file of info.files) {
            if (file.piecesRoot === undefined)
                continue;
            const key = toHex(file.piecesRoot);
            this.#byRoot.set(key, file);
            const count = pieceLayerLength(file.lengthBytes, info.pieceLength);
            if (count === 0 || pieceLayers.has(key) || this.#wanted.has(key))
                continue;
            const stretch = Math.min(STRETCH, completeWidth(count));
            const missing = new Set();
            for (let index = 0; index < count; index += stretch)
                missing.add(index);
            this.#wanted.set(key, { file, layer: new Uint8Array(completeWidth(count) * HASH_LENGTH), missing });
        }
        this.request();
    }
    wantLeaves(piece) {
        this.#wantedLeaves.add(piece);
        this.request();
    }
    /** Sends requests to whoever may answer. */
    request() {
        const { share } = this.#context;
        if (share === undefined || (this.#wanted.size === 0 && this.#wantedLeaves.size === 0))
            return;
        for (const peer of this.#context.peers.values()) {
            if (!peer.isOpen || !peer.supportsV2)
                continue;
            let outstanding = 0;
            for (const pending of this.#pending.values())
                if (pending.peer === peer.id)
                    outstanding++;
            for (const piece of this.#wantedLeaves) {
                if (outstanding >= REQUESTS_PER_PEER)
                    break;
                if (peer.have.has(piece) && this.#ask(peer, this.#leafRange(share, piece), piece))
                    outstanding++;
            }
            for (const wanted of this.#wanted.values()) {
                if (outstanding >= REQUESTS_PER_PEER)
                    break;
                for (const index of wanted.missing) {
                    if (outstanding >= REQUESTS_PER_PEER)
                        break;
                    if (this.#ask(peer, layerRange(wanted, index, share.geometry.nominalPieceLength)))
                        outstanding++;
                }
            }
        }
    }
    #ask(peer, range, piece) {
        const key = rangeKey(range);
        if (this.#pending.has(key))
            return false;
        if ((this.#refusals.get(`${peer.id}/${key}`) ?? Number.NEGATIVE_INFINITY) > this.#context.now)
            return false;
        const pending = { range, peer: peer.id, at: this.#context.now };
        this.#pending.set(key, piece === undefined ? pending : { ...pending, piece });
        this.#context.to(peer).hashRange(MessageId.hashRequest, range);
        return true;
    }
    #leafRange(share, piece) {
        const file = share.metainfo.info.files[share.geometry.fileAt(piece * share.geometry.nominalPieceLength)];
        const width = share.geometry.treeWidth(piece);
        const firstLeaf = (piece * share.geometry.nominalPieceLength - file.offset) / BLOCK_LENGTH;
        return { piecesRoot: file.piecesRoot, baseLayer: 0, index: firstLeaf, length: width, proofLayers: 0 };
    }
    handleHashes(peer, range, payload) {
        const key = rangeKey(range);
        const pending = this.#pending.get(key);
        if (pending === undefined || pending.peer !== peer.id)
            return;
        this.#pending.delete(key);
        const hashes = payload.slice(0, range.length * HASH_LENGTH);
        const uncles = payload.subarray(range.length * HASH_LENGTH);
        const isRight = pending.piece === undefined
            ? this.#takeStretch(range, hashes, uncles)
            : this.#takeLeaves(pending.piece, range, hashes);
        if (!isRight) {
            const message = 'it sent hashes that do not lead to the root of the file (BEP 52)';
            this.#context.close(peer, { code: 'hashes-wrong', message, guilty: 'them', ban: true });
        }
        this.request();
    }
    #takeStretch(range, hashes, uncles) {
        const { hasher } = this.#context;
        const key = toHex(range.piecesRoot);
        const wanted = this.#wanted.get(key);
        if (wanted === undefined)
            return true;
        if (hashes.length !== range.length * HASH_LENGTH)
            return false;
        const top = merkleRoot(hashes, range.length, range.baseLayer, hasher);
        const height = log2(wanted.layer.length / HASH_LENGTH) - log2(range.length);
        if (uncles.length !== height * HASH_LENGTH)
            return false;
        if (!equalBytes(climb(top, range.index / range.length, uncles, hasher), range.piecesRoot))
            return false;
        wanted.layer.set(hashes, range.index * HASH_LENGTH);
        wanted.missing.delete(range.index);
        if (wanted.missing.size > 0)
            return true;
        const share = this.#context.share;
        const count = pieceLayerLength(wanted.file.lengthBytes, share.geometry.nominalPieceLength);
        share.metainfo.pieceLayers.set(key, wanted.layer.slice(0, count * HASH_LENGTH));
        this.#wanted.delete(key);
        this.#onLayer(range.piecesRoot);
        return true;
    }
    #takeLeaves(piece, range, leaves) {
        const share = this.#context.share;
        const root = v2PieceHash(share.metainfo, share.geometry, piece);
        this.#wantedLeaves.delete(piece);
        if (root === undefined)
            return true;
        if (leaves.length !== range.length * HASH_LENGTH)
            return false;
        if (!equalBytes(merkleRoot(leaves, range.length, 0, this.#context.hasher), root))
            return false;
        this.#onLeaves(piece, leaves.subarray(0, share.geometry.blockCount(piece) * HASH_LENGTH));
        return true;
    }
    handleReject(peer, range) {
        const key = rangeKey(range);
        const pending = this.#pending.get(key);
        if (pending?.peer !== peer.id)
            return;
        this.#pending.delete(key);
        this.#refusals.set(`${peer.id}/${key}`, this.#context.now + REFUSAL_MS);
        this.request();
    }
    handleClosed(peer) {
        for (const [key, pending] of this.#pending)
            if (pending.peer === peer.id)
                this.#pending.delete(key);
        this.request();
    }
    handleTick(now) {
        for (const [key, pending] of this.#pending) {
            if (now - pending.at < REQUEST_TIMEOUT_MS)
                continue;
            this.#pending.delete(key);
            this.#refusals.set(`${pending.peer}/${key}`, now + REFUSAL_MS);
        }
        for (const [key, until] of this.#refusals)
            if (until <= now)
                this.#refusals.delete(key);
        this.request();
    }
    handleRequest(peer, range) {
        const { share } = this.#context;
        const file = this.#byRoot.get(toHex(range.piecesRoot));
        if (share === undefined || file === undefined || range.length < 1 || range.length > MAX_STRETCH) {
            return this.#reject(peer, range);
        }
        const pieceHeight = log2(share.geometry.nominalPieceLength / BLOCK_LENGTH);
        if (range.baseLayer < pieceHeight || file.lengthBytes <= share.geometry.nominalPieceLength) {
            return this.#serveLeaves(share, peer, file, range);
        }
        const tree = this.#layerTree(share, peer, file, pieceHeight);
        const hashes = tree?.stretch(range.baseLayer - pieceHeight, range.index, range.length, range.proofLayers);
        if (hashes === undefined)
            return this.#reject(peer, range);
        this.#context.to(peer).hashRange(MessageId.hashes, range, hashes);
    }
    /** Undefined when the layer is not known, or when the peer has asked for more work than it may. */
    #layerTree(share, peer, file, pieceHeight) {
        const key = toHex(file.piecesRoot);
        const served = this.#served.get(key);
        const { now } = this.#context;
        if (served !== undefined) {
            if (!peer.conduct.chargeHashes(now, 1))
                return undefined;
            this.#served.delete(key);
            this.#served.set(key, served);
            return served.tree;
        }
        const layer = share.metainfo.pieceLayers.get(key);
        if (layer === undefined)
            return undefined;
        const hashes = layer.length / HASH_LENGTH;
        if (!peer.conduct.chargeHashes(now, 1 + hashes / UNIT))
            return undefined;
        const tree = new HashTree(layer, pieceHeight, this.#context.hasher);
        let kept = hashes;
        for (const entry of this.#served.values())
            kept += entry.hashes;
        for (const [other, entry] of this.#served) {
            if (kept <= MAX_SERVED_HASHES)
                break;
            this.#served.delete(other);
            kept -= entry.hashes;
        }
        this.#served.set(key, { tree, hashes });
        return tree;
    }
    /** Leaves are not kept: they are hashed again from the piece that holds them, if it is one piece and ours. */
    #serveLeaves(share, peer, file, range) {
        const blocksPerPiece = share.geometry.nominalPieceLength / BLOCK_LENGTH;
        const firstPiece = file.offset / share.geometry.nominalPieceLength;
        const piece = firstPiece + Math.floor(range.index / blocksPerPiece);
        const last = share.geometry.filePieces(share.metainfo.info.files.indexOf(file))[1];
        const fits = range.baseLayer === 0 &&
            range.length <= share.geometry.treeWidth(Math.min(piece, last)) &&
            piece <= last;
        if (!fits || !share.picker.have.has(piece))
            return this.#reject(peer, range);
        // The whole piece is read and hashed.
        const mebibytes = Math.ceil(share.geometry.pieceLength(piece) / 2 ** 20);
        if (!peer.conduct.chargeHashes(this.#context.now, 16 * mebibytes))
            return this.#reject(peer, range);
        this.#context.sink.readLeaves(peer.id, range, piece);
    }
    /** @param leaves of the whole piece, or undefined when it could not be read */
    handleLeaves(peer, range, piece, leaves) {
        const share = this.#context.share;
        if (leaves === undefined)
            return this.#reject(peer, range);
        const width = share.geometry.treeWidth(piece);
        const tree = new HashTree(leaves, 0, this.#context.hasher, width);
        const withinPiece = Math.min(range.proofLayers, tree.height - 1);
        const hashes = tree.stretch(0, range.index % width, range.length, Math.max(0, withinPiece));
        if (hashes === undefined || range.proofLayers > Math.max(0, tree.height - 1))
            return this.#reject(peer, range);
        this.#context.to(peer).hashRange(MessageId.hashes, range, hashes);
    }
    #reject(peer, range) {
        const blame = peer.conduct.blameIdleTalk(this.#context.now, 'hash requests');
        if (blame !== undefined)
            return this.#context.close(peer, blame);
        this.#context.to(peer).hashRange(MessageId.hashReject, range);
    }
}
function layerRange(wanted, index, pieceLength) {
    const width = wanted.layer.length / HASH_LENGTH;
    return {
        piecesRoot: wanted.file.piecesRoot,
        baseLayer: log2(pieceLength / BLOCK_LENGTH),
        index,
        length: Math.min(STRETCH, width),
        proofLayers: width <= STRETCH ? 0 : log2(width) - 1,
    };
}
function rangeKey(range) {
    return `${toHex(range.piecesRoot)}/${range.baseLayer}/${range.index}/${range.length}`;
}
