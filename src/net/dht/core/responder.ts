/**
 * Answers queries (BEP 5, 33, 44, 51). To a host that has not proved that it receives what we send, no answer
 * is longer than four times its query: useless for amplification. Fields that do not fit are left out, the
 * least useful first; the values of an item and the peers come before the nodes.
 */
import { assert } from '../../../ground/assert.ts';
import { Endpoint, isLoopbackHost, networkOf } from '../../../ground/endpoint.ts';
import { type Filter, NO_FILTER } from '../../../ground/filter.ts';
import { TokenBucket } from '../../../ground/token-bucket.ts';
import type { Instant } from '../../../ground/units.ts';
import { type KrpcMessage, WANT_V4, WANT_V6 } from '../wire/krpc.ts';
import type { KrpcWriter, ResponseValues } from '../wire/krpc-writer.ts';
import { HostCounter, type ProvedHosts } from './host-tables.ts';
import type { ItemStore } from './item-store.ts';
import type { PeerStore } from './peer-store.ts';
import { K } from './routing-table.ts';
import type { DhtNodeOptions, NodeSource } from './sink.ts';
import { Tokens } from './tokens.ts';

/** QUIC's factor is 3 (RFC 9000); ours is 4, so that a plain `get_peers` still gets K nodes. */
export const AMPLIFICATION = 4;
/** UDP payload that crosses most links in one piece: 1,280 of IPv6 less headers. */
const MAX_ANSWER = 1200;
const MAX_VALUES = 100;
const MAX_SAMPLES = 20;
/** How often a crawler may ask one node for samples (BEP 51). */
const SAMPLE_INTERVAL_SECONDS = 600;
const DEFAULT_ANSWERS_PER_HOST = 250;
const DEFAULT_ANSWER_BYTES = 2_000_000;
/** Bytes of an answer besides its fields: dictionaries, `ip`, `id`, `v`, `y`, at their longest, and keys. */
const ENVELOPE = 84;
const TOKEN_COST = 18;

export interface ResponderParts {
  readonly options: DhtNodeOptions;
  readonly writer: KrpcWriter;
  readonly peers: PeerStore;
  readonly items: ItemStore;
  readonly proved: ProvedHosts;
  ownId(): Uint8Array;
  closestInfos(target: Uint8Array, count: number): Uint8Array;
  /** The other family's table. */
  other(): NodeSource | undefined;
}

export class Responder {
  readonly #parts: ResponderParts;
  readonly #tokens: Tokens;
  readonly #perHost: HostCounter;
  readonly #bytes: TokenBucket;
  readonly #filter: Filter;
  /** Queries that were not answered, because one host or all together asked too much. */
  refused = 0;
  answered = 0;

  constructor(parts: ResponderParts) {
    this.#parts = parts;
    const { hasher, secretPrng, answersPerHost, answerBytesPerSecond, filter = NO_FILTER } = parts.options;
    this.#filter = filter;
    this.#tokens = new Tokens(hasher, secretPrng);
    this.#perHost = new HostCounter(answersPerHost ?? DEFAULT_ANSWERS_PER_HOST, secretPrng);
    this.#bytes = new TokenBucket(answerBytesPerSecond ?? DEFAULT_ANSWER_BYTES);
  }

  /** False when the sender had its share: nothing is read, nothing sent. */
  admits(now: Instant, from: Endpoint): boolean {
    // This machine's own programs are no strangers, and no flood comes over loopback.
    if (isLoopbackHost(from.hostBytes)) return true;
    if (this.#bytes.available(now) > 0 && this.#perHost.allow(now, from.hostBytes)) return true;
    this.refused++;
    return false;
  }

  /** The packet to send back; undefined for silence. `queryLength` is that of the packet in bytes. */
  answer(now: Instant, query: KrpcMessage, from: Endpoint, queryLength: number): Uint8Array | undefined {
    const isProved = this.#parts.proved.has(now, from.hostBytes);
    const limit = isProved ? MAX_ANSWER : Math.min(MAX_ANSWER, AMPLIFICATION * queryLength);
    const packet = this.#answer(now, query, from, limit);
    if (packet === undefined || packet.length > limit) {
      assert(
        packet === undefined || packet.length <= MAX_ANSWER,
        `an answer of ${packet?.length} bytes to ${query.method}`,
      );
      return undefined;
    }
    if (!isLoopbackHost(from.hostBytes)) this.#bytes.take(now, packet.length);
    this.answered++;
    return packet;
  }

  #answer(now: Instant, query: KrpcMessage, from: Endpoint, limit: number): Uint8Array | undefined {
    switch (query.method) {
      case 'ping':
        return this.#respond(query, from, { id: this.#parts.ownId() });
      case 'find_node':
        return this.#findNode(query, from, limit);
      case 'get_peers':
        return this.#getPeers(now, query, from, limit);
      case 'announce_peer':
        return this.#announcePeer(now, query, from);
      case 'get':
        return this.#get(now, query, from, limit);
      case 'put':
        return this.#put(now, query, from);
      case 'sample_infohashes':
        return this.#sample(query, from, limit);
      default:
        return this.#unknown(query, from, limit);
    }
  }

