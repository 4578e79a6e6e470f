/**
 * The downloading half of a swarm: keeps every peer's request pipeline full with what the picker chooses, takes the
 * blocks, has complete pieces proved, and finds out who sent bad ones.
 */
import { BLOCK_LENGTH, type ConnectionId, type Instant } from '../../../../ground/units.ts';
import { MessageId } from '../wire/messages.ts';
import { BlameLedger } from './blame.ts';
import type { Content } from './content.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
import type { ActivePiece, Urgent } from './picker.ts';
import { askLateAgain, makeRoom } from './urgency.ts';

/** The same for one that has never sent a block: nobody owes it patience. */
const STRANGER_TIMEOUT_MS = 8000;
/** A peer that lets its oldest request wait so long, and sends nothing else meanwhile, is snubbing us. */
const REQUEST_TIMEOUT_MS = 20_000;
/** A snubbing peer that stays silent is no use. */
const SNUB_CLOSE_MS = 120_000;
/** Blocks that nobody asked for, beyond those that may answer cancelled requests: more is a flood. */
const MAX_UNASKED = 64;
/** Failed pieces that a peer took part in before it goes, though no single block could be pinned on it. */
const MAX_SUSPICION = 12;

/** Cancels whose answers are awaited; beyond that a stray reject costs a piece some time. */
const MAX_CANCELLED = 8192;
/** A peer that offers a piece and refuses it is asked again after this. */
const REFUSAL_MS = 60_000;

/** So often a peer may take over what others owe us. */
const RELIEVE_INTERVAL_MS = 100;
/** What would come soon stays where it is, … */
const MIN_RELIEVED_MS = 300;
/** … and so does what we have not waited for: how fast a peer is that was asked just now, nobody knows. */
const MIN_WAITED_MS = 1000;

/** Blocks a piece, at most: 2^29 bytes of piece length. */
const BLOCKS_PER_PIECE = 32_768;

function blockKey(piece: number, block: number): number {
  return piece * BLOCKS_PER_PIECE + block;
}

export interface ProofVerdict {
  readonly isRight: boolean;
  /** SHA-256 of each block, when the driver has them: on failure, and when `wantsBlockHashes` asked for them. */
  readonly blockHashes?: Uint8Array;
  /** The data was right but could not be stored. */
  readonly storageFailed?: boolean;
}

export interface PieceVerdictOf extends ProofVerdict {
  readonly piece: number;
}

export class Downloads {
  readonly #context: SwarmContext;
  readonly #blame = new BlameLedger();
  /** Who sent the blocks of the pieces that are being proved. */
  readonly #proving = new Map<number, ActivePiece>();
  readonly #onLeavesWanted: (piece: number) => void;
  #awaited: readonly number[] = [];
  isPaused = false;
  /** Others fetch as well; looked at now and then. */
  #isCrowd = false;
  /** Blocks were freed: `fillAll` is due at the end of the call, since peers with room may ask for them. */
  needsRefill = false;

  /** @param onLeavesWanted a v2 piece failed and the right leaves would name the guilty */
  constructor(context: SwarmContext, onLeavesWanted: (piece: number) => void) {
    this.#context = context;
    this.#onLeavesWanted = onLeavesWanted;
  }

  /** The driver should compute block hashes of this piece even if it proves right. */
  wantsBlockHashes(piece: number): boolean {
    return this.#blame.isSuspect(piece);
  }

