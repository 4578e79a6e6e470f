/**
 * One share's swarm: the machine that routes. It owns the connections and their handshakes; what is decided about
 * pieces, requests, choking, metadata, hashes and addresses is decided in the machines that it holds.
 *
 * The calling contract is in `sink.ts`. Peers are numbered by this machine for outgoing connections and by the
 * driver, through `nextId`, for incoming ones.
 */
import { Geometry } from '../../../../data/content/geometry.ts';
import { type Metainfo, metainfoFromInfo } from '../../../../data/content/metainfo.ts';
import { type PeerAddress, withPort } from '../../../../ground/address.ts';
import { assert } from '../../../../ground/assert.ts';
import { equalBytes, toHex } from '../../../../ground/bytes.ts';
import type { Hasher, Prng } from '../../../../ground/ports.ts';
import { RateMeter } from '../../../../ground/rate-meter.ts';
import type { TokenBucket } from '../../../../ground/token-bucket.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import type { Handshake } from '../wire/handshake.ts';
import { type HashRange, MessageId, type Outbox } from '../wire/messages.ts';
import type { Share, SwarmContext } from './context.ts';
import { refuseIncoming } from './admission.ts';
import { CountedPeers } from './budget.ts';
import { Downloads, type PieceVerdictOf } from './downloads.ts';
import { Greeter } from './greeter.ts';
import { HashExchange } from './hash-exchange.ts';
import { Holdings } from './holdings.ts';
import { blameSilence, needsKeepAlive } from './liveness.ts';
import { findPieces, losePieces, refuseUnread, type UnreadBlock } from './losses.ts';
import { MetadataExchange } from './metadata-exchange.ts';
import { Peer } from './peer.ts';
import { PeerExchange } from './pex.ts';
import { PeerPool, type PeerSource } from './peer-pool.ts';
import { Picker, type Urgent } from './picker.ts';
import { MessageRouter, type MessageTargets } from './message-router.ts';
import type { Blame, SwarmSink } from './sink.ts';
import { SuperSeed } from './super-seed.ts';
import type { SwarmOptions } from './swarm-options.ts';
import { Uploads } from './uploads.ts';
import { WantedPieces } from './wanted-pieces.ts';

export type { SwarmOptions } from './swarm-options.ts';

const TICK_MS = 500;
/** Dials at once: enough to find good peers fast, few enough for a home router's table. */
const MAX_DIALING = 20;
/** At least so many pieces may be active, however large they are: one per peer or nothing moves. */
const MIN_ACTIVE_PIECES = 4;
const MAX_ACTIVE_PIECES = 4096;

export class Swarm implements SwarmContext, MessageTargets {
  readonly peers: Map<ConnectionId, Peer>;
  maxPeers: number;
  readonly pool: PeerPool;
  readonly downloads: Downloads;
  readonly uploads: Uploads;
  readonly holdings: Holdings;
  readonly metadata: MetadataExchange;
  readonly hashes: HashExchange;
  readonly pex: PeerExchange;
  readonly downloaded: RateMeter = new RateMeter();
  readonly uploaded: RateMeter = new RateMeter();
  now: Instant = 0;
  share: Share | undefined;

  readonly #options: SwarmOptions;
  readonly #greeter: Greeter;
  readonly #routers = new Map<ConnectionId, MessageRouter>();
  readonly #dirty: Peer[] = [];
  #superSeed: SuperSeed | undefined;
  #nextId: ConnectionId = 1;
  #tickAt: Instant | undefined;
  #wakeAt: Instant | undefined;
  readonly #wanted = new WantedPieces();
  #isComplete = false;
  #isStopped = false;

