/**
 * Peer exchange (BEP 11): each minute every peer that takes such messages hears which peers we got to know and which
 * left. Only peers whose listening address is known and with whom we spoke are told of. Never used for private shares.
 */
import {
  type Address,
  addressKey,
  hostBytesOf,
  isInternetAddress,
  type PeerAddress,
} from '../../../../ground/address.ts';
import { isLocalHost } from '../../../../ground/endpoint.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import {
  decodePex,
  encodePex,
  MAX_PEX_ENTRIES,
  PEX_ENCRYPTION,
  PEX_OUTGOING,
  PEX_SEED,
  type PexPeer,
} from '../wire/pex.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';

/** BEP 11: "no more than one message a minute". */
const INTERVAL_MS = 60_000;
/** The first message goes soon: who starts with one peer waits for it. */
const FIRST_MS = 1000;
/** Messages that come faster than this are not read; clients' minutes are not all alike. */
const MIN_RECEIVE_MS = 20_000;
const MAX_EARLY = 3;

interface Conversation {
  nextAt: Instant;
  /** What the peer was told of. */
  readonly told: Map<string, Address>;
  receivedAt: Instant;
  early: number;
}

function isLocal(address: PeerAddress): boolean {
  const host = hostBytesOf(address);
  return host !== undefined && isLocalHost(host);
}

type PeerListener = (address: Address, isSeed: boolean, prefersEncryption: boolean) => void;

export class PeerExchange {
  readonly #context: SwarmContext;
  readonly #onPeer: PeerListener;
  readonly #conversations = new Map<ConnectionId, Conversation>();
  isEnabled = true;

  constructor(context: SwarmContext, onPeer: PeerListener) {
    this.#context = context;
    this.#onPeer = onPeer;
  }

  /** The peer told its extensions. */
  handleExtensions(peer: Peer): void {
    if (peer.extensions.pexId === undefined || this.#conversations.has(peer.id)) return;
    this.#conversations.set(peer.id, {
      nextAt: this.#context.now + FIRST_MS,
      told: new Map(),
      receivedAt: Number.NEGATIVE_INFINITY,
      early: 0,
    });
  }

  handleClosed(peer: Peer): void {
    this.#conversations.delete(peer.id);
  }

  handleMessage(peer: Peer, payload: Uint8Array): void {
    if (!this.isEnabled) return;
    const { now } = this.#context;
    const conversation = this.#conversations.get(peer.id);
    if (conversation !== undefined) {
      const isEarly = now - conversation.receivedAt < MIN_RECEIVE_MS;
      if (isEarly && ++conversation.early > MAX_EARLY) return;
      conversation.receivedAt = now;
    }
    const decoded = decodePex(payload);
    if (!decoded.ok) {
      this.#context.close(peer, { ...decoded.error, guilty: 'them' });
      return;
    }
    // A stranger has no business naming hosts of our own network.
    const isNeighbour = isLocal(peer.address);
    for (const { address, flags } of decoded.value.added.slice(0, 2 * MAX_PEX_ENTRIES)) {
      if (!isNeighbour && isLocal(address)) continue;
      this.#onPeer(address, (flags & PEX_SEED) !== 0, (flags & PEX_ENCRYPTION) !== 0);
    }
  }

  handleTick(now: Instant): void {
    if (!this.isEnabled) return;
    for (const [id, conversation] of this.#conversations) {
      if (now < conversation.nextAt) continue;
      conversation.nextAt = now + INTERVAL_MS;
      const peer = this.#context.peers.get(id);
      if (peer !== undefined) this.#tell(peer, conversation);
    }
  }

  #tell(peer: Peer, { told }: Conversation): void {
    const pexId = peer.extensions.pexId;
    if (pexId === undefined || pexId === 0) return;
    const present = new Map<string, PexPeer>();
    for (const other of this.#context.peers.values()) {
      const { listenAddress } = other;
      if (other === peer || !other.isOpen || listenAddress === undefined) continue;
      // BEP 11 has words for internet addresses only.
      if (!isInternetAddress(listenAddress)) continue;
      const flags =
        (other.isSeed || other.isUploadOnly ? PEX_SEED : 0) |
        (other.isOutgoing ? PEX_OUTGOING : 0) |
        (other.isEncrypted ? PEX_ENCRYPTION : 0);
      present.set(addressKey(listenAddress), { address: listenAddress, flags });
    }
    const added: PexPeer[] = [];
    const dropped: Address[] = [];
    for (const [key, entry] of present) {
      if (told.has(key) || added.length >= MAX_PEX_ENTRIES) continue;
      told.set(key, entry.address);
      added.push(entry);
    }
    for (const [key, address] of told) {
      if (present.has(key) || dropped.length >= MAX_PEX_ENTRIES) continue;
      told.delete(key);
      dropped.push(address);
    }
    if (added.length + dropped.length > 0)
      this.#context.to(peer).extended(pexId, encodePex({ added, dropped }));
  }
}
