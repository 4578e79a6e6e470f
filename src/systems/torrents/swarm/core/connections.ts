/**
 * The connections of one swarm, from the dial to the end: whom the pool names is dialled, who comes is let in or refused,
 * handshakes are exchanged, who is silent for too long is let go, and the pool hears how each connection ended.
 *
 * A peer is in `peers` from the dial, or from its handshake when it came by itself, until it is closed.
 */
import { type PeerAddress, withPort } from '../../../../ground/address.ts';
import { toHex } from '../../../../ground/bytes.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import type { Handshake } from '../wire/handshake.ts';
import { refuseIncoming } from './admission.ts';
import { CountedPeers } from './budget.ts';
import { Greeter } from './greeter.ts';
import { MessageRouter, type MessageTargets } from './message-router.ts';
import { Peer } from './peer.ts';
import { PeerPool } from './peer-pool.ts';
import type { Blame } from './sink.ts';
import type { SwarmOptions } from './swarm-options.ts';

/** Dials at once: enough to find good peers fast, few enough for a home router's table. */
const MAX_DIALING = 20;
/** How long a connection may be silent, by phase, and when it is our turn to say something (BEP 3). */
const DIAL_TIMEOUT_MS = 15_000;
const HANDSHAKE_TIMEOUT_MS = 20_000;
const SILENCE_MS = 180_000;
const KEEP_ALIVE_MS = 100_000;

/** What becomes of peers that come and go. */
export interface ConnectionTargets extends MessageTargets {
  /** The handshakes are exchanged; nothing was sent since. */
  onOpened(peer: Peer, theirs: Handshake): void;
  /** It is among the peers no more, however far it came. */
  onGone(peer: Peer): void;
}

export class Connections {
  readonly peers: Map<ConnectionId, Peer>;
  readonly pool: PeerPool;
  readonly greeter: Greeter;
  maxPeers: number;
  readonly #options: SwarmOptions;
  readonly #targets: ConnectionTargets;
  #nextId: ConnectionId = 1;
  #isStopped = false;

