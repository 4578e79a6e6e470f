/**
 * Adversaries of the DHT. Each is a node that joins as all others do and then misbehaves in one way:
 *
 * - `poison`: leads every lookup to its fellows, and to nodes that do not exist right beside the target.
 * - `sybil`: many ids of few addresses as near to one key as BEP 42 lets them; swallow what is stored there.
 * - `eclipse`: answers one victim with fellows only.
 * - `replay`: announces with tokens that a fellow was given.
 * - `flood`: asks the nodes that it knows, fifty times a second.
 * - `slow`, `silent`: answer after seconds, or never.
 */
import { decodeKrpc, type KrpcMessage } from '../../src/net/dht/wire/krpc.ts';
import { KrpcWriter, readTransaction } from '../../src/net/dht/wire/krpc-writer.ts';
import { compareDistance } from '../../src/net/dht/wire/node-id.ts';
import { Endpoint } from '../../src/ground/endpoint.ts';
import type { Prng } from '../../src/ground/ports.ts';
import type { DhtHost, Malice } from './host.ts';

export const MALICE_KINDS = ['poison', 'sybil', 'eclipse', 'replay', 'flood', 'slow', 'silent'] as const;
export type MaliceKind = (typeof MALICE_KINDS)[number];

const SLOW_MS = 3000;
const CLOSE = 8;
/** Transactions of queries that the machine knows nothing of. */
const [ASKED, REPLAYED] = [0xfffffff0, 0xfffffff1];

/** Adversaries know each other. */
export class Conspiracy {
  readonly kind: MaliceKind;
  readonly #prng: Prng;
  readonly members: DhtHost[] = [];
  readonly #writer = new KrpcWriter();
  #sorted: DhtHost[] | undefined;
  /** `eclipse`: the victims. */
  victim: DhtHost | undefined;
  /** `sybil`: the key whose neighbourhood is taken. */
  key: Uint8Array | undefined;
  /** Answers that were lies, questions of floods, tokens that were replayed. */
  lies = 0;
  /** Replayed tokens that were taken: there must be none. */
  accepted = 0;
  readonly #stolen = new Uint8Array(20).fill(0xab);

  constructor(kind: MaliceKind, prng: Prng) {
    this.kind = kind;
    this.#prng = prng;
  }

  add(host: DhtHost): void {
    this.members.push(host);
    this.#sorted = undefined;
  }

  malice(): Malice {
    switch (this.kind) {
      case 'slow':
        return { kind: 'slow', slowMs: SLOW_MS };
      case 'silent':
        return { kind: 'silent', handleQuery: (_, query) => query.method !== 'ping' };
      case 'poison':
      case 'sybil':
        return { kind: this.kind, handleQuery: (host, query, from) => this.#lie(host, query, from) };
      case 'eclipse':
        return {
          kind: this.kind,
          handleQuery: (host, query, from) =>
            from.host === this.victim?.udp.endpoint.host && this.#lie(host, query, from),
        };
      case 'replay':
        return { kind: this.kind, handleAnswer: (host, packet, from) => this.#passOn(host, packet, from) };
      case 'flood':
        return { kind: this.kind };
    }
  }

  /** Acts without being asked: called every 20 ms for floods, every second for replays. */
  act(host: DhtHost): void {
    const contacts = host.node.table.closest(this.#prng.fill(new Uint8Array(20)), 1);
    const to = contacts[0]?.endpoint;
    if (to === undefined) return;
    this.lies++;
    const method = this.kind === 'flood' ? 'find_node' : 'get_peers';
    const args = this.kind === 'flood' ? { target: host.node.id } : { infoHash: this.#stolen };
    host.sendRaw(this.#writer.query(method, ASKED, host.node.id, true, args), to);
  }

  /** A token came: a fellow uses it from another address. */
  #passOn(host: DhtHost, packet: Uint8Array, from: Endpoint): boolean {
    const decoded = decodeKrpc(packet);
    if (!decoded.ok) return false;
    const transaction = readTransaction(decoded.value.transaction);
    if (transaction === REPLAYED) {
      if (decoded.value.kind === 'response') this.accepted++;
      return true;
    }
    const { token } = decoded.value;
    if (transaction !== ASKED || token === undefined) return false;
    const fellow = this.members[this.#prng.below(this.members.length)]!;
    if (fellow === host || !fellow.isUp) return true;
    const args = { infoHash: this.#stolen, port: 1, token };
    fellow.sendRaw(this.#writer.query('announce_peer', REPLAYED, fellow.node.id, true, args), from);
    return true;
  }

  #lie(host: DhtHost, query: KrpcMessage, from: Endpoint): boolean {
    const target = query.target ?? query.infoHash;
    // A liar acknowledges a value and drops it.
    if (query.method === 'put' || query.method === 'announce_peer') {
      this.lies++;
      host.sendRaw(this.#writer.response(query.transaction, from.compact, { id: host.node.id }), from);
      return true;
    }
    if (target === undefined) return false;
    this.lies++;
    const wantsItem = query.method !== 'find_node';
    const packet = this.#writer.response(query.transaction, from.compact, {
      id: host.node.id,
      nodes: this.#liesAbout(target),
      ...(wantsItem ? { token: Uint8Array.of(1, 2, 3, 4) } : {}),
    });
    host.sendRaw(packet, from);
    return true;
  }

  /** Six fellows nearest to the target, and two inventions that are nearer than anybody. */
  #liesAbout(target: Uint8Array): Uint8Array {
    const infos = new Uint8Array(CLOSE * 26);
    const fellows = this.#nearest(target, CLOSE - 2);
    for (const [i, fellow] of fellows.entries()) {
      infos.set(fellow.node.id, i * 26);
      infos.set(
        Endpoint.from(fellow.udp.nat?.host ?? fellow.udp.endpoint.host, fellow.udp.endpoint.port)!.compact,
        i * 26 + 20,
      );
    }
    for (let i = fellows.length; i < CLOSE; i++) {
      const id = target.slice();
      id[19]! ^= 1 + this.#prng.below(255);
      infos.set(id, i * 26);
      infos.set(this.#prng.fill(new Uint8Array(6)), i * 26 + 20);
      infos[i * 26 + 20] = 1 + this.#prng.below(9);
    }
    return infos;
  }

  /** Members sorted by id: the nearest by XOR lie around the place of the target, so a window is enough. */
  #nearest(target: Uint8Array, count: number): DhtHost[] {
    this.#sorted ??= [...this.members].sort((a, b) =>
      compareDistance(new Uint8Array(20), a.node.id, b.node.id),
    );
    const list = this.#sorted;
    let [low, high] = [0, list.length];
    const zero = new Uint8Array(20);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareDistance(zero, list[middle]!.node.id, target) < 0) low = middle + 1;
      else high = middle;
    }
    const window = list.slice(Math.max(0, low - 4 * count), low + 4 * count);
    return window.sort((a, b) => compareDistance(target, a.node.id, b.node.id)).slice(0, count);
  }
}
