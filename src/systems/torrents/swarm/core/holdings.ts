/**
 * Which peer has which pieces: takes in bitfields, HAVE, HAVE ALL/NONE (BEP 6) and lt_donthave (BEP 54), keeps the picker's counts of
 * rarity, and tells peers whether we are interested.
 */
import { Bitfield } from '../../../../ground/bitfield.ts';
import { MessageId } from '../wire/messages.ts';
import type { Content } from './content.ts';
import type { SwarmContext } from './context.ts';
import { Peer } from './peer.ts';

/** HAVEs that are kept while the number of pieces is unknown. */
const MAX_EARLY_PIECES = 1 << 16;
const MAX_PIECE_INDEX = 1 << 24;

export class Holdings {
  readonly #context: SwarmContext;

  constructor(context: SwarmContext) {
    this.#context = context;
  }

  /** The first words to a peer: what we have. @param have undefined while we have, or show, nothing */
  greet(peer: Peer, have: Bitfield | undefined): void {
    const outbox = this.#context.to(peer);
    if (have === undefined || have.isEmpty) {
      if (peer.supportsFast) outbox.bare(MessageId.haveNone);
    } else if (have.isFull && peer.supportsFast) outbox.bare(MessageId.haveAll);
    else outbox.bitfield(have.bytes);
  }

  /**
   * HAVE ALL, HAVE NONE or BITFIELD. BEP 3 allows one, at the start; aria2 and Transmission send theirs later or
   * again, so the last one counts.
   */
  handleAll(peer: Peer, what: 'all' | 'none' | Uint8Array): void {
    const { content } = this.#context;
    if (content === undefined) {
      peer.early = {
        isAll: what === 'all',
        bits: typeof what === 'string' ? undefined : what.slice(),
        pieces: new Set(),
      };
      return;
    }
    const early = {
      isAll: what === 'all',
      bits: typeof what === 'string' ? undefined : what,
      pieces: new Set<number>(),
    };
    const bits = Peer.bitsFrom(early, content.geometry.pieceCount);
    if (bits === undefined)
      return this.#refuse(peer, 'its bitfield has the wrong length or spare bits set (BEP 3)');
    this.handleClosed(content, peer);
    this.#setAll(content, peer, bits);
  }

  handleHave(peer: Peer, piece: number): void {
    const { content } = this.#context;
    if (content === undefined) {
      if (piece >= MAX_PIECE_INDEX || peer.early!.pieces.size >= MAX_EARLY_PIECES)
        return this.#refuse(peer, 'absurd HAVE');
      peer.early!.pieces.add(piece);
      return;
    }
    if (piece >= content.geometry.pieceCount)
      return this.#refuse(peer, `HAVE ${piece}, which does not exist (BEP 3)`);
    if (peer.have.has(piece)) return;
    const { rarity } = content.picker;
    peer.have.add(piece);
    if (peer.have.isFull) {
      // Seeds are counted apart from the others.
      const others = peer.have.clone();
      others.delete(piece);
      rarity.removeAll(others);
      rarity.addSeed();
    } else rarity.addOne(piece);
    if (content.picker.isWanted(piece)) {
      peer.interestingCount++;
      this.updateInterest(peer);
    }
  }

  handleDontHave(peer: Peer, piece: number): void {
    const { content } = this.#context;
    if (content === undefined) {
      peer.early!.pieces.delete(piece);
      return;
    }
    if (piece >= content.geometry.pieceCount)
      return this.#refuse(peer, `DONTHAVE ${piece}, which does not exist (BEP 54)`);
    if (!peer.have.has(piece)) return;
    const { rarity } = content.picker;
    if (peer.have.isFull) {
      rarity.removeSeed();
      peer.have.delete(piece);
      rarity.addAll(peer.have);
    } else {
      peer.have.delete(piece);
      rarity.removeOne(piece);
    }
    if (content.picker.isWanted(piece)) {
      peer.interestingCount--;
      this.updateInterest(peer);
    }
  }

  /** The metadata has come: what peers said before means something now. */
  handleMetadata(content: Content): void {
    for (const peer of [...this.#context.peers.values()]) {
      const { early } = peer;
      peer.early = undefined;
      if (peer.phase === 'closed' || early === undefined) continue;
      const bits = Peer.bitsFrom(early, content.geometry.pieceCount);
      if (bits === undefined) this.#refuse(peer, 'its bitfield does not fit the number of pieces (BEP 3)');
      else this.#setAll(content, peer, bits);
    }
  }

  /** A new peer, when the number of pieces is known already. */
  handleOpened(content: Content, peer: Peer): void {
    peer.early = undefined;
    peer.have = new Bitfield(content.geometry.pieceCount);
  }

  handleClosed(content: Content, peer: Peer): void {
    if (peer.have.length === 0) return;
    if (peer.have.isFull) content.picker.rarity.removeSeed();
    else if (!peer.have.isEmpty) content.picker.rarity.removeAll(peer.have);
  }

  /** We have a piece more: tell those who lack it, and lose interest where nothing is left. */
  handleGained(piece: number, isTold: (peer: Peer) => boolean): void {
    for (const peer of this.#context.peers.values()) {
      if (!peer.isOpen) continue;
      if (peer.have.has(piece)) {
        peer.interestingCount--;
        this.updateInterest(peer);
      }
      // A seed has it, and sees by this what becomes of what it gave (BEP 3 tells everybody).
      if ((!peer.have.has(piece) || peer.isSeed) && isTold(peer))
        this.#context.to(peer).piece(MessageId.have, piece);
    }
  }

  /** Peers that came before the share was open have heard that we have nothing. */
  announcePieces({ picker: { have } }: Content): void {
    for (const peer of this.#context.peers.values()) {
      if (!peer.isOpen) continue;
      for (let piece = 0; piece < have.length; piece++)
        if (have.has(piece)) this.#context.to(peer).piece(MessageId.have, piece);
    }
  }

  /** After the selection changed, or pieces were lost. */
  recount(content: Content): void {
    for (const peer of this.#context.peers.values()) {
      if (!peer.isOpen) continue;
      this.#count(content, peer);
      this.updateInterest(peer);
    }
  }

  updateInterest(peer: Peer): void {
    const isInteresting = peer.interestingCount > 0;
    if (isInteresting === peer.amInterested || !peer.isOpen) return;
    peer.amInterested = isInteresting;
    this.#context.to(peer).bare(isInteresting ? MessageId.interested : MessageId.notInterested);
  }

  #setAll(content: Content, peer: Peer, bits: Bitfield): void {
    peer.have = bits;
    if (bits.length > 0 && bits.isFull) content.picker.rarity.addSeed();
    else if (!bits.isEmpty) content.picker.rarity.addAll(bits);
    this.#count(content, peer);
    this.updateInterest(peer);
  }

  #count(content: Content, peer: Peer): void {
    let count = 0;
    if (content.picker.wantedLeft > 0) {
      for (let piece = 0; piece < peer.have.length; piece++) {
        if (peer.have.has(piece) && content.picker.isWanted(piece)) count++;
      }
    }
    peer.interestingCount = count;
  }

  #refuse(peer: Peer, message: string): void {
    this.#context.close(peer, { code: 'peer-bad-have', message, guilty: 'them', ban: true });
  }
}
