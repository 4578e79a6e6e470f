/**
 * One share's swarm: the machine that routes. Each call of the driver goes to the machines that answer for it, and the
 * messages that they leave go out at its end. The machines decide: on connections, pieces, requests, choking, metadata,
 * hashes and addresses.
 *
 * The calling contract is in `sink.ts`. Peers are numbered by this machine for outgoing connections and by the
 * driver, through `nextId`, for incoming ones.
 */
import type { Metainfo } from '../../../../data/content/metainfo.ts';
import { type PeerAddress, withPort } from '../../../../ground/address.ts';
import { assert } from '../../../../ground/assert.ts';
import type { Hasher, Prng } from '../../../../ground/ports.ts';
import { RateMeter } from '../../../../ground/rate-meter.ts';
import type { TokenBucket } from '../../../../ground/token-bucket.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import type { Handshake } from '../wire/handshake.ts';
import { type HashRange, MessageId, type Outbox } from '../wire/messages.ts';
import { dropIfUseless } from './admission.ts';
import { type ConnectionTargets, Connections } from './connections.ts';
import { type Content, createContent, readInfo, WantedPieces } from './content.ts';
import type { SwarmContext } from './context.ts';
import { Downloads, type PieceVerdictOf } from './downloads.ts';
import { HashExchange } from './hash-exchange.ts';
import { Holdings } from './holdings.ts';
import { findPieces, losePieces, refuseUnread, type UnreadBlock } from './losses.ts';
import { MetadataExchange } from './metadata-exchange.ts';
import type { Peer } from './peer.ts';
import type { MixedMode } from './mixed-mode.ts';
import { PeerExchange } from './pex.ts';
import type { PeerPool, PeerSource } from './peer-pool.ts';
import type { Urgent } from './picker.ts';
import type { Blame, SwarmSink } from './sink.ts';
import { SuperSeed } from './super-seed.ts';
import type { SwarmOptions } from './swarm-options.ts';
import { Uploads } from './uploads.ts';

export type { SwarmOptions } from './swarm-options.ts';

const TICK_MS = 500;

export class Swarm implements SwarmContext, ConnectionTargets {
  readonly peers: Map<ConnectionId, Peer>;
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
  content: Content | undefined;

  readonly #options: SwarmOptions;
  readonly #connections: Connections;
  readonly #dirty: Peer[] = [];
  #superSeed: SuperSeed | undefined;
  #tickAt: Instant | undefined;
  #wakeAt: Instant | undefined;
  readonly #wanted = new WantedPieces();
  #isComplete = false;