  constructor(options: SwarmOptions) {
    this.#options = options;
    this.peers = new CountedPeers(options.budget);
    this.maxPeers = options.maxPeers;
    this.pool = new PeerPool(options.prng, options.isBlocked);
    this.#greeter = new Greeter(options);
    this.holdings = new Holdings(this);
    this.uploads = new Uploads(this, options.uploadSlots);
    this.downloads = new Downloads(this, (piece) => this.hashes.wantLeaves(piece));
    this.metadata = new MetadataExchange(this, options.needsMetadata, (bytes) => this.#acceptMetadata(bytes));
    this.pex = new PeerExchange(this, (address, isSeed) => {
      // Who needs nothing has nothing to ask of a seed.
      if (!this.#isComplete || !isSeed) this.pool.add(this.now, address, 'pex');
    });
    this.hashes = new HashExchange(
      this,
      (root) => this.#handleLayer(root),
      (piece, leaves) => this.downloads.handleLeaves(piece, leaves),
    );
  }

  get context(): SwarmContext {
    return this;
  }
  get sink(): SwarmSink {
    return this.#options.sink;
  }
  get prng(): Prng {
    return this.#options.prng;
  }
  get hasher(): Hasher {
    return this.#options.hasher;
  }
  get downloadLimit(): TokenBucket {
    return this.#options.downloadLimit;
  }
  get uploadLimit(): TokenBucket {
    return this.#options.uploadLimit;
  }
  /** Peers come from the trackers only (BEP 27); false while the metadata is unknown. */
  get isPrivate(): boolean {
    return this.share?.metainfo.info.isPrivate === true;
  }
  /** Every wanted piece is here. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The number for an incoming connection. */
  nextId(): ConnectionId {
    return this.#nextId++;
  }

  /**
   * The metadata is known, from the start or since the `metadata` event, and there are files to fetch to.
   * `present` lists pieces that are on disk and proved.
   */
  handleShare(now: Instant, metainfo: Metainfo, present: Iterable<number>): void {
    assert(this.share === undefined, 'a share is opened once');
    this.now = now;
    this.#openShare(metainfo, present);
    this.#settle();
  }

  /** Priorities of all pieces: 0 unwanted to 7 first. Pieces whose hash is not known yet wait in any case. */
  handlePriorities(now: Instant, priorityOf: (piece: number) => number): void {
    this.now = now;
    this.#wanted.priorityOf = priorityOf;
    this.#applyPriorities();
    this.#settle();
  }

  /** What people read at this moment: see `Picker.setUrgent`. */
  handleUrgent(now: Instant, urgent: Urgent): void {
    this.now = now;
    if (this.share !== undefined) this.downloads.handleUrgent(this.share, urgent);
    this.#settle();
  }

  handleCandidates(now: Instant, addresses: readonly PeerAddress[], source: PeerSource): void {
    this.now = now;
    for (const address of addresses) this.pool.add(now, address, source);
    this.#settle();
  }

  /** An outgoing connection stands. */
  handleConnected(now: Instant, id: ConnectionId): void {
    this.now = now;
    const peer = this.peers.get(id);
    if (peer === undefined) return;
    peer.phase = 'handshake';
    peer.lastReceivedAt = now;
    this.to(peer).raw(this.#greeter.greeting(peer));
    this.#settle();
  }

  /** An incoming connection whose handshake named this swarm. */
  handleIncoming(now: Instant, id: ConnectionId, address: PeerAddress, handshake: Handshake): void {
    this.now = now;
    const peer = new Peer(id, address, false, now);
    this.peers.set(id, peer);
    const refusal = this.#refuseIncoming(address);
    if (refusal !== undefined) this.close(peer, refusal);
    else {
      this.to(peer).raw(this.#greeter.answer(handshake));
      this.#open(peer, handshake);
    }
    this.#settle();
  }

  handleReceived(now: Instant, id: ConnectionId, chunk: Uint8Array): void {
    this.now = now;
    const peer = this.peers.get(id);
    if (peer === undefined) return;
    peer.lastReceivedAt = now;
    const before = peer.download.total;
    let rest: Uint8Array | undefined = chunk;
    if (peer.phase === 'handshake') rest = this.#readHandshake(peer, chunk);
    if (rest !== undefined && peer.isOpen) {
      const verdict = peer.decoder.push(rest, this.#routers.get(id)!);
      if (verdict !== undefined) this.close(peer, { ...verdict, guilty: 'them', ban: true });
    }
    const gained = peer.download.total - before;
    if (gained > 0) {
      this.downloaded.add(now, gained);
      this.downloads.fill(peer);
    }
    this.#settle();
  }

  /** Block bytes that the socket has taken. */
  handleSent(now: Instant, id: ConnectionId, bytes: number): void {
    this.now = now;
    const peer = this.peers.get(id);
    if (peer === undefined) return;
    this.uploaded.add(now, bytes);
    this.uploads.handleSent(peer, bytes);
    this.#settle();
  }

  /** The connection is gone, or could not be made. */
  handleClosed(now: Instant, id: ConnectionId, blame: Blame): void {
    this.now = now;
    const peer = this.peers.get(id);
    if (peer !== undefined) this.#forget(peer, blame);
    this.#settle();
  }

  handleVerdicts(now: Instant, verdicts: readonly PieceVerdictOf[]): void {
    this.now = now;
    for (const verdict of verdicts)
      if (this.downloads.handleVerdict(verdict.piece, verdict)) this.#gain(verdict.piece);
    this.#settle();
  }

  /** Pieces are not on the disk any more, or changed. @param isWanted fetch them again */
  handleLost(now: Instant, pieces: readonly number[], isWanted: boolean): void {
    this.now = now;
    const share = this.share!;
    losePieces(this, share, pieces, isWanted);
    this.uploads.handleLost(pieces);
    this.#recount(share);
    this.#settle();
  }

  /** Pieces that were lost are there again. */
  handleFound(now: Instant, pieces: readonly number[]): void {
    this.now = now;
    for (const piece of findPieces(this.share!, pieces))
      this.holdings.handleGained(piece, () => this.#superSeed === undefined);
    this.#settle();
  }

  /** Blocks that were to be sent could not be read: none of them went out. */
  handleUnread(now: Instant, id: ConnectionId, blocks: readonly UnreadBlock[]): void {
    this.now = now;
    refuseUnread(this, this.uploads, this.peers.get(id), blocks);
    this.#settle();
  }

  handleLeaves(
    now: Instant,
    id: ConnectionId,
    range: HashRange,
    piece: number,
    leaves: Uint8Array | undefined,
  ): void {
    this.now = now;
    const peer = this.peers.get(id);
    if (peer !== undefined) this.hashes.handleLeaves(peer, range, piece, leaves);
    this.#settle();
  }

  /** Fetching rests (a full disk) or goes on. */
  handlePaused(now: Instant, isPaused: boolean): void {
    this.now = now;
    this.downloads.isPaused = isPaused;
    this.downloads.needsRefill = !isPaused;
    this.#settle();
  }

  /** Closes every connection; nothing follows. */
  handleStop(now: Instant): void {
    this.now = now;
    this.#isStopped = true;
    for (const peer of [...this.peers.values()]) {
      this.close(peer, { code: 'stopped', message: 'the share was stopped', guilty: 'us' });
    }
  }

  handleTimeout(now: Instant): void {
    this.now = now;
    if (this.#wakeAt !== undefined && this.#wakeAt <= now) {
      this.#wakeAt = undefined;
      this.downloads.needsRefill = true;
    }
    if (this.#tickAt !== undefined && this.#tickAt <= now) {
      this.#tickAt = now + TICK_MS;
      this.#tick(now);
    }
    this.#settle();
  }

  /** When `handleTimeout` is due; undefined for a swarm that waits for others only. */
  nextTimeout(): Instant | undefined {
    if (this.#isStopped) return undefined;
    const dialAt = this.#mayDial() ? this.pool.nextRetryAt() : undefined;
    if (this.peers.size > 0 || (dialAt !== undefined && dialAt <= this.now))
      this.#tickAt ??= this.now + TICK_MS;
    else this.#tickAt = dialAt === undefined ? undefined : Math.max(dialAt, this.now + TICK_MS);
    if (this.#wakeAt === undefined) return this.#tickAt;
    return this.#tickAt === undefined ? this.#wakeAt : Math.min(this.#wakeAt, this.#tickAt);
  }

  to(peer: Peer): Outbox {
    if (!peer.isDirty) {
      peer.isDirty = true;
      this.#dirty.push(peer);
    }
    return peer.outbox;
  }

  wakeIn(ms: number): void {
    const at = this.now + ms;
    if (this.#wakeAt === undefined || at < this.#wakeAt) this.#wakeAt = at;
  }

  close(peer: Peer, blame: Blame): void {
    if (peer.phase === 'closed') return;
    this.#flush(peer);
    this.sink.close(peer.id, blame);
    this.#forget(peer, blame);
  }

  onExtensions(peer: Peer): void {
    const { listenPort, yourIp } = peer.extensions;
    if (yourIp !== undefined && peer.isOutgoing) this.pool.setOwnAddress(yourIp, this.#options.listenPort);
    if (!peer.isOutgoing && listenPort !== undefined) {
      peer.listenAddress = withPort(peer.address, listenPort);
      if (peer.listenAddress !== undefined) this.pool.markConnected(this.now, peer.listenAddress);
    }
    if (this.share === undefined) this.metadata.request();
    this.pex.handleExtensions(peer);
    this.#dropIfUseless(peer);
  }

  onHave(peer: Peer, piece: number): void {
    this.#superSeed?.handleHave(peer, piece, this.peers);
    if (peer.amInterested) this.downloads.fill(peer);
    if (peer.isSeed) this.#dropIfUseless(peer);
  }

  onUploadOnly(peer: Peer): void {
    this.#dropIfUseless(peer);
  }

  onDhtPort(peer: Peer, port: number): void {
    const address = withPort(peer.address, port);
    if (address !== undefined && !this.isPrivate) this.sink.emit({ type: 'dht-node', address });
  }

  #readHandshake(peer: Peer, chunk: Uint8Array): Uint8Array | undefined {
    const outcome = this.#greeter.read(peer, chunk);
    if (outcome === undefined) return undefined;
    if ('code' in outcome) {
      this.close(peer, outcome);
      return undefined;
    }
    this.#open(peer, outcome.handshake);
    return outcome.rest;
  }

  /** The handshakes are exchanged: handshake → open. */
  #open(peer: Peer, handshake: Handshake): void {
    peer.phase = 'open';
    peer.peerId = toHex(handshake.peerId);
    peer.supportsFast = handshake.supportsFast;
    peer.supportsExtensions = handshake.supportsExtensions;
    // libtorrent leaves the bit out when it answers under the v2 hash, which says as much.
    peer.supportsV2 = handshake.supportsV2 || this.#greeter.isV2Hash(handshake.infoHash);
    const twin = this.#greeter.findTwin(peer, this.peers.values());
    if (twin?.blame.code === 'self-connection' && peer.listenAddress !== undefined)
      this.pool.ban(peer.listenAddress, twin.blame.message, false);
    if (twin !== undefined) this.close(twin.loser, twin.blame);
    if (twin?.loser === peer) return;
    this.#routers.set(peer.id, new MessageRouter(peer, this));
    if (peer.supportsExtensions) this.#sendExtendedHandshake(peer);
    this.#sendHoldings(peer);
    const { dhtPort } = this.#options;
    if (dhtPort !== undefined && handshake.supportsDht === true && !this.isPrivate)
      this.to(peer).port(dhtPort);
    if (this.share !== undefined) {
      this.holdings.handleOpened(this.share, peer);
      this.#superSeed?.handleOpened(peer);
      this.uploads.grantFastPieces(peer, handshake.infoHash);
      this.hashes.request();
    }
    this.sink.emit({ type: 'connected', id: peer.id, address: peer.address, client: peer.extensions.client });
  }

  #sendExtendedHandshake(peer: Peer): void {
    const isUploadOnly = this.#isComplete && this.#superSeed === undefined;
    const metadataSize = this.share?.metainfo.infoBytes.length;
    const facts = {
      metadataSize,
      isUploadOnly,
      takesPex: !this.isPrivate && this.#options.usesPex?.() !== false,
    };
    this.to(peer).extended(0, this.#greeter.extendedHandshake(peer, facts));
  }

  #sendHoldings(peer: Peer): void {
    const outbox = this.to(peer);
    const have = this.#superSeed === undefined ? this.share?.picker.have : undefined;
    if (have === undefined || have.isEmpty) {
      if (peer.supportsFast) outbox.bare(MessageId.haveNone);
    } else if (have.isFull && peer.supportsFast) outbox.bare(MessageId.haveAll);
    else outbox.bitfield(have.bytes);
  }

  #refuseIncoming(address: PeerAddress): Blame | undefined {
    if (this.#isStopped) return { code: 'stopped', message: 'the share was stopped', guilty: 'us' };
    if (this.pool.isBanned(address))
      return { code: 'banned', message: 'the address is banned', guilty: 'them' };
    return refuseIncoming(this, address, this.#options.budget?.hasRoom === false ? 0 : this.maxPeers);
  }

  #forget(peer: Peer, blame: Blame): void {
    const wasOpen = peer.isOpen;
    peer.phase = 'closed';
    this.peers.delete(peer.id);
    this.#routers.delete(peer.id);
    this.uploads.handleClosed(peer);
    this.downloads.releaseAll(peer);
    if (this.share !== undefined) this.holdings.handleClosed(this.share, peer);
    this.metadata.handleClosed(peer);
    this.hashes.handleClosed(peer);
    this.pex.handleClosed(peer);
    this.#superSeed?.handleClosed(peer);
    const { address, listenAddress } = peer;
    if (blame.ban === true) {
      this.pool.ban(listenAddress ?? address, blame.message, false);
      this.pool.ban(address, blame.message, blame.code === 'peer-bad-data');
      this.sink.emit({ type: 'banned', address, reason: blame.message });
    } else if (listenAddress !== undefined) {
      const isNeedless = blame.code === 'both-complete' || blame.code === 'duplicate-connection';
      const worth = isNeedless ? 'useless' : wasOpen && blame.guilty !== 'them' ? 'useful' : 'failed';
      this.pool.handleClosed(this.now, listenAddress, worth);
    }
    this.sink.emit({ type: 'closed', id: peer.id, address, blame });
  }

  #acceptMetadata(infoBytes: Uint8Array): boolean {
    const { infoHashV1, infoHashV2, hasher } = this.#options;
    if (infoHashV1 !== undefined && !equalBytes(hasher.sha1(infoBytes), infoHashV1)) return false;
    if (infoHashV2 !== undefined && !equalBytes(hasher.sha256(infoBytes), infoHashV2)) return false;
    const parsed = metainfoFromInfo(infoBytes, hasher);
    // Bytes that hash right but describe nothing sensible: no peer can have better ones.
    if (parsed.ok) this.sink.emit({ type: 'metadata', metainfo: parsed.value });
    else this.sink.emit({ type: 'metadata-unusable', error: parsed.error });
    return true;
  }

  #openShare(metainfo: Metainfo, present: Iterable<number>): void {
    const geometry = new Geometry(metainfo.info);
    const budget = Math.floor(this.#options.pieceMemoryBytes / geometry.nominalPieceLength);
    const picker = new Picker({
      pieceCount: geometry.pieceCount,
      blockCount: (piece) => geometry.blockCount(piece),
      prng: this.#options.prng,
      maxActivePieces: Math.max(MIN_ACTIVE_PIECES, Math.min(budget, MAX_ACTIVE_PIECES)),
      isSequential: this.#options.isSequential === true,
      pieceLength: geometry.nominalPieceLength,
    });
    this.share = { metainfo, geometry, picker };
    this.pex.isEnabled = !this.isPrivate && this.#options.usesPex?.() !== false;
    for (const piece of present) picker.markPresent(piece);
    this.#applyPriorities();
    this.hashes.start(this.share);
    this.holdings.handleMetadata(this.share);
    this.holdings.announcePieces(this.share);
    if (this.#options.isSuperSeeding === true && this.#isComplete) {
      this.#superSeed = new SuperSeed(this.share, (peer, piece) =>
        this.to(peer).piece(MessageId.have, piece),
      );
      this.uploads.mayServe = (peer, piece) => this.#superSeed!.mayServe(peer, piece);
    }
    this.downloads.needsRefill = true;
  }

  #handleLayer(piecesRoot: Uint8Array): void {
    this.#applyPriorities();
    this.sink.emit({ type: 'layer', piecesRoot });
  }

  #applyPriorities(): void {
    if (this.share === undefined) return;
    this.#wanted.apply(this.share);
    this.#recount(this.share);
  }

  /** After the selection changed, or pieces were lost. */
  #recount(share: Share): void {
    const wasComplete = this.#isComplete;
    this.#isComplete = this.#wanted.isComplete(share);
    if (wasComplete && !this.#isComplete) this.pool.hurry(this.now);
    this.holdings.recount(share);
    this.downloads.needsRefill = true;
  }

  #gain(piece: number): void {
    const share = this.share!;
    this.holdings.handleGained(piece, () => this.#superSeed === undefined);
    this.sink.emit({ type: 'piece', piece });
    if (!this.#wanted.isComplete(share)) return;
    this.#isComplete = true;
    this.sink.emit({ type: 'complete' });
    for (const peer of [...this.peers.values()]) {
      if (!peer.isOpen) continue;
      const { uploadOnlyId } = peer.extensions;
      if (uploadOnlyId !== undefined) this.to(peer).extended(uploadOnlyId, Uint8Array.of(1));
      this.#dropIfUseless(peer);
    }
  }

  /** Two that both need nothing have nothing to say to each other (BEP 21). */
  #dropIfUseless(peer: Peer): void {
    const theyNeedNothing = peer.isSeed || (peer.isUploadOnly && peer.early === undefined);
    if (!this.#isComplete || !theyNeedNothing || !peer.isOpen) return;
    this.close(peer, { code: 'both-complete', message: 'neither side needs anything', guilty: 'nobody' });
  }

  #tick(now: Instant): void {
    this.uploads.handleTick(now);
    this.downloads.handleTick(now, (peer, piece) => this.holdings.handleHave(peer, piece));
    if (this.share === undefined) this.metadata.handleTick(now);
    else this.hashes.handleTick(now);
    this.pex.handleTick(now);
    for (const peer of [...this.peers.values()]) {
      const blame = blameSilence(peer, now);
      if (blame !== undefined) this.close(peer, blame);
      else if (needsKeepAlive(peer, now)) this.to(peer).keepAlive();
    }
  }

  #mayDial(): boolean {
    return this.peers.size < this.maxPeers && this.#options.budget?.hasRoom !== false;
  }

  #dial(): void {
    const retryAt = this.#mayDial() ? this.pool.nextRetryAt() : undefined;
    if (retryAt === undefined || retryAt > this.now) return;
    let dialing = 0;
    for (const peer of this.peers.values()) if (peer.phase === 'connecting') dialing++;
    while (dialing < MAX_DIALING && this.#mayDial()) {
      const next = this.pool.take(this.now);
      if (next === undefined) return;
      const peer = new Peer(this.nextId(), next.address, true, this.now);
      this.#greeter.choose(peer, next.failures);
      this.peers.set(peer.id, peer);
      this.sink.connect(peer.id, next.address);
      dialing++;
    }
  }

  /** The end of every call: dial, refill, serve, and let the outboxes go. */
  #settle(): void {
    if (!this.#isStopped) {
      this.#dial();
      if (this.downloads.needsRefill) this.downloads.fillAll();
      this.uploads.serve();
    }
    for (const peer of this.#dirty) this.#flush(peer);
    this.#dirty.length = 0;
  }

  #flush(peer: Peer): void {
    peer.isDirty = false;
    if (peer.outbox.isEmpty || peer.phase === 'closed') return;
    peer.lastSentAt = this.now;
    this.sink.send(peer.id, peer.outbox.take());
  }
}
