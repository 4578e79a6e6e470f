/**
 * The uploading half of a swarm: queues what peers request, sends it as fast as sockets and limits allow, turn by
 * turn, and applies the choker.
 */
import { hostBytesOf } from '../../../../ground/address.ts';
import { RateMeter } from '../../../../ground/rate-meter.ts';
import { BLOCK_LENGTH, type Instant } from '../../../../ground/units.ts';
import { MessageId } from '../wire/messages.ts';
import { ALLOWED_FAST_COUNT, allowedFastSet } from './allowed-fast.ts';
import { Choker, CHOKE_INTERVAL_MS } from './choker.ts';
import type { SwarmContext } from './context.ts';
import { Forwarding } from './forwarding.ts';
import type { Peer, UploadRequest } from './peer.ts';
import { Suggestions } from './suggestions.ts';

/** `reqq` that we tell peers; a few more are taken, since a peer may count differently. */
export const OUR_REQUEST_QUEUE = 2000;
const MAX_QUEUED = OUR_REQUEST_QUEUE + 100;
/** Bytes of blocks that may be on the way from disk to one socket, … */
const MAX_WINDOW = 2 * 1024 * 1024;
/** … and to each, however many there are. */
const MIN_WINDOW = 64 * 1024;
/** The same over all sockets of the swarm: what the uplink carries in so long, … */
const TOTAL_WINDOW_MS = 250;
/** … before that is known, … */
const MIN_TOTAL_WINDOW = 128 * 1024;
/** … and at most, which bounds memory. */
const MAX_TOTAL_WINDOW = 16 * 1024 * 1024;
/** Blocks that go to one peer before it is the next one's turn, at most. */
const MAX_RUN = 64;
const MIN_RUN = 4;
/** Nor longer than this: on a slow uplink the others would think that they are forgotten. */
const MAX_TURN_MS = 1000;
/** What a seed is asked for and others have as well waits so long at most, while there is something that they have not. */
const MAX_DEFERRED_MS = 20_000;
/** Where requests wait for less, the uplink is not what a crowd waits for: all in order is faster. */
const MIN_DEFERRED_MS = 200;
/** Requests of a peer that are looked at for it. */
const MAX_LOOKED_AT = 256;
/** Who takes nothing for so long is slow: what is on its way to it does not count. */
const STALL_MS = 300;

/** An uplink that idles lets in one more peer so often: the last needs a round trip to ask. */
const SPARE_INTERVAL_MS = 50;
/** Bytes that a peer may have of us beyond what it gave, or a piece, and still get what is spare. */
const MIN_CREDIT = 65_536;
/** An eighth of the share is what all who fetch may have on credit together. */
const CREDIT_PARTS = 8;
/** Bytes given for a byte that came. */
const GENEROSITY = 1.1;
/** Bytes a second: nobody is shut out for ever. */
const FORGIVEN_RATE = 512;
/** Bytes a second that we receive: below, there is no trade. */
const MIN_TRADE_RATE = 16_384;

export class Uploads {
  readonly #context: SwarmContext;
  readonly #choker: Choker;
  readonly #slots: number;
  #chokedAt: Instant = Number.NEGATIVE_INFINITY;
  /** Peers that are no seeds, counted now and then. */
  #fetching = 0;
  readonly #forwarding = new Forwarding();
  readonly #suggestions: Suggestions;
  readonly #flow = new RateMeter();
  #sparedAt: Instant = Number.NEGATIVE_INFINITY;
  /** How long the request that was served last had waited. */
  #waitedMs = 0;
  /** Blocks that went to the peer whose turn it is. */
  #servedInTurn = 0;
  /** Bytes of blocks on their way to sockets. */
  #inFlight = 0;
  /** Peers with something queued, in turn. */
  readonly #turns = new Set<Peer>();
  /** Super-seeding hides pieces from peers: only revealed ones may be requested. */
  mayServe: ((peer: Peer, piece: number) => boolean) | undefined;
  onServed: (peer: Peer, piece: number) => void = () => {};

  constructor(context: SwarmContext, slots: number) {
    this.#context = context;
    this.#slots = slots;
    this.#choker = new Choker(context.prng);
    this.#suggestions = new Suggestions(context);
  }

