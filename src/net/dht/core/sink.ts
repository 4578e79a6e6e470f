/**
 * The calling contract of a DHT node, and what it needs of the world.
 *
 * A driver calls one method of `DhtNode` at a time, with the time. During the call the node calls the sink, and the
 * callbacks of operations that end; neither may call the node back. Afterwards the driver arms one timer for
 * `nextTimeout()`. A node serves one address family on one socket; siblings (the other family, other addresses: BEP 32
 * and 45) are nodes of their own that share the stores.
 */
import type { Endpoint } from '../../../ground/endpoint.ts';
import type { Filter } from '../../../ground/filter.ts';
import type { Hasher, Prng } from '../../../ground/ports.ts';
import type { KrpcWriter } from '../wire/krpc-writer.ts';

export interface DhtSink {
  /** `packet` is valid during the call only. */
  send(packet: Uint8Array, to: Endpoint): void;
  /** The node took another id, because its address as others see it became known or changed (BEP 42). */
  onIdentity(id: Uint8Array, externalHost: Uint8Array | undefined): void;
  /** A peer announced itself to us. `infoHash` is valid during the call only. */
  onAnnounced?(infoHash: Uint8Array, peer: Endpoint): void;
}

/** Ed25519 (RFC 8032), synchronous: one check costs about as much as ten packets. */
export interface SignatureVerifier {
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

export interface DhtNodeOptions {
  readonly sink: DhtSink;
  readonly prng: Prng;
  /** Unpredictable: for tokens, transactions and the seeds of hash tables. */
  readonly secretPrng: Prng;
  readonly hasher: Hasher;
  readonly signatures: SignatureVerifier;
  readonly family: 4 | 6;
  /** Nodes of one thread may share it: what it returns is sent at once. */
  readonly writer?: KrpcWriter | undefined;
  /** The id and outside host of the last run. */
  readonly id?: Uint8Array | undefined;
  readonly externalHost?: Uint8Array | undefined;
  /** BEP 43: asks, never answers, and is in no routing table. */
  readonly isReadOnly?: boolean | undefined;
  /** Queries a second that leave at most; bursts of a second. */
  readonly queriesPerSecond?: number | undefined;
  /** Denied info hashes are neither kept nor told; hosts are filtered where packets come in (`filterDatagrams`). */
  readonly filter?: Filter | undefined;
  /** Answers to one host in ten seconds, and bytes of answers a second to all. */
  readonly answersPerHost?: number | undefined;
  readonly answerBytesPerSecond?: number | undefined;
}

/** Adds nodes of the other family to an answer (BEP 32). */
export interface NodeSource {
  /** Compact infos of the nodes nearest to `target`; at most `count`. */
  closestInfos(target: Uint8Array, count: number): Uint8Array;
}
