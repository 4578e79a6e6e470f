/**
 * The uploading half of a swarm: queues what peers request, sends it as fast as sockets and limits allow, turn by
 * turn, and applies the choker.
 */
import { parseHost } from '../../ground/address.ts';
import { BLOCK_LENGTH, type Instant } from '../../ground/units.ts';
import { MessageId } from '../wire/messages.ts';
import { ALLOWED_FAST_COUNT, allowedFastSet } from './allowed-fast.ts';
import { Choker, CHOKE_INTERVAL_MS } from './choker.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';

/** `reqq` that we tell peers; a few more are taken, since a peer may count differently. */
export const OUR_REQUEST_QUEUE = 2000;
const MAX_QUEUED = OUR_REQUEST_QUEUE + 100;
/** Bytes of blocks that may be on the way from disk to one socket. */
const MAX_WINDOW = 2 * 1024 * 1024;
const MIN_WINDOW = 64 * 1024;
/** The same over all sockets of the swarm: bounds memory. */
const MAX_TOTAL_WINDOW = 16 * 1024 * 1024;

export class Uploads {
  readonly #context: SwarmContext;
  readonly #choker: Choker;
  readonly #slots: number;
  #chokedAt: Instant = Number.NEGATIVE_INFINITY;
  /** Peers with something queued, in turn. */
  readonly #turns = new Set<Peer>();
  /** Super-seeding hides pieces from peers: only revealed ones may be requested. */
  mayServe: (peer: Peer, piece: number) => boolean = () => true;
  onServed: (peer: Peer, piece: number) => void = () => {};

  constructor(context: SwarmContext, slots: number) {
    this.#context = context;
    this.#slots = slots;
    this.#choker = new Choker(context.prng);
  }

  handleRequest(peer: Peer, piece: number, begin: number, length: number): void {
    const { share } = this.#context;
    if (share === undefined || piece >= share.geometry.pieceCount) return this.#refuse(peer, 'no such piece');
    const limit = share.geometry.requestableLength(piece);
    if (length === 0 || length > BLOCK_LENGTH || begin + length > limit)
      return this.#refuse(peer, 'no such block');
    const isAllowed = !peer.amChoking || peer.grantedFast.has(piece);
    if (!isAllowed || !share.picker.have.has(piece) || !this.mayServe(peer, piece)) {
      // What was on its way when we choked it is no flood.
      if (++peer.refusedRequests > MAX_QUEUED) return this.#flood(peer, 'requests that we refuse');
      this.#reject(peer, piece, begin, length);
      return;
    }
    if (peer.uploads.length >= MAX_QUEUED)
      return this.#flood(peer, `over ${OUR_REQUEST_QUEUE} requests at once (reqq)`);
    peer.uploads.push({ piece, begin, length });
    this.#turns.add(peer);
  }

  /** Returns false when nothing was there to cancel. */
  handleCancel(peer: Peer, piece: number, begin: number, length: number): boolean {
    const at = peer.uploads.findIndex((r) => r.piece === piece && r.begin === begin && r.length === length);
    if (at < 0) return false;
    peer.uploads.splice(at, 1);
    this.#reject(peer, piece, begin, length);
    return true;
  }

  /** Pieces are gone from our disk: what is asked of them is refused. */
  handleLost(pieces: readonly number[]): void {
    const lost = new Set(pieces);
    for (const peer of this.#turns) {
      const refused = peer.uploads.filter(({ piece }) => lost.has(piece));
      if (refused.length === 0) continue;
      const kept = peer.uploads.filter(({ piece }) => !lost.has(piece));
      peer.uploads.splice(0, peer.uploads.length, ...kept);
      for (const { piece, begin, length } of refused) this.#reject(peer, piece, begin, length);
    }
  }

  handleSent(peer: Peer, bytes: number): void {
    peer.bytesInFlight -= bytes;
  }

