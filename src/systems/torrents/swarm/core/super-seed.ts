/**
 * Super-seeding (BEP 16), for a share's first seed: peers are shown one piece each, rare ones first, and another only
 * when the last was seen at somebody else, so that the seed sends little more than one copy.
 */
import type { ConnectionId } from '../../../../ground/units.ts';
import type { Content } from './content.ts';
import type { Peer } from './peer.ts';

export class SuperSeed {
  readonly #content: Content;
  readonly #reveal: (peer: Peer, piece: number) => void;
  readonly #revealed = new Map<ConnectionId, Set<number>>();
  /** The pieces that a peer was shown last and that nobody else has shown since. */
  readonly #unproved = new Map<ConnectionId, Set<number>>();
  /** How often each piece was shown. */
  readonly #shown: Uint16Array;

  /** @param reveal sends HAVE for the piece */
  constructor(content: Content, reveal: (peer: Peer, piece: number) => void) {
    this.#content = content;
    this.#reveal = reveal;
    this.#shown = new Uint16Array(content.geometry.pieceCount);
  }

  mayServe(peer: Peer, piece: number): boolean {
    return this.#revealed.get(peer.id)?.has(piece) === true;
  }

  handleOpened(peer: Peer): void {
    this.#revealed.set(peer.id, new Set());
    this.#unproved.set(peer.id, new Set());
    this.#showNext(peer);
  }

  handleClosed(peer: Peer): void {
    this.#revealed.delete(peer.id);
    this.#unproved.delete(peer.id);
  }

  /** `peer` has `piece`: whoever was shown it before has passed it on. */
  handleHave(peer: Peer, piece: number, peers: ReadonlyMap<ConnectionId, Peer>): void {
    for (const [id, pieces] of this.#unproved) {
      const isOwn = id === peer.id;
      // A lone peer has nobody to pass pieces on to.
      if ((isOwn && this.#unproved.size > 1) || !pieces.delete(piece)) continue;
      const giver = peers.get(id);
      if (giver !== undefined) this.#showNext(giver);
    }
    if (this.#unproved.get(peer.id)?.size === 0) this.#showNext(peer);
  }

  #showNext(peer: Peer): void {
    const revealed = this.#revealed.get(peer.id)!;
    const { rarity } = this.#content.picker;
    let best: number | undefined;
    let bestScore = Number.POSITIVE_INFINITY;
    for (let piece = 0; piece < this.#shown.length; piece++) {
      if (peer.have.has(piece) || revealed.has(piece)) continue;
      const score = rarity.availability(piece) * 4 + this.#shown[piece]!;
      if (score < bestScore) [best, bestScore] = [piece, score];
      if (score === 0) break;
    }
    if (best === undefined) return;
    this.#shown[best]!++;
    revealed.add(best);
    this.#unproved.get(peer.id)!.add(best);
    this.#reveal(peer, best);
  }
}