  constructor(options: SwarmOptions, targets: ConnectionTargets) {
    this.#options = options;
    this.#targets = targets;
    this.peers = new CountedPeers(options.budget);
    this.pool = new PeerPool(options.prng, options.isBlocked, options.dialsEncrypted);
    this.greeter = new Greeter(options);
    this.maxPeers = options.maxPeers;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  nextId(): ConnectionId {
    return this.#nextId++;
  }

  /** When there may be somebody to dial; undefined while nobody is known, or there is no room. */
  nextDialAt(): Instant | undefined {
    return this.#hasRoom() ? this.pool.nextRetryAt() : undefined;
  }

  dial(now: Instant): void {
    const dialAt = this.nextDialAt();
    if (dialAt === undefined || dialAt > now) return;
    let dialing = 0;
    for (const peer of this.peers.values()) if (peer.phase === 'connecting') dialing++;
    while (dialing < MAX_DIALING && this.#hasRoom()) {
      const next = this.pool.take(now);
      if (next === undefined) return;
      const peer = new Peer(this.nextId(), next.address, true, now, next.isEncrypted);
      this.greeter.choose(peer, next.failures);
      this.peers.set(peer.id, peer);
      this.#options.sink.connect(peer.id, next.address, next.isEncrypted ? peer.greetsWith : undefined);
      dialing++;
    }
  }

  /** Somebody came, and named this swarm in its handshake. */
  accept(
    now: Instant,
    id: ConnectionId,
    address: PeerAddress,
    handshake: Handshake,
    isEncrypted: boolean,
  ): void {
    const { context } = this.#targets;
    const peer = new Peer(id, address, false, now, isEncrypted);
    this.peers.set(id, peer);
    const refusal = this.#refuseIncoming(address);
    if (refusal !== undefined) {
      context.close(peer, refusal);
      return;
    }
    context.to(peer).raw(this.greeter.answer(handshake));
    this.#open(peer, handshake);
  }

  /** The handshake of a peer that we dialled. Returns the bytes behind it; undefined while it is not whole, or refused. */
  readHandshake(peer: Peer, chunk: Uint8Array): Uint8Array | undefined {
    const outcome = this.greeter.read(peer, chunk);
    if (outcome === undefined) return undefined;
    if ('code' in outcome) {
      this.#targets.context.close(peer, outcome);
      return undefined;
    }
    this.#open(peer, outcome.handshake);
    return outcome.rest;
  }

  /** An extended handshake says how the sender sees us, and where it listens (BEP 10). */
  handleExtensions(now: Instant, peer: Peer): void {
    const { listenPort, yourIp } = peer.extensions;
    if (yourIp !== undefined && peer.isOutgoing) this.pool.setOwnAddress(yourIp, this.#options.listenPort);
    if (peer.isOutgoing || listenPort === undefined) return;
    peer.listenAddress = withPort(peer.address, listenPort);
    if (peer.listenAddress !== undefined) this.pool.markConnected(now, peer.listenAddress);
  }

  /** Ends what was silent for too long, and breaks our own silence. */
  handleTick(now: Instant): void {
    const { context } = this.#targets;
    for (const peer of [...this.peers.values()]) {
      const blame = blameSilence(peer, now);
      if (blame !== undefined) context.close(peer, blame);
      else if (peer.isOpen && now - peer.lastSentAt >= KEEP_ALIVE_MS) context.to(peer).keepAlive();
    }
  }

  /** Ends all; nobody is let in any more. */
  stop(): void {
    this.#isStopped = true;
    for (const peer of [...this.peers.values()]) this.#targets.context.close(peer, STOPPED);
  }

  /** The connection is closed. */
  forget(now: Instant, peer: Peer, blame: Blame): void {
    const { sink } = this.#options;
    const wasOpen = peer.isOpen;
    const isUnanswered = peer.isOutgoing && peer.phase === 'handshake' && UNANSWERED.includes(blame.code);
    peer.phase = 'closed';
    this.peers.delete(peer.id);
    this.#targets.onGone(peer);
    const { address, listenAddress } = peer;
    if (blame.ban === true) {
      this.pool.ban(listenAddress ?? address, blame.message, false);
      this.pool.ban(address, blame.message, blame.code === 'peer-bad-data');
      sink.emit({ type: 'banned', address, reason: blame.message });
    } else if (listenAddress !== undefined) {
      const isNeedless = blame.code === 'both-complete' || blame.code === 'duplicate-connection';
      const isUseful = wasOpen && blame.guilty !== 'them';
      const worth = isNeedless ? 'useless' : isUseful ? 'useful' : isUnanswered ? 'unanswered' : 'failed';
      this.pool.handleClosed(now, listenAddress, worth, peer.isEncrypted);
    }
    sink.emit({ type: 'closed', id: peer.id, address, blame });
  }

  /** handshake → open. */
  #open(peer: Peer, theirs: Handshake): void {
    peer.phase = 'open';
    peer.peerId = toHex(theirs.peerId);
    peer.supportsFast = theirs.supportsFast;
    peer.supportsExtensions = theirs.supportsExtensions;
    // libtorrent leaves the bit out when it answers under the v2 hash, which says as much.
    peer.supportsV2 = theirs.supportsV2 || this.greeter.isV2Hash(theirs.infoHash);
    const twin = this.greeter.findTwin(peer, this.peers.values());
    if (twin?.blame.code === 'self-connection' && peer.listenAddress !== undefined)
      this.pool.ban(peer.listenAddress, twin.blame.message, false);
    if (twin !== undefined) this.#targets.context.close(twin.loser, twin.blame);
    if (twin?.loser === peer) return;
    peer.receiver = new MessageRouter(peer, this.#targets);
    this.#targets.onOpened(peer, theirs);
    const { id, address, extensions } = peer;
    this.#options.sink.emit({ type: 'connected', id, address, client: extensions.client });
  }

  #refuseIncoming(address: PeerAddress): Blame | undefined {
    if (this.#isStopped) return STOPPED;
    if (this.pool.isBanned(address))
      return { code: 'banned', message: 'the address is banned', guilty: 'them' };
    const maxPeers = this.#options.budget?.hasRoom === false ? 0 : this.maxPeers;
    return refuseIncoming(this.#targets.context, address, maxPeers);
  }

  #hasRoom(): boolean {
    return this.peers.size < this.maxPeers && this.#options.budget?.hasRoom !== false;
  }
}

/** How a connection ends whose greeting the other side did not understand, or did not want. */
const UNANSWERED: readonly string[] = ['peer-closed', 'link-failed', 'peer-silent'];

const STOPPED: Blame = { code: 'stopped', message: 'the share was stopped', guilty: 'us' };

function blameSilence(peer: Peer, now: Instant): Blame | undefined {
  const limit =
    peer.phase === 'connecting' ? DIAL_TIMEOUT_MS : peer.isOpen ? SILENCE_MS : HANDSHAKE_TIMEOUT_MS;
  if (now - peer.lastReceivedAt < limit) return undefined;
  const message = `silent for ${limit / 1000} s while ${peer.phase}`;
  return { code: 'peer-silent', message, guilty: 'them' };
}