  constructor(options: SwarmOptions) {
    this.#options = options;
    this.#connections = new Connections(options, this);
    this.peers = this.#connections.peers;
    this.pool = this.#connections.pool;
    this.holdings = new Holdings(this);
    this.uploads = new Uploads(this, options.uploadSlots);
    this.downloads = new Downloads(this, (piece) => this.hashes.wantLeaves(piece));
    this.metadata = new MetadataExchange(this, options.needsMetadata, (bytes) => this.#acceptMetadata(bytes));
    this.pex = new PeerExchange(this, (address, isSeed, prefersEncryption) => {
      // Who needs nothing has nothing to ask of a seed.
      if (this.#isComplete && isSeed) return;
      if (this.pool.add(this.now, address, 'pex') && prefersEncryption) this.pool.noteEncryption(address);
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
  get mixed(): MixedMode | undefined {
    return this.#options.mixed;
  }

  get uploadLimit(): TokenBucket {
    return this.#options.uploadLimit;
  }
  /** Peers come from the trackers only (BEP 27); false while the metadata is unknown. */
  get isPrivate(): boolean {
    return this.content?.metainfo.info.isPrivate === true;
  }
  /** Every wanted piece is here. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** At most so many connections. */
  get maxPeers(): number {
    return this.#connections.maxPeers;
  }
  set maxPeers(count: number) {
    this.#connections.maxPeers = count;
  }

  /** The number for an incoming connection. */
  nextId(): ConnectionId {
    return this.#connections.nextId();
  }

  /**
   * The metadata is known, from the start or since the `metadata` event, and there are files to fetch to.
   * `present` lists pieces that are on disk and proved.
   */
  handleShare(now: Instant, metainfo: Metainfo, present: Iterable<number>): void {
    assert(this.content === undefined, 'a share is opened once');
    this.now = now;
    this.#openContent(createContent(metainfo, present, this.#options));
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
    if (this.content !== undefined) this.downloads.handleUrgent(this.content, urgent);
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
    this.to(peer).raw(this.#connections.greeter.greeting(peer));
    this.#settle();
  }

  /** An incoming connection whose handshake named this swarm. */
  handleIncoming(
    now: Instant,
    id: ConnectionId,
    address: PeerAddress,
    handshake: Handshake,
    isEncrypted: boolean = false,
  ): void {
    this.now = now;
    this.#connections.accept(now, id, address, handshake, isEncrypted);
    this.#settle();
  }

  handleReceived(now: Instant, id: ConnectionId, chunk: Uint8Array): void {
    this.now = now;
    const peer = this.peers.get(id);
    if (peer === undefined) return;
    peer.lastReceivedAt = now;
    const before = peer.download.total;
    let rest: Uint8Array | undefined = chunk;
    if (peer.phase === 'handshake') rest = this.#connections.readHandshake(peer, chunk);
    if (rest !== undefined && peer.isOpen) {
      const verdict = peer.decoder.push(rest, peer.receiver!);
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
    if (peer !== undefined) this.#connections.forget(this.now, peer, blame);
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
    const content = this.content!;
    losePieces(this, content, pieces, isWanted);
    this.uploads.handleLost(pieces);
    this.#recount(content);
    this.#settle();
  }

  /** Pieces that were lost are there again. */
  handleFound(now: Instant, pieces: readonly number[]): void {
    this.now = now;
    for (const piece of findPieces(this.content!, pieces))
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
    this.#connections.stop();
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
    if (this.#connections.isStopped) return undefined;
    const dialAt = this.#connections.nextDialAt();
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
    this.#connections.forget(this.now, peer, blame);
  }

  onExtensions(peer: Peer): void {
    this.#connections.handleExtensions(this.now, peer);
    if (this.content === undefined) this.metadata.request();
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

  onOpened(peer: Peer, theirs: Handshake): void {
    if (peer.supportsExtensions) {
      const facts = {
        metadataSize: this.content?.metainfo.infoBytes.length,
        isUploadOnly: this.#isComplete && this.#superSeed === undefined,
        takesPex: this.#takesPex,
      };
      this.to(peer).extended(0, this.#connections.greeter.extendedHandshake(peer, facts));
    }
    this.holdings.greet(peer, this.#superSeed === undefined ? this.content?.picker.have : undefined);
    const { dhtPort } = this.#options;
    if (dhtPort !== undefined && theirs.supportsDht === true && !this.isPrivate) this.to(peer).port(dhtPort);
    if (this.content === undefined) return;
    this.holdings.handleOpened(this.content, peer);
    this.#superSeed?.handleOpened(peer);
    this.uploads.grantFastPieces(peer, theirs.infoHash);
    this.hashes.request();
  }

  onGone(peer: Peer): void {
    this.uploads.handleClosed(peer);
    this.downloads.releaseAll(peer);
    if (this.content !== undefined) this.holdings.handleClosed(this.content, peer);
    this.metadata.handleClosed(peer);
    this.hashes.handleClosed(peer);
    this.pex.handleClosed(peer);
    this.#superSeed?.handleClosed(peer);
  }

  get #takesPex(): boolean {
    return !this.isPrivate && this.#options.usesPex?.() !== false;
  }

  #acceptMetadata(infoBytes: Uint8Array): boolean {
    const read = readInfo(infoBytes, this.#options);
    if (read === undefined) return false;
    // Bytes that hash right but describe nothing sensible: no peer can have better ones.
    if (read.ok) this.sink.emit({ type: 'metadata', metainfo: read.value });
    else this.sink.emit({ type: 'metadata-unusable', error: read.error });
    return true;
  }

  #openContent(content: Content): void {
    this.content = content;
    this.pex.isEnabled = this.#takesPex;
    this.#applyPriorities();
    this.hashes.start(content);
    this.holdings.handleMetadata(content);
    this.holdings.announcePieces(content);
    if (this.#options.isSuperSeeding === true && this.#isComplete) {
      const superSeed = new SuperSeed(content, (peer, piece) => this.to(peer).piece(MessageId.have, piece));
      this.#superSeed = superSeed;
      this.uploads.mayServe = (peer, piece) => superSeed.mayServe(peer, piece);
    }
    this.downloads.needsRefill = true;
  }

  #handleLayer(piecesRoot: Uint8Array): void {
    this.#applyPriorities();
    this.sink.emit({ type: 'layer', piecesRoot });
  }

  #applyPriorities(): void {
    if (this.content === undefined) return;
    this.#wanted.apply(this.content);
    this.#recount(this.content);
  }

  /** After the selection changed, or pieces were lost. */
  #recount(content: Content): void {
    const wasComplete = this.#isComplete;
    this.#isComplete = this.#wanted.isComplete(content);
    if (wasComplete && !this.#isComplete) this.pool.hurry(this.now);
    this.holdings.recount(content);
    this.downloads.needsRefill = true;
  }

  #gain(piece: number): void {
    const content = this.content!;
    this.holdings.handleGained(piece, () => this.#superSeed === undefined);
    this.sink.emit({ type: 'piece', piece });
    if (!this.#wanted.isComplete(content)) return;
    this.#isComplete = true;
    this.sink.emit({ type: 'complete' });
    for (const peer of [...this.peers.values()]) {
      if (!peer.isOpen) continue;
      const { uploadOnlyId } = peer.extensions;
      if (uploadOnlyId !== undefined) this.to(peer).extended(uploadOnlyId, Uint8Array.of(1));
      this.#dropIfUseless(peer);
    }
  }

  #dropIfUseless(peer: Peer): void {
    if (this.#isComplete) dropIfUseless(this, peer);
  }

  #tick(now: Instant): void {
    this.uploads.handleTick(now);
    this.downloads.handleTick(now, (peer, piece) => this.holdings.handleHave(peer, piece));
    if (this.content === undefined) this.metadata.handleTick(now);
    else this.hashes.handleTick(now);
    this.pex.handleTick(now);
    this.#connections.handleTick(now);
  }

  /** The end of every call: dial, refill, serve, and let the outboxes go. */
  #settle(): void {
    if (!this.#connections.isStopped) {
      this.#connections.dial(this.now);
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