  #respond(query: KrpcMessage, from: Endpoint, values: ResponseValues): Uint8Array {
    return this.#parts.writer.response(query.transaction, from.compact, values);
  }

  #refuse(query: KrpcMessage, from: Endpoint, code: number, message: string): Uint8Array {
    return this.#parts.writer.error(query.transaction, from.compact, code, message);
  }

  /** Bytes left for fields. */
  #room(query: KrpcMessage, from: Endpoint, limit: number): number {
    return limit - ENVELOPE - from.compact.length - query.transaction.length;
  }

  /** Nodes of the families that the query wants (BEP 32), as many as `room` takes. */
  #nodes(query: KrpcMessage, target: Uint8Array, room: number): { nodes?: Uint8Array; nodes6?: Uint8Array } {
    const { family } = this.#parts.options;
    const own = family === 4 ? WANT_V4 : WANT_V6;
    const wants = query.wants === 0 ? own : query.wants;
    const found: { nodes?: Uint8Array; nodes6?: Uint8Array } = {};
    let left = room;
    for (const [bit, name, size] of [
      [WANT_V4, 'nodes', 26],
      [WANT_V6, 'nodes6', 38],
    ] as const) {
      if ((wants & bit) === 0) continue;
      const source = bit === own ? this.#parts : this.#parts.other();
      const count = Math.min(K, Math.floor((left - 12) / size));
      if (source === undefined || count <= 0) continue;
      const infos = source.closestInfos(target, count);
      found[name] = infos;
      left -= infos.length + 12;
    }
    return found;
  }

  #findNode(query: KrpcMessage, from: Endpoint, limit: number): Uint8Array {
    const { target } = query;
    if (target === undefined) return this.#refuse(query, from, 203, 'no target');
    return this.#respond(query, from, {
      id: this.#parts.ownId(),
      ...this.#nodes(query, target, this.#room(query, from, limit)),
    });
  }

  #getPeers(now: Instant, query: KrpcMessage, from: Endpoint, limit: number): Uint8Array {
    const { infoHash } = query;
    const { peers } = this.#parts;
    if (infoHash === undefined) return this.#refuse(query, from, 203, 'no info_hash');
    if (this.#denies(infoHash)) peers.forget(infoHash);
    let room = this.#room(query, from, limit) - TOKEN_COST;
    let blooms: ReturnType<PeerStore['blooms']>;
    if (query.wantsScrape && room >= 540) {
      blooms = peers.blooms(now, infoHash);
      if (blooms !== undefined) room -= 530;
    }
    // Peers may take half of the room, and what the nodes leave: nodes lead on, peers are the aim.
    const half = Math.max(0, Math.floor((room - 16) / 2 / peers.entryLength));
    let values = peers.pick(now, infoHash, Math.min(MAX_VALUES, half), query.wantsNoSeeds);
    const nodes = this.#nodes(query, infoHash, room - (values === undefined ? 0 : values.length + 16));
    if (values !== undefined) {
      const left = room - 16 - (nodes.nodes?.length ?? 0) - (nodes.nodes6?.length ?? 0) - 24;
      const more = Math.min(MAX_VALUES, Math.floor(left / peers.entryLength));
      if (more > half) values = peers.pick(now, infoHash, more, query.wantsNoSeeds);
    }
    return this.#respond(query, from, {
      id: this.#parts.ownId(),
      token: this.#tokens.create(now, from.hostBytes),
      ...nodes,
      ...(values === undefined ? {} : { values }),
      ...(blooms === undefined ? {} : { bloomPeers: blooms.peers, bloomSeeds: blooms.seeds }),
    });
  }

  #denies(infoHash: Uint8Array): boolean {
    return !this.#filter.allowsAllHashes && this.#filter.denyHash(infoHash, 'dht') !== undefined;
  }

  #checkToken(now: Instant, query: KrpcMessage, from: Endpoint): boolean {
    const { token } = query;
    if (token === undefined || !this.#tokens.isValid(now, from.hostBytes, token)) return false;
    this.#parts.proved.add(now, from.hostBytes);
    return true;
  }

  #announcePeer(now: Instant, query: KrpcMessage, from: Endpoint): Uint8Array {
    const { infoHash } = query;
    if (!this.#checkToken(now, query, from)) return this.#refuse(query, from, 203, 'bad token');
    const port = query.isPortImplied ? from.port : query.port;
    if (infoHash === undefined || port === undefined || port < 1 || port > 65_535) {
      return this.#refuse(query, from, 203, 'no info_hash or port');
    }
    // Acknowledged like any other, so that the answer does not disclose which lists a person follows.
    if (this.#denies(infoHash)) return this.#respond(query, from, { id: this.#parts.ownId() });
    this.#parts.peers.add(now, infoHash, from, port, query.isSeed);
    const peer = Endpoint.from(from.host, port);
    if (peer !== undefined) this.#parts.options.sink.onAnnounced?.(infoHash, peer);
    return this.#respond(query, from, { id: this.#parts.ownId() });
  }

  #get(now: Instant, query: KrpcMessage, from: Endpoint, limit: number): Uint8Array {
    const { target } = query;
    if (target === undefined) return this.#refuse(query, from, 203, 'no target');
    let room = this.#room(query, from, limit) - TOKEN_COST;
    const item = this.#parts.items.get(now, target);
    const found: { value?: Uint8Array; key?: Uint8Array; signature?: Uint8Array; sequence?: number } = {};
    if (item?.sequence !== undefined) {
      found.sequence = item.sequence;
      room -= 30;
    }
    // BEP 44: a node that has this sequence number needs no value.
    const isNews =
      query.sequence === undefined || item?.sequence === undefined || item.sequence > query.sequence;
    const cost = (item?.value.length ?? 0) + 4 + (item?.key === undefined ? 0 : 120);
    if (item !== undefined && isNews && cost <= room) {
      found.value = item.value;
      if (item.key !== undefined) found.key = item.key;
      if (item.signature !== undefined) found.signature = item.signature;
      room -= cost;
    }
    return this.#respond(query, from, {
      id: this.#parts.ownId(),
      token: this.#tokens.create(now, from.hostBytes),
      ...this.#nodes(query, target, room),
      ...found,
    });
  }

  #put(now: Instant, query: KrpcMessage, from: Endpoint): Uint8Array {
    if (!this.#checkToken(now, query, from)) return this.#refuse(query, from, 203, 'bad token');
    const refusal = this.#parts.items.put(now, query, networkOf(from.hostBytes));
    if (refusal !== undefined) return this.#refuse(query, from, refusal.code, refusal.message);
    return this.#respond(query, from, { id: this.#parts.ownId() });
  }

  #sample(query: KrpcMessage, from: Endpoint, limit: number): Uint8Array {
    const { target } = query;
    if (target === undefined) return this.#refuse(query, from, 203, 'no target');
    const room = this.#room(query, from, limit) - 40;
    const nodeSize = this.#parts.options.family === 4 ? 26 : 38;
    const forNodes = Math.min(Math.floor(room / 2), K * nodeSize + 12);
    const nodes = this.#nodes(query, target, forNodes);
    const used = (nodes.nodes?.length ?? 0) + (nodes.nodes6?.length ?? 0) + 24;
    const samples = this.#parts.peers.sample(
      Math.max(0, Math.min(MAX_SAMPLES, Math.floor((room - used - 16) / 20))),
      (infoHash) => !this.#denies(infoHash),
    );
    return this.#respond(query, from, {
      id: this.#parts.ownId(),
      ...nodes,
      intervalSeconds: SAMPLE_INTERVAL_SECONDS,
      count: this.#parts.peers.hashCount,
      samples,
    });
  }

  /** BEP 5: a method with a target that we don't know is answered like find_node, for what may come. */
  #unknown(query: KrpcMessage, from: Endpoint, limit: number): Uint8Array {
    if (query.target !== undefined || query.infoHash !== undefined) {
      const target = query.target ?? query.infoHash!;
      return this.#respond(query, from, {
        id: this.#parts.ownId(),
        ...this.#nodes(query, target, this.#room(query, from, limit)),
      });
    }
    return this.#refuse(query, from, 204, 'Method Unknown');
  }
}
