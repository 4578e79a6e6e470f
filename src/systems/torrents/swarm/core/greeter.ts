/**
 * Handshakes of one swarm (BEP 3, 52): which info hash we greet with, which answers fit, whom we know already.
 *
 * A hybrid share has two info hashes and so two swarms, in which the same data moves. We greet with the v1 hash and
 * set the v2 bit; a peer may answer with either. An incoming peer is answered with the hash that it named: BEP 52
 * lets the answer "upgrade" to the v2 hash, but libtorrent 2.0 drops the connection at that.
 */
import { hostBytesOf } from '../../../../ground/address.ts';
import { equalBytes, toHex } from '../../../../ground/bytes.ts';
import {
  decodeHandshake,
  encodeHandshake,
  HANDSHAKE_LENGTH,
  type Handshake,
  INFO_HASH_LENGTH,
  isHandshakePrefix,
} from '../wire/handshake.ts';
import { encodeExtendedHandshake } from '../wire/extensions.ts';
import type { Peer } from './peer.ts';
import type { Blame } from './sink.ts';
import { OUR_REQUEST_QUEUE } from './uploads.ts';

export interface GreeterOptions {
  readonly peerId: Uint8Array;
  readonly infoHashV1?: Uint8Array | undefined;
  readonly infoHashV2?: Uint8Array | undefined;
  /** UDP port of our DHT node; undefined when there is none. */
  readonly dhtPort?: number | undefined;
  readonly listenPort: number;
  readonly clientName: string;
}

export class Greeter {
  readonly #peerId: Uint8Array;
  readonly #hashes: readonly Uint8Array[];
  readonly #v2Hash: Uint8Array | undefined;
  readonly #hasDht: boolean;
  readonly #options: GreeterOptions;

  constructor(options: GreeterOptions) {
    this.#options = options;
    this.#peerId = options.peerId;
    this.#hasDht = options.dhtPort !== undefined;
    this.#v2Hash = options.infoHashV2?.subarray(0, INFO_HASH_LENGTH);
    this.#hashes = [options.infoHashV1, this.#v2Hash].filter((hash) => hash !== undefined);
  }

  /** A peer that is in the v2 swarm only closes on the v1 hash: each further try takes the other one. */
  choose(peer: Peer, failures: number): void {
    peer.greetsWith = this.#hashes[failures % this.#hashes.length]!;
  }

  /** Self connections and second connections to one peer; of two, both ends must keep the same one. */
  findTwin(peer: Peer, others: Iterable<Peer>): { readonly loser: Peer; readonly blame: Blame } | undefined {
    const own = toHex(this.#peerId);
    if (peer.peerId === own) {
      return {
        loser: peer,
        blame: { code: 'self-connection', message: 'it is this peer itself', guilty: 'nobody' },
      };
    }
    for (const other of others) {
      if (other === peer || other.peerId !== peer.peerId) continue;
      // Both ends keep the connection that the peer with the greater id dialled.
      const keepsOutgoing = own > peer.peerId!;
      const loser = other.isOutgoing !== peer.isOutgoing && other.isOutgoing !== keepsOutgoing ? other : peer;
      const message = 'this peer is connected already';
      return { loser, blame: { code: 'duplicate-connection', message, guilty: 'nobody' } };
    }
    return undefined;
  }

  isV2Hash(infoHash: Uint8Array): boolean {
    return this.#v2Hash !== undefined && equalBytes(infoHash, this.#v2Hash);
  }

  greeting(peer: Peer): Uint8Array {
    return this.#encode(peer.greetsWith ?? this.#hashes[0]!);
  }

  answer(theirs: Handshake): Uint8Array {
    return this.#encode(theirs.infoHash);
  }

  #encode(infoHash: Uint8Array): Uint8Array {
    return encodeHandshake({
      infoHash,
      peerId: this.#peerId,
      supportsExtensions: true,
      supportsFast: true,
      supportsV2: this.#v2Hash !== undefined,
      supportsDht: this.#hasDht,
    });
  }

  /** BEP 10. */
  extendedHandshake(
    peer: Peer,
    facts: Pick<Parameters<typeof encodeExtendedHandshake>[0], 'metadataSize' | 'isUploadOnly' | 'takesPex'>,
  ): Uint8Array {
    const { listenPort, clientName } = this.#options;
    return encodeExtendedHandshake({
      ...facts,
      requestQueue: OUR_REQUEST_QUEUE,
      listenPort: peer.isOutgoing && listenPort > 0 ? listenPort : undefined,
      client: clientName,
      yourIp: hostBytesOf(peer.address),
    });
  }

  /** Undefined while bytes are missing. */
  read(
    peer: Peer,
    chunk: Uint8Array,
  ): { readonly handshake: Handshake; readonly rest: Uint8Array } | Blame | undefined {
    const joined = new Uint8Array(peer.handshakeBytes.length + chunk.length);
    joined.set(peer.handshakeBytes);
    joined.set(chunk, peer.handshakeBytes.length);
    if (!isHandshakePrefix(joined)) {
      return { code: 'handshake-protocol', message: 'it does not speak BitTorrent', guilty: 'them' };
    }
    if (joined.length < HANDSHAKE_LENGTH) {
      peer.handshakeBytes = joined;
      return undefined;
    }
    peer.handshakeBytes = new Uint8Array(0);
    const handshake = decodeHandshake(joined)!;
    if (!this.#hashes.some((hash) => equalBytes(hash, handshake.infoHash))) {
      return { code: 'handshake-info-hash', message: 'it answered for another share', guilty: 'them' };
    }
    return { handshake, rest: joined.subarray(HANDSHAKE_LENGTH) };
  }
}