  /** Asks a peer for as much as its pipeline takes. */
  fill(peer: Peer): void {
    const { content, downloadLimit, now } = this.#context;
    if (content === undefined || this.isPaused || !peer.isOpen || !peer.amInterested) return;
    if (peer.isChokingUs && peer.allowedFast.size === 0) return;
    if (peer.pipeline.isResting(now) && this.#isAnybodyElse(peer)) return;
    if (peer.trial.isHeldBack) return;
    const depth = this.#depthAt(content, peer);
    const room = depth - peer.requests.length;
    // Refilling in batches sends many requests in one write.
    if (room <= 0 || (room < depth / 4 && peer.requests.length > 0)) return;
    let count = room;
    if (!downloadLimit.isUnlimited) {
      count = Math.min(room, Math.floor(Math.max(0, downloadLimit.available(now)) / BLOCK_LENGTH));
      if (count < room) this.#context.wakeIn(Math.max(10, downloadLimit.delayMs(now, BLOCK_LENGTH)));
      if (count === 0) return;
    }
    const asked = content.picker.pick(peer, count, (piece, block) => {
      this.#request(content, peer, piece, block);
      downloadLimit.take(now, content.geometry.blockLength(piece, block));
    });
    if (asked === 0 && peer.requests.length === 0 && !peer.isChokingUs) this.#relieve(content, peer);
  }

  #request(content: Content, peer: Peer, piece: number, block: number): void {
    peer.requests.add(piece, block, this.#context.now);
    if (block === 0) this.#context.sink.expectPiece(piece);
    const length = content.geometry.blockLength(piece, block);
    this.#context.to(peer).block(MessageId.request, piece, block * BLOCK_LENGTH, length);
  }

  /**
   * A peer that could send us something, all of which others owe us: it takes over what one of them would send last, the
   * busiest if it can. Where few have a new piece they are busy, while those who just got it idle.
   */
  #relieve(content: Content, idle: Peer): void {
    const { now, peers } = this.#context;
    if (now - idle.relievedAt < RELIEVE_INTERVAL_MS) return;
    idle.relievedAt = now;
    const busy: { readonly peer: Peer; readonly waitMs: number }[] = [];
    for (const peer of peers.values()) {
      if (peer === idle || peer.requests.length < 2 || now - peer.requests.oldestSentAt()! < MIN_WAITED_MS)
        continue;
      const waitMs = (peer.requests.length * BLOCK_LENGTH * 1000) / Math.max(1, peer.download.rate(now));
      if (waitMs > MIN_RELIEVED_MS) busy.push({ peer, waitMs });
    }
    busy.sort((a, b) => b.waitMs - a.waitMs);
    const isMovable = (piece: number): boolean =>
      idle.have.has(piece) && content.picker.active(piece)?.isMovable === true;
    for (const { peer: from } of busy) {
      const soon = Math.ceil((from.download.rate(now) * MIN_RELIEVED_MS) / 1000 / BLOCK_LENGTH);
      const late = from.requests.length - Math.max(1, soon);
      const count = Math.min(idle.pipeline.briefDepth, Math.ceil(from.requests.length / 2), late);
      if (count <= 0) continue;
      from.requests.takeLatest(count, isMovable, (piece, block) => {
        this.#cancel(content, from, piece, block);
        this.#request(content, idle, piece, block);
      });
      if (idle.requests.length > 0) return;
    }
  }

  /** What people read from now on; what they wait for does not queue behind what they do not. */
  handleUrgent(content: Content, { pieces, awaited }: Urgent): void {
    content.picker.setUrgent(pieces);
    this.#awaited = pieces.slice(0, awaited);
    const cancel = (peer: Peer, piece: number, block: number): void => {
      content.picker.release(piece, block);
      this.#cancel(content, peer, piece, block);
    };
    if (this.#awaited.length > 0) makeRoom(this.#context, content, this.#awaited, cancel);
    this.needsRefill = true;
  }

  /** In a crowd, what only seeds have is asked of them when they can send it, lest several be sent the same. */
  #depthAt(content: Content, peer: Peer): number {
    const isScarce = this.#isCrowd && peer.have.isFull && content.picker.rarity.hasSeedOnly();
    return isScarce ? peer.pipeline.briefDepth : peer.pipeline.depth;
  }

