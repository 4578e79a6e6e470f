/**
 * Routes the messages of one peer: each goes to the machine that answers for its kind. Holds no state; charges the peer's
 * account (`conduct.ts`) for messages that ask for nothing.
 */
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import type { FrameReceiver } from '../wire/decoder.ts';
import {
  decodeDontHave,
  decodeExtendedHandshake,
  EXTENDED_HANDSHAKE,
  OUR_DONT_HAVE_ID,
  OUR_METADATA_ID,
  OUR_PEX_ID,
  OUR_UPLOAD_ONLY_ID,
} from '../wire/extensions.ts';
import { dispatchMessage, type HashRange, type MessageVisitor } from '../wire/messages.ts';
import type { SwarmContext } from './context.ts';
import type { Downloads } from './downloads.ts';
import type { HashExchange } from './hash-exchange.ts';
import type { Holdings } from './holdings.ts';
import type { MetadataExchange } from './metadata-exchange.ts';
import type { Peer } from './peer.ts';
import type { PeerExchange } from './pex.ts';
import type { Uploads } from './uploads.ts';

/** The machines that messages are for. */
export interface MessageTargets {
  readonly context: SwarmContext;
  readonly downloads: Downloads;
  readonly uploads: Uploads;
  readonly holdings: Holdings;
  readonly metadata: MetadataExchange;
  readonly hashes: HashExchange;
  readonly pex: PeerExchange;
  /** The peer told its extensions, its listening port, its client. */
  onExtensions(peer: Peer): void;
  /** The peer has a piece that it lacked. */
  onHave(peer: Peer, piece: number): void;
  onUploadOnly(peer: Peer): void;
  /** The peer runs a DHT node on that UDP port (BEP 5). */
  onDhtPort(peer: Peer, port: number): void;
}

/** With small pieces two fast peers become interesting to each other hundreds of times a second. */
const TOGGLE_COST = 0.05;
/** A whole bitfield costs work in proportion to the pieces. */
const WHOLE_COST = 20;

export class MessageRouter implements FrameReceiver, MessageVisitor {
  readonly #peer: Peer;
  readonly #targets: MessageTargets;

  constructor(peer: Peer, targets: MessageTargets) {
    this.#peer = peer;
    this.#targets = targets;
  }

  onFrame(id: number, payload: Uint8Array): boolean {
    dispatchMessage(id, payload, this);
    return this.#peer.phase !== 'closed';
  }

  onKeepAlive(): void {
    this.#idle('keep-alives');
  }

  #idle(what: string, cost = 1): void {
    const { context } = this.#targets;
    const blame = this.#peer.conduct.blameIdleTalk(context.now, what, cost);
    if (blame !== undefined) context.close(this.#peer, blame);
  }

  onPiece(piece: number, begin: number, block: Uint8Array): void {
    this.#targets.downloads.handlePiece(this.#peer, piece, begin, block);
  }

  onRequest(piece: number, begin: number, length: number): void {
    this.#targets.uploads.handleRequest(this.#peer, piece, begin, length);
  }