  /** Hands out blocks while windows and limits have room: one per peer and turn when a limit makes them compete. */
  serve(): void {
    const { uploadLimit, now } = this.#context;
    if (this.#turns.size === 0) return;
    const window = Math.max(MIN_WINDOW, Math.min(MAX_WINDOW, MAX_TOTAL_WINDOW / this.#turns.size));
    const perTurn = uploadLimit.isUnlimited ? Number.POSITIVE_INFINITY : 1;
    let isMoving = true;
    while (isMoving) {
      isMoving = false;
      for (const peer of this.#turns) {
        const served = this.#serveOne(peer, window, perTurn);
        if (served === 'limited') {
          this.#context.wakeIn(Math.max(5, uploadLimit.delayMs(now, BLOCK_LENGTH)));
          return;
        }
        if (peer.uploads.length === 0) this.#turns.delete(peer);
        else if (served > 0) {
          isMoving = true;
          this.#turns.delete(peer);
          this.#turns.add(peer);
          if (perTurn === 1) break;
        }
      }
    }
  }

  #serveOne(peer: Peer, window: number, perTurn: number): number | 'limited' {
    const { uploadLimit, now, sink } = this.#context;
    let served = 0;
    while (served < perTurn && served < peer.uploads.length && peer.bytesInFlight < window) {
      const { piece, begin, length } = peer.uploads[served]!;
      if (!uploadLimit.isUnlimited && uploadLimit.available(now) < Math.min(length, BLOCK_LENGTH)) {
        peer.uploads.splice(0, served);
        return 'limited';
      }
      uploadLimit.take(now, length);
      peer.bytesInFlight += length;
      peer.sentInSlot += length;
      peer.upload.add(now, length);
      peer.lastSentAt = now;
      this.onServed(peer, piece);
      sink.sendBlock(peer.id, piece, begin, length);
      served++;
    }
    peer.uploads.splice(0, served);
    return served;
  }

  /** The peer is gone: its slot is somebody else's at once. */
  handleClosed(peer: Peer): void {
    this.#turns.delete(peer);
    peer.uploads.length = 0;
    if (!peer.amChoking) this.handleInterest();
  }

  /** A peer became interested or lost interest: a slot may be free, and need not idle until the next round. */
  handleInterest(): void {
    let unchoked = 0;
    let waiting: Peer | undefined;
    for (const peer of this.#context.peers.values()) {
      if (!peer.isOpen || !peer.isInterested) continue;
      if (!peer.amChoking) unchoked++;
      else if (waiting === undefined || (peer.unchokedAt ?? -1) < (waiting.unchokedAt ?? -1)) waiting = peer;
    }
    if (unchoked < this.#slots && waiting !== undefined) this.#unchoke(waiting, this.#context.now);
  }

  handleTick(now: Instant): void {
    if (now - this.#chokedAt < CHOKE_INTERVAL_MS) return;
    this.#chokedAt = now;
    const open = [...this.#context.peers.values()].filter((peer) => peer.isOpen);
    const { share } = this.#context;
    const isSeeding = share !== undefined && share.picker.wantedLeft === 0;
    const chosen = this.#choker.decide(
      now,
      open.map((peer) => ({
        id: peer.id,
        isInterested: peer.isInterested,
        isUnchoked: !peer.amChoking,
        isSnubbing: peer.pipeline.isSnubbed,
        connectedAt: peer.openedAt,
        unchokedAt: peer.unchokedAt,
        sentInSlot: peer.sentInSlot,
        downloadRate: peer.download.rate(now),
      })),
      this.#slots,
      isSeeding,
    );
    for (const peer of open) {
      if (chosen.has(peer.id)) this.#unchoke(peer, now);
      else this.#choke(peer);
    }
  }

  /**
   * BEP 6: a few pieces for a newcomer that has nothing to trade. Not in a crowd: there the slots are the scarce thing,
   * and what choked peers take is missing where the choker wants it (a flash crowd took twice as long).
   */
  grantFastPieces(peer: Peer, infoHash: Uint8Array): void {
    const { share, hasher } = this.#context;
    const host = parseHost(peer.address.host);
    if (share === undefined || host === undefined || !peer.supportsFast || share.geometry.pieceCount === 0)
      return;
    if (peer.have.count > ALLOWED_FAST_COUNT || this.#context.peers.size > this.#slots) return;
    const { pieceCount } = share.geometry;
    for (const piece of allowedFastSet(host, infoHash, pieceCount, ALLOWED_FAST_COUNT, hasher)) {
      if (!share.picker.have.has(piece) || peer.have.has(piece) || !this.mayServe(peer, piece)) continue;
      peer.grantedFast.add(piece);
      this.#context.to(peer).piece(MessageId.allowedFast, piece);
    }
  }

  #unchoke(peer: Peer, now: Instant): void {
    if (!peer.amChoking) return;
    peer.amChoking = false;
    peer.refusedRequests = 0;
    peer.unchokedAt = now;
    peer.sentInSlot = 0;
    this.#context.to(peer).bare(MessageId.unchoke);
  }

  #choke(peer: Peer): void {
    if (peer.amChoking) return;
    peer.amChoking = true;
    this.#context.to(peer).bare(MessageId.choke);
    const dropped = peer.uploads.filter((request) => !peer.grantedFast.has(request.piece));
    const kept = peer.uploads.filter((request) => peer.grantedFast.has(request.piece));
    peer.uploads.length = 0;
    peer.uploads.push(...kept);
    for (const { piece, begin, length } of dropped) this.#reject(peer, piece, begin, length);
  }

  #reject(peer: Peer, piece: number, begin: number, length: number): void {
    if (peer.supportsFast) this.#context.to(peer).block(MessageId.reject, piece, begin, length);
  }

  #flood(peer: Peer, what: string): void {
    const message = `it floods us with ${what}`;
    this.#context.close(peer, { code: 'peer-request-flood', message, guilty: 'them', ban: true });
  }

  #refuse(peer: Peer, what: string): void {
    const message = `it requested what it may not: ${what}`;
    this.#context.close(peer, { code: 'peer-bad-request', message, guilty: 'them', ban: true });
  }
}