  #isAnybodyElse(peer: Peer): boolean {
    for (const other of this.#context.peers.values()) {
      if (
        other !== peer &&
        other.isOpen &&
        other.amInterested &&
        !other.isChokingUs &&
        !other.pipeline.isSnubbed
      )
        return true;
    }
    return false;
  }

  fillAll(): void {
    this.needsRefill = false;
    for (const peer of this.#context.peers.values()) this.fill(peer);
  }

  handlePiece(peer: Peer, piece: number, begin: number, block: Uint8Array): void {
    const { content, now } = this.#context;
    peer.download.add(now, block.length);
    const index = begin / BLOCK_LENGTH;
    const fits =
      content !== undefined &&
      piece < content.geometry.pieceCount &&
      Number.isInteger(index) &&
      index < content.geometry.blockCount(piece) &&
      block.length === content.geometry.blockLength(piece, index);
    if (!fits) {
      const message = `a block at ${piece}:${begin}+${block.length} that no request can have named (BEP 3)`;
      this.#context.close(peer, { code: 'peer-bad-block', message, guilty: 'them', ban: true });
      return;
    }
    const sentAt = peer.requests.remove(piece, index);
    peer.lastBlockAt = now;
    if (sentAt === undefined) {
      peer.cancelled.delete(blockKey(piece, index));
      // A late answer is welcome; what was never asked for is only a way to smuggle in bad blocks.
      if (peer.forgiven > 0) peer.forgiven--;
      else if (++peer.unasked > MAX_UNASKED) {
        const message = 'it floods us with blocks that nobody asked for';
        this.#context.close(peer, { code: 'peer-unasked-blocks', message, guilty: 'them', ban: true });
        return;
      } else return;
    } else peer.pipeline.handleBlock(now, now - sentAt, peer.download.rate(now));
    this.#take(content, peer, piece, index, block, sentAt !== undefined);
  }

  #take(
    content: Content,
    peer: Peer,
    piece: number,
    index: number,
    block: Uint8Array,
    wasAsked: boolean,
  ): void {
    const active = content.picker.active(piece);
    // A late answer to a request that timed out counts as well: then somebody else is asked by now.
    const others = (active?.asked[index] ?? 0) - (wasAsked ? 1 : 0);
    if (content.picker.handleBlock(piece, index, peer.id) === 'unwanted') return;
    this.#context.sink.storeBlock(piece, index * BLOCK_LENGTH, block);
    if (others > 0) this.#cancelElsewhere(content, peer, piece, index);
    if (!active!.isComplete) return;
    this.#proving.set(piece, active!);
    for (const sender of this.#sendersOf(active!)) sender.trial.handleComplete();
    this.#context.sink.provePiece(piece);
  }

  /** The others need not send it any more. */
  #cancelElsewhere(content: Content, sender: Peer, piece: number, block: number): void {
    for (const peer of this.#context.peers.values()) {
      if (peer === sender || peer.requests.remove(piece, block) === undefined) continue;
      this.#cancel(content, peer, piece, block);
    }
  }

  #cancel(content: Content, peer: Peer, piece: number, block: number): void {
    peer.forgiven++;
    if (peer.supportsFast && peer.cancelled.size < MAX_CANCELLED) peer.cancelled.add(blockKey(piece, block));
    const length = content.geometry.blockLength(piece, block);
    this.#context.to(peer).block(MessageId.cancel, piece, block * BLOCK_LENGTH, length);
  }

  /** Returns true when the piece is ours now. */
  handleVerdict(piece: number, verdict: ProofVerdict): boolean {
    const content = this.#context.content!;
    const active = this.#proving.get(piece);
    if (active === undefined) return false;
    this.#proving.delete(piece);
    this.needsRefill = true;
    const isRight = verdict.storageFailed === true ? undefined : verdict.isRight;
    for (const sender of this.#sendersOf(active)) sender.trial.handleVerdict(isRight);
    if (verdict.storageFailed === true) {
      content.picker.abandon(piece);
      return false;
    }
    content.picker.handleVerdict(piece, verdict.isRight);
    if (verdict.isRight) {
      if (verdict.blockHashes !== undefined)
        this.#convict(piece, this.#blame.handleTruth(piece, verdict.blockHashes));
      return true;
    }
    this.#context.sink.emit({ type: 'wrong-piece', piece });
    this.#suspect(active);
    const guilty = this.#blame.handleFailure(piece, active.sources, verdict.blockHashes ?? new Uint8Array(0));
    this.#convict(piece, guilty);
    if (guilty.size === 0 && content.metainfo.info.version !== 'v1') this.#onLeavesWanted(piece);
    return false;
  }

  /** The right leaves of a piece came from a peer, proved against the piece's root. */
  handleLeaves(piece: number, leaves: Uint8Array): void {
    this.#convict(piece, this.#blame.handleTruth(piece, leaves));
  }

  /** Each once, if it is still there. */
  *#sendersOf({ sources }: ActivePiece): Generator<Peer> {
    for (const id of new Set(sources)) {
      const peer = this.#context.peers.get(id);
      if (peer !== undefined) yield peer;
    }
  }

  #suspect(active: ActivePiece): void {
    for (const peer of this.#sendersOf(active)) {
      if (++peer.suspicion <= MAX_SUSPICION) continue;
      const message = `it took part in ${peer.suspicion} pieces that failed their hash`;
      this.#context.close(peer, { code: 'peer-suspicious', message, guilty: 'them', ban: true });
    }
  }

  #convict(piece: number, guilty: ReadonlySet<ConnectionId>): void {
    for (const id of guilty) {
      const peer = this.#context.peers.get(id);
      if (peer === undefined) continue;
      const message = `it sent data of piece ${piece} that does not match the hash`;
      this.#context.close(peer, { code: 'peer-bad-data', message, guilty: 'them', ban: true });
    }
  }

  /** The peer choked us. Without the fast extension that drops our requests (BEP 3); with it, rejects follow. */
  handleChoke(peer: Peer): void {
    peer.isChokingUs = true;
    if (!peer.supportsFast) this.releaseAll(peer);
    // A piece that only this peer may send would wait until it lets us in again.
    else this.#context.content?.picker.releaseExclusive(peer.id);
    this.needsRefill = true;
  }

  /**
   * Returns true when the peer refused a piece that it offered: choked, rejects are how our requests end (BEP 6);
   * unchoked, or for an allowed fast piece, asking again would go on for ever.
   */
  handleReject(peer: Peer, piece: number, begin: number): boolean {
    const block = begin / BLOCK_LENGTH;
    // The answer to a cancel is no answer to a request that was sent after it.
    if (peer.cancelled.delete(blockKey(piece, block))) return false;
    if (peer.requests.remove(piece, block) === undefined) return false;
    this.#context.content?.picker.release(piece, block);
    this.needsRefill = true;
    return peer.allowedFast.delete(piece) ? false : !peer.isChokingUs;
  }

  /** The peer will not answer what we asked. */
  releaseAll(peer: Peer): void {
    const { content } = this.#context;
    if (content === undefined) return;
    if (peer.requests.length > 0) this.needsRefill = true;
    peer.requests.drain((piece, block) => {
      peer.forgiven++;
      content.picker.release(piece, block);
    });
    content.picker.releaseExclusive(peer.id);
  }

  /** To us it is as if the peer had not the piece; it may have been a moment's trouble, so not for ever. */
  handleRefused(peer: Peer, piece: number): void {
    peer.refused ??= new Map();
    peer.refused.set(piece, this.#context.now + REFUSAL_MS);
  }

  /** Called about twice a second. @param believe what a peer that refused a piece said before */
  handleTick(now: Instant, believe: (peer: Peer, piece: number) => void): void {
    const { content } = this.#context;
    if (content !== undefined && this.#awaited.length > 0)
      askLateAgain(this.#context, content, this.#awaited, (peer, piece, block) =>
        this.#request(content, peer, piece, block),
      );
    this.#isCrowd = false;
    for (const peer of this.#context.peers.values()) {
      if (!peer.isOpen) continue;
      if (!peer.isSeed) this.#isCrowd = true;
      for (const [piece, until] of peer.refused ?? []) {
        if (until > now) continue;
        peer.refused?.delete(piece);
        believe(peer, piece);
        this.needsRefill = true;
      }
      const askedAt = peer.requests.oldestSentAt();
      if (askedAt === undefined) continue;
      const silentSince = Math.max(askedAt, peer.lastBlockAt ?? 0);
      const patience = peer.lastBlockAt === undefined ? STRANGER_TIMEOUT_MS : REQUEST_TIMEOUT_MS;
      if (now - silentSince < patience) continue;
      if (peer.pipeline.isSnubbed && now - Math.max(peer.lastBlockAt ?? 0, peer.openedAt) > SNUB_CLOSE_MS) {
        const message = `it has sent nothing that we asked for in ${SNUB_CLOSE_MS / 1000} s`;
        this.#context.close(peer, { code: 'peer-snubs', message, guilty: 'them' });
        continue;
      }
      peer.pipeline.handleSnub(now);
      this.#cancelAll(peer);
      this.needsRefill = true;
    }
  }

  #cancelAll(peer: Peer): void {
    const content = this.#context.content!;
    peer.requests.drain((piece, block) => {
      content.picker.release(piece, block);
      this.#cancel(content, peer, piece, block);
    });
    content.picker.releaseExclusive(peer.id);
  }
}
