/**
 * The calling contract of the swarm machine, and the effects that it has.
 *
 * A driver calls one `handle…` method at a time. During the call the machine calls methods of the sink, in order;
 * the sink must not call the machine back. After each call the driver looks at `nextTimeout()` and arms one timer.
 * Effects are method calls, not output objects: the hot path (a block received, a block sent) then makes no garbage.
 * Byte views passed to the sink are valid only during the call, unless they are said to be handed over.
 */
import type { Carrier } from '../../../../ground/ports.ts';
import type { Malformed } from '../../../../ground/result.ts';
import type { Address, PeerAddress } from '../../../../ground/address.ts';
import type { ConnectionId } from '../../../../ground/units.ts';
import type { Metainfo } from '../../../../data/content/metainfo.ts';
import type { HashRange } from '../wire/messages.ts';

/** Why a connection ends: which rule, and who broke it. */
export interface Blame {
  /** Stable and kebab-case, e.g. `peer-message-length`. */
  readonly code: string;
  readonly message: string;
  readonly guilty: 'them' | 'us' | 'nobody';
  /** The address is not to come back. */
  readonly ban?: boolean;
}

export interface SwarmSink {
  /**
   * Open a connection; answer with `handleConnected` or `handleClosed`.
   * @param skey the info hash that an encrypted handshake names; undefined for a plain connection
   */
  connect(id: ConnectionId, address: PeerAddress, skey: Uint8Array | undefined): void;
  /** What carries a connection; TCP carries all where this is absent. */
  carrierOf?(id: ConnectionId): Carrier;
  /** `bytes` are handed over. */
  send(id: ConnectionId, bytes: Uint8Array): void;
  /** Read a block and send it as a `piece` message; answer with `handleSent` once the socket took it. */
  sendBlock(id: ConnectionId, piece: number, begin: number, length: number): void;
  close(id: ConnectionId, blame: Blame): void;
  /** The first block of a piece was asked for. */
  expectPiece(piece: number): void;
  /** Keep a block of a piece that is being fetched. */
  storeBlock(piece: number, begin: number, block: Uint8Array): void;
  /** All blocks are stored: check the hashes, write, and answer with `handleVerdict`. */
  provePiece(piece: number): void;
  /** Hash the blocks of a piece that we have; answer with `handleLeaves`. */
  readLeaves(id: ConnectionId, range: HashRange, piece: number): void;
  emit(event: SwarmEvent): void;
}

export type SwarmEvent =
  /** Fetched from peers: fetching data begins with `handleShare`. */
  | { readonly type: 'metadata'; readonly metainfo: Metainfo }
  | { readonly type: 'metadata-unusable'; readonly error: Malformed }
  | { readonly type: 'layer'; readonly piecesRoot: Uint8Array }
  | { readonly type: 'piece'; readonly piece: number }
  | { readonly type: 'wrong-piece'; readonly piece: number }
  | { readonly type: 'complete' }
  | {
      readonly type: 'connected';
      readonly id: ConnectionId;
      readonly address: PeerAddress;
      readonly client: string | undefined;
    }
  | {
      readonly type: 'closed';
      readonly id: ConnectionId;
      readonly address: PeerAddress;
      readonly blame: Blame;
    }
  | { readonly type: 'banned'; readonly address: PeerAddress; readonly reason: string }
  /** A peer's DHT node (BEP 5). */
  | { readonly type: 'dht-node'; readonly address: Address };