  handleRequest(peer: Peer, piece: number, begin: number, length: number): void {
    const { content } = this.#context;
    if (content === undefined || piece >= content.geometry.pieceCount)
      return this.#refuse(peer, 'no such piece');
    const limit = content.geometry.requestableLength(piece);
    if (length === 0 || length > BLOCK_LENGTH || begin + length > limit)
      return this.#refuse(peer, 'no such block');
    const isAllowed = !peer.amChoking || peer.grantedFast.has(piece);
    if (!isAllowed || !content.picker.have.has(piece) || this.mayServe?.(peer, piece) === false) {
      // What was on its way when we choked it is no flood.
      if (++peer.refusedRequests > MAX_QUEUED) return this.#flood(peer, 'requests that we refuse');
      this.#reject(peer, piece, begin, length);
      return;
    }
    if (peer.uploads.length >= MAX_QUEUED)
      return this.#flood(peer, `over ${OUR_REQUEST_QUEUE} requests at once (reqq)`);
    peer.uploads.push({ piece, begin, length, at: this.#context.now });
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
    const { now } = this.#context;
    peer.bytesInFlight -= bytes;
    peer.tookAt = now;
    this.#inFlight -= bytes;
    this.#flow.add(now, bytes);
  }

  /** They will not be sent after all. */
  handleUnsent(peer: Peer, bytes: number): void {
    peer.bytesInFlight -= bytes;
    this.#inFlight -= bytes;
  }

  /**
   * Nobody who may ask does: our uplink idles while others wait for their turn. One more is let in until the next round.
   * Who fetches lets in nobody who owes much: what is spare is no gift to those who give nothing. A seed has no other use
   * for it.
   */
  #shareSpare(): void {
    const { now, peers, content } = this.#context;
    if (this.#slots === 0 || now - this.#sparedAt < SPARE_INTERVAL_MS) return;
    const isSeed = content?.picker.wantedLeft === 0;
    let best: Peer | undefined;
    let isBestInDebt = true;
    for (const peer of peers.values()) {
      if (!peer.isOpen || !peer.isInterested || !peer.amChoking) continue;
      const isInDebt = this.#isInDebt(peer);
      if (isInDebt && (!isSeed || !isBestInDebt)) continue;
      const isLonger = best === undefined || (peer.unchokedAt ?? -1) < (best.unchokedAt ?? -1);
      if (!isLonger && isInDebt === isBestInDebt) continue;
      best = peer;
      isBestInDebt = isInDebt;
    }
    if (best === undefined) return;
    this.#sparedAt = now;
    this.#unchoke(best, now);
  }

  /** Hands out blocks while windows and limits have room: a piece to one peer, then it is the next one's turn. */
  serve(): void {
    if (this.#turns.size === 0) {
      if (this.#inFlight === 0) this.#shareSpare();
      return;
    }
    const total = this.#totalWindow(this.#context.now);
    const isWaitedFor = this.#waitedMs >= MIN_DEFERRED_MS && this.#isSpreading();
    if (isWaitedFor && this.#takeTurns(total, true) === 'full') return;
    this.#takeTurns(total, false);
  }

  /** @param onlyScarce what others have as well has to wait */
  #takeTurns(total: number, onlyScarce: boolean): 'full' | 'no more' {
    const { uploadLimit, now } = this.#context;
    // One after the other: whoever has a piece can pass it on, while halves of many pieces are of no use to anybody.
    const run = Math.round(this.#context.content!.geometry.nominalPieceLength / BLOCK_LENGTH);
    const brief = (this.#flow.rate(now) * MAX_TURN_MS) / 1000 / BLOCK_LENGTH;
    const turn = Math.ceil(Math.max(1, Math.min(run, MAX_RUN, Math.max(MIN_RUN, brief))));
    let isMoving = true;
    while (isMoving) {
      isMoving = false;
      for (const peer of this.#turns) {
        if (this.#inFlight >= total && this.#inFlight - this.#stalledBytes(now) >= total) return 'full';
        if (onlyScarce && !this.#bringScarce(peer)) continue;
        const isFull = this.#inFlight >= MAX_TOTAL_WINDOW;
        const served = this.#serveOne(peer, isFull ? MIN_WINDOW : Math.min(MAX_WINDOW, total), turn);
        if (served === 'limited') {
          this.#context.wakeIn(Math.max(5, uploadLimit.delayMs(now, BLOCK_LENGTH)));
          return 'full';
        }
        if (served > 0) isMoving = true;
        if (served > 0 || peer.uploads.length === 0) this.#turns.delete(peer);
        if (peer.uploads.length > 0) this.#turns.add(peer);
      }
    }
    return 'no more';
  }

  /** What may be on its way. */
  #totalWindow(now: Instant): number {
    const flow = (this.#flow.rate(now) * TOTAL_WINDOW_MS) / 1000;
    return Math.max(MIN_TOTAL_WINDOW, Math.min(MAX_TOTAL_WINDOW, flow));
  }

  /** On its way to peers that take nothing: it must not keep the others waiting. */
  #stalledBytes(now: Instant): number {
    let bytes = 0;
    for (const peer of this.#context.peers.values())
      if (peer.bytesInFlight > 0 && now - peer.tookAt > STALL_MS) bytes += peer.bytesInFlight;
    return bytes;
  }

  /** Until its turn is over; where a limit ends it before, it goes on from there. */
  #serveOne(peer: Peer, window: number, turn: number): number | 'limited' {
    const { uploadLimit, mixed, now, sink } = this.#context;
    let served = 0;
    let isLimited = false;
    const carrier = (peer.carrier ??= sink.carrierOf?.(peer.id) ?? 'tcp');
    mixed?.handleAsking(now, peer, carrier);
    while (this.#servedInTurn < turn && served < peer.uploads.length && peer.bytesInFlight < window) {
      if (mixed?.mayServe(now, carrier) === false) {
        this.#context.wakeIn(Math.max(5, mixed.delayMs(now)));
        break;
      }
      const { piece, begin, length, at } = peer.uploads[served]!;
      isLimited = !uploadLimit.isUnlimited && uploadLimit.available(now) < Math.min(length, BLOCK_LENGTH);
      if (isLimited) break;
      uploadLimit.take(now, length);
      mixed?.handleServed(now, carrier, length);
      if (peer.bytesInFlight === 0) peer.tookAt = now;
      peer.bytesInFlight += length;
      this.#inFlight += length;
      peer.sentInSlot += length;
      peer.upload.add(now, length);
      peer.lastSentAt = now;
      this.#waitedMs = now - at;
      this.#noteGift(peer, piece, begin === 0);
      this.onServed(peer, piece);
      sink.sendBlock(peer.id, piece, begin, length);
      served++;
      this.#servedInTurn++;
    }
    peer.uploads.splice(0, served);
    if (isLimited) return 'limited';
    this.#servedInTurn = 0;
    return served;
  }

  /** A seed, several who fetch, and pieces that none of them has. */
  #isSpreading(): boolean {
    const { content } = this.#context;
    return this.#fetching > 1 && content?.picker.wantedLeft === 0 && content.picker.rarity.unspread > 0;
  }

  /** Has the peer's first request be for a piece that nobody else has or is being sent; false when it asks for none. */
  #bringScarce(peer: Peer): boolean {
    const { now, content } = this.#context;
    const { uploads } = peer;
    if (uploads.length === 0) return false;
    if (now - uploads[0]!.at > MAX_DEFERRED_MS) return true;
    const { rarity } = content!.picker;
    const isScarce = ({ piece }: UploadRequest): boolean =>
      !rarity.isSpread(piece) && !this.#forwarding.isGivenToAnother(now, peer.id, piece);
    for (let i = 0; i < Math.min(uploads.length, MAX_LOOKED_AT); i++) {
      if (!isScarce(uploads[i]!)) continue;
      let end = i + 1;
      while (i > 0 && end < uploads.length && uploads[end]!.piece === uploads[i]!.piece) end++;
      if (i > 0) uploads.unshift(...uploads.splice(i, end - i));
      return true;
    }
    return false;
  }

  #noteGift(peer: Peer, piece: number, isFirst: boolean): void {
    const { picker } = this.#context.content!;
    if (picker.wantedLeft > 0) return;
    if (!picker.rarity.isSpread(piece)) this.#forwarding.handleGiven(this.#context.now, peer.id, piece);
    if (isFirst && this.#isSpreading() && this.mayServe === undefined)
      this.#suggestions.handleServed(peer, piece);
  }

  /** The peer has a piece that it lacked, or says so. */
  handleHave(peer: Peer, piece: number): void {
    this.#forwarding.handleHave(this.#context.now, peer.id, piece);
  }

  /** The peer is gone: its slot is somebody else's at once. */
  handleClosed(peer: Peer): void {
    this.#turns.delete(peer);
    this.#forwarding.handleClosed(peer.id);
    this.#suggestions.handleEnd(peer.id);
    this.#inFlight -= peer.bytesInFlight;
    peer.bytesInFlight = 0;
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
      else if (this.#isInDebt(peer)) continue;
      else if (waiting === undefined || (peer.unchokedAt ?? -1) < (waiting.unchokedAt ?? -1)) waiting = peer;
    }
    if (unchoked < this.#slots && waiting !== undefined) this.#unchoke(waiting, this.#context.now);
  }

  handleTick(now: Instant): void {
    this.#forwarding.handleTick(now);
    this.#fetching = 0;
    for (const peer of this.#context.peers.values()) if (peer.isOpen && !peer.isSeed) this.#fetching++;
    if (now - this.#chokedAt < CHOKE_INTERVAL_MS) {
      for (const peer of this.#context.peers.values())
        if (!peer.amChoking && this.#isInDebt(peer)) this.#choke(peer);
      return;
    }
    this.#chokedAt = now;
    const open = [...this.#context.peers.values()].filter((peer) => peer.isOpen);
    const { content } = this.#context;
    const isSeeding = content !== undefined && content.picker.wantedLeft === 0;
    const chosen = this.#choker.decide(
      now,
      open.map((peer) => ({
        id: peer.id,
        isInterested: peer.isInterested,
        isUnchoked: !peer.amChoking,
        isSnubbing: peer.pipeline.isSnubbed,
        isInDebt: this.#isInDebt(peer),
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
    const { content, hasher } = this.#context;
    const host = hostBytesOf(peer.address);
    if (
      content === undefined ||
      host === undefined ||
      !peer.supportsFast ||
      content.geometry.pieceCount === 0
    )
      return;
    if (peer.have.count > ALLOWED_FAST_COUNT || this.#context.peers.size > this.#slots) return;
    const { pieceCount } = content.geometry;
    for (const piece of allowedFastSet(host, infoHash, pieceCount, ALLOWED_FAST_COUNT, hasher)) {
      if (!content.picker.have.has(piece) || peer.have.has(piece) || this.mayServe?.(peer, piece) === false)
        continue;
      peer.grantedFast.add(piece);
      this.#context.to(peer).piece(MessageId.allowedFast, piece);
    }
  }

  /**
   * It had much more of us than it gave. While we fetch ourselves, in a crowd, it has to wait until it gives or time
   * forgives: what is left over would go to those who only take, and to the slow at the cost of the fast. Where nothing
   * comes, nobody can give, and what we have is for all. A crowd is when more fetch than there are slots, whether or not
   * they want something of us just now. A seed wants nothing back, but that it is passed on.
   */
  #isInDebt(peer: Peer): boolean {
    const { content, now, downloaded } = this.#context;
    if (content === undefined || this.#fetching <= this.#slots) return false;
    if (content.picker.wantedLeft === 0) return this.#forwarding.keepsToItself(peer.id);
    const { dataLength, nominalPieceLength } = content.geometry;
    const credit = Math.max(
      nominalPieceLength,
      MIN_CREDIT,
      dataLength / (CREDIT_PARTS * Math.max(1, this.#fetching)),
    );
    const forgiven = ((now - peer.openedAt) * FORGIVEN_RATE) / 1000;
    if (peer.upload.total <= GENEROSITY * peer.download.total + credit + forgiven) return false;
    return downloaded.rate(now) >= MIN_TRADE_RATE;
  }

  #unchoke(peer: Peer, now: Instant): void {
    if (!peer.amChoking) return;
    peer.amChoking = false;
    peer.refusedRequests = 0;
    peer.unchokedAt = now;
    peer.sentInSlot = 0;
    this.#context.to(peer).bare(MessageId.unchoke);
    if (this.#isSpreading() && this.mayServe === undefined) this.#suggestions.advise(peer);
  }

  #choke(peer: Peer): void {
    if (peer.amChoking) return;
    peer.amChoking = true;
    this.#context.to(peer).bare(MessageId.choke);
    this.#suggestions.handleEnd(peer.id);
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