  onCancel(piece: number, begin: number, length: number): void {
    if (!this.#targets.uploads.handleCancel(this.#peer, piece, begin, length)) this.#idle('cancels');
  }

  onReject(piece: number, begin: number): void {
    if (begin % BLOCK_LENGTH !== 0) return;
    const isRefused = this.#targets.downloads.handleReject(this.#peer, piece, begin);
    if (!isRefused) return;
    this.#targets.holdings.handleDontHave(this.#peer, piece);
    this.#targets.downloads.handleRefused(this.#peer, piece);
  }

  onChoke(): void {
    this.#idle('chokes');
    if (this.#peer.isOpen) this.#targets.downloads.handleChoke(this.#peer);
  }

  onUnchoke(): void {
    if (!this.#peer.isChokingUs) this.#idle('unchokes');
    this.#peer.isChokingUs = false;
    this.#targets.downloads.fill(this.#peer);
  }

  onInterested(): void {
    this.#idle('interest', this.#peer.isInterested ? 1 : TOGGLE_COST);
    this.#peer.isInterested = true;
    this.#targets.uploads.handleInterest();
  }

  onNotInterested(): void {
    this.#idle('interest', this.#peer.isInterested ? TOGGLE_COST : 1);
    this.#peer.isInterested = false;
    this.#targets.uploads.handleInterest();
  }

  onHave(piece: number): void {
    this.#targets.uploads.handleHave(this.#peer, piece);
    if (this.#peer.have.length > piece && this.#peer.have.has(piece)) this.#idle('HAVE');
    if (!this.#peer.isOpen) return;
    this.#targets.holdings.handleHave(this.#peer, piece);
    if (this.#peer.phase === 'open') this.#targets.onHave(this.#peer, piece);
  }

  onBitfield(bits: Uint8Array): void {
    this.#idle('bitfields', WHOLE_COST);
    if (this.#peer.isOpen) this.#targets.holdings.handleAll(this.#peer, bits);
  }

  onHaveAll(): void {
    this.#idle('bitfields', WHOLE_COST);
    if (this.#peer.isOpen) this.#targets.holdings.handleAll(this.#peer, 'all');
  }

  onHaveNone(): void {
    this.#idle('bitfields', WHOLE_COST);
    if (this.#peer.isOpen) this.#targets.holdings.handleAll(this.#peer, 'none');
  }

  onAllowedFast(piece: number): void {
    const { content } = this.#targets.context;
    if (content === undefined || piece >= content.geometry.pieceCount || this.#peer.allowedFast.size >= 1024)
      return this.#idle('allowed fast');
    if (this.#peer.allowedFast.has(piece)) this.#idle('allowed fast');
    this.#peer.allowedFast.add(piece);
    this.#targets.downloads.fill(this.#peer);
  }

  /** Followed among pieces that are equally rare: the sender may know who else fetches what (BEP 6). */
  onSuggest(piece: number): void {
    this.#idle('suggestions', TOGGLE_COST);
    this.#peer.noteSuggestion(piece);
  }

  onPort(port: number): void {
    this.#idle('ports');
    this.#targets.onDhtPort(this.#peer, port);
  }

  onExtended(extendedId: number, payload: Uint8Array): void {
    const peer = this.#peer;
    if (extendedId === EXTENDED_HANDSHAKE) this.#handleExtendedHandshake(payload);
    else if (extendedId === OUR_METADATA_ID) this.#targets.metadata.handleMessage(peer, payload);
    else if (extendedId === OUR_PEX_ID) {
      this.#idle('peer exchange', WHOLE_COST);
      if (peer.isOpen) this.#targets.pex.handleMessage(peer, payload);
    } else if (extendedId === OUR_UPLOAD_ONLY_ID) {
      peer.isUploadOnly = payload.length > 0 && payload[0] !== 0;
      if (peer.isUploadOnly) this.#targets.onUploadOnly(peer);
    } else if (extendedId === OUR_DONT_HAVE_ID) {
      const piece = decodeDontHave(payload);
      if (piece === undefined || (peer.have.length > piece && !peer.have.has(piece))) this.#idle('DONTHAVE');
      if (piece !== undefined) this.#targets.holdings.handleDontHave(peer, piece);
    } else this.#idle('unknown messages');
  }

  #handleExtendedHandshake(payload: Uint8Array): void {
    this.#idle('extended handshakes', WHOLE_COST);
    if (!this.#peer.isOpen) return;
    const decoded = decodeExtendedHandshake(payload);
    const { context } = this.#targets;
    if (!decoded.ok) {
      context.close(this.#peer, { ...decoded.error, guilty: 'them' });
      return;
    }
    // A later handshake updates the first (BEP 10).
    this.#peer.extensions = { ...this.#peer.extensions, ...decoded.value };
    const { requestQueue, isUploadOnly } = decoded.value;
    if (requestQueue !== undefined) this.#peer.pipeline.setRemoteQueue(requestQueue);
    if (isUploadOnly !== undefined) this.#peer.isUploadOnly = isUploadOnly;
    this.#targets.onExtensions(this.#peer);
  }

  onHashRequest(range: HashRange): void {
    this.#targets.hashes.handleRequest(this.#peer, range);
  }

  onHashes(range: HashRange, hashes: Uint8Array): void {
    this.#targets.hashes.handleHashes(this.#peer, range, hashes);
  }

  onHashReject(range: HashRange): void {
    this.#targets.hashes.handleReject(this.#peer, range);
  }
}
