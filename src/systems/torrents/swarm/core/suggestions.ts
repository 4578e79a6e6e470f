/**
 * What a seed tells a crowd to take (Suggest Piece, BEP 6): to each peer other pieces, of those that only seeds have.
 *
 * Peers that choose alone choose the same: what one of them is being sent, those who are not connected to it still
 * believe to be rare. With 300 peers a seed sent 1.25 copies until each piece was out, and everybody waited for that.
 * Advice costs nothing: whoever does not follow it is served as well.
 */
import { Bitfield } from '../../../../ground/bitfield.ts';
import type { ConnectionId } from '../../../../ground/units.ts';
import { MessageId } from '../wire/messages.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';

/** What a peer is sent in so long it should know in advance: libtorrent asks for 3 s of its rate at once, … */
const AHEAD_MS = 3000;
/** … and keeps so much advice. */
const MAX_AHEAD = 16;
/** Pieces a second that a peer takes: where it is more, advice would be all talk. */
const MAX_PIECE_RATE = 12;

/** Pieces that are looked at for one piece of advice. */
const MAX_LOOK = 4096;

/** What one peer was told. */
interface Advice {
  /** Suggested and not asked for yet. */
  readonly open: Set<number>;
  next: number;
}

export class Suggestions {
  readonly #context: SwarmContext;
  readonly #advice = new Map<ConnectionId, Advice>();
  /** Suggested to somebody, sent, or seen elsewhere. Made when there is a crowd. */
  #used: Bitfield | undefined;
  /** Those that were suggested in vain. */
  readonly #returned: number[] = [];

  constructor(context: SwarmContext) {
    this.#context = context;
  }

  /** Has the peer know what to take next. */
  advise(peer: Peer): void {
    const { content, prng, now } = this.#context;
    if (content === undefined || !peer.supportsFast || peer.amChoking) return;
    const { pieceCount, nominalPieceLength } = content.geometry;
    this.#used ??= new Bitfield(pieceCount);
    let advice = this.#advice.get(peer.id);
    if (advice === undefined)
      this.#advice.set(peer.id, (advice = { open: new Set(), next: prng.below(pieceCount) }));
    const { open } = advice;
    for (const piece of open) if (!this.#isFresh(piece)) open.delete(piece);
    const pieceRate = peer.upload.rate(now) / nominalPieceLength;
    if (pieceRate > MAX_PIECE_RATE) return;
    const ahead = Math.min(MAX_AHEAD, 2 + Math.floor((pieceRate * AHEAD_MS) / 1000));
    while (open.size < ahead) {
      const piece = this.#take(this.#used, advice);
      if (piece === undefined) return;
      open.add(piece);
      this.#context.to(peer).piece(MessageId.suggest, piece);
    }
  }

  /** The first block of the piece goes to the peer. */
  handleServed(peer: Peer, piece: number): void {
    this.#used?.add(piece);
    this.#advice.get(peer.id)?.open.delete(piece);
    this.advise(peer);
  }

  /** The peer may not ask any more, or wants nothing: others may take what it did not. */
  handleEnd(id: ConnectionId): void {
    const advice = this.#advice.get(id);
    if (advice === undefined) return;
    this.#advice.delete(id);
    this.#returned.push(...advice.open);
  }

  /**
   * One after the other, each peer somewhere else: so our disk reads in order, and peers that go on with the next piece
   * (libtorrent does) do not come in each other's way.
   */
  #take(used: Bitfield, advice: Advice): number | undefined {
    for (let piece = this.#returned.pop(); piece !== undefined; piece = this.#returned.pop())
      if (this.#isFresh(piece)) return piece;
    if (used.isFull) return undefined;
    if (used.has(advice.next)) advice.next = this.#context.prng.below(used.length);
    for (let looked = 0; looked < MAX_LOOK; looked++) {
      const piece = advice.next;
      advice.next = (piece + 1) % used.length;
      if (used.has(piece)) continue;
      used.add(piece);
      if (this.#isFresh(piece)) return piece;
    }
    return undefined;
  }

  #isFresh(piece: number): boolean {
    const { picker } = this.#context.content!;
    return picker.have.has(piece) && !picker.rarity.isSpread(piece);
  }
}
