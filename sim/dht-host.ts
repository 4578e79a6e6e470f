/**
 * A DHT node in the simulated world: the node that ships, on a simulated socket, with a clock of its own that may be
 * fast or slow. `Malice` turns it into an adversary by changing what leaves and what comes in; its machine stays as it is.
 */
import { DhtNode } from '../src/net/dht/core/dht-node.ts';
import type { ItemStore } from '../src/net/dht/core/item-store.ts';
import { nodeSignatures } from '../src/net/dht/node/ed25519.ts';
import { decodeKrpc, type KrpcMessage } from '../src/net/dht/wire/krpc.ts';
import type { KrpcWriter } from '../src/net/dht/wire/krpc-writer.ts';
import { Endpoint } from '../src/ground/endpoint.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createNodeId } from '../src/net/dht/wire/node-id.ts';
import type { Instant } from '../src/ground/units.ts';
import type { UdpHost, UdpNetwork } from './udp.ts';
import type { World, WorldEvent } from './world.ts';

export interface Malice {
  readonly kind: string;
  /** Sees each query before the machine; true when it has dealt with it. */
  handleQuery?(host: DhtHost, query: KrpcMessage, from: Endpoint): boolean;
  /** Sees each packet that is no query before the machine; true when it has dealt with it. */
  handleAnswer?(host: DhtHost, packet: Uint8Array, from: Endpoint): boolean;
  /** Milliseconds that its answers are held back. */
  readonly slowMs?: number;
}

export interface DhtHostOptions {
  readonly world: World;
  readonly network: UdpNetwork;
  readonly udp: UdpHost;
  readonly writer: KrpcWriter;
  readonly malice?: Malice | undefined;
  /** Its clock runs so many times as fast as the world's, and shows something else. */
  readonly clockRate?: number;
  readonly knowsOwnAddress?: boolean;
  readonly id?: Uint8Array;
  readonly items?: ItemStore;
  readonly queriesPerSecond?: number;
}

export class DhtHost {
  readonly node: DhtNode;
  readonly udp: UdpHost;
  readonly malice: Malice | undefined;
  readonly #options: DhtHostOptions;
  readonly #clockRate: number;
  readonly #clockOffset: number;
  #wakeAt = Number.POSITIVE_INFINITY;
  isUp = false;

  constructor(options: DhtHostOptions) {
    const { world, network, udp, malice } = options;
    this.#options = options;
    this.udp = udp;
    this.malice = malice;
    this.#clockRate = options.clockRate ?? 1;
    this.#clockOffset = options.clockRate === undefined ? 0 : world.prng.below(1_000_000);
    const outside = udp.nat === undefined ? udp.endpoint : Endpoint.from(udp.nat.host, 1)!;
    const externalHost = options.knowsOwnAddress === false ? undefined : outside.hostBytes;
    this.node = new DhtNode(
      {
        sink: {
          send: (packet, to) => {
            if (malice?.slowMs === undefined) network.send(udp, packet, to);
            else {
              const copy = packet.slice();
              world.at(world.now + malice.slowMs, () => network.send(udp, copy, to));
            }
          },
          onIdentity: () => {},
        },
        prng: world.prng,
        secretPrng: world.prng,
        hasher: nodeHasher,
        signatures: nodeSignatures,
        family: 4,
        writer: options.writer,
        externalHost,
        id: options.id ?? createNodeId(externalHost, world.prng),
        queriesPerSecond: options.queriesPerSecond,
      },
      options.items,
    );
    udp.receive = (packet, from) => this.#receive(packet, from);
  }

  get now(): Instant {
    return this.#clockOffset + this.#options.world.now * this.#clockRate;
  }

  start(starts: readonly Endpoint[]): void {
    this.isUp = true;
    for (const endpoint of starts) this.node.addStart(this.now, 'router', endpoint);
    this.node.start(this.now);
    this.after();
  }

  stop(): void {
    this.isUp = false;
    this.node.stop();
    this.#options.network.remove(this.udp);
  }

  /** Sends past the machine. */
  sendRaw(packet: Uint8Array, to: Endpoint): void {
    this.#options.network.send(this.udp, packet, to);
  }

  #receive(packet: Uint8Array, from: Endpoint): void {
    if (!this.isUp) return;
    if (this.malice?.handleQuery !== undefined) {
      const decoded = decodeKrpc(packet);
      if (decoded.ok && decoded.value.kind === 'query' && this.malice.handleQuery(this, decoded.value, from))
        return;
    }
    if (this.malice?.handleAnswer?.(this, packet, from) === true) return;
    this.node.handlePacket(this.now, packet, from);
    this.after();
  }

  /** One wake-up is scheduled at a time; one that comes too early looks again. */
  after(): void {
    if (!this.isUp) return;
    const at = this.node.nextTimeout(this.now);
    if (at >= this.#wakeAt || at === Number.POSITIVE_INFINITY) return;
    this.#wakeAt = at;
    this.#options.world.post((at - this.#clockOffset) / this.#clockRate + 0.001, new Wake(this, at));
  }

  /** It is time, unless an earlier wake-up took its place. */
  wake(at: number): void {
    if (this.#wakeAt !== at || !this.isUp) return;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.node.handleTimeout(this.now);
    this.after();
  }
}

class Wake implements WorldEvent {
  readonly #host: DhtHost;
  readonly #at: number;

  constructor(host: DhtHost, at: number) {
    this.#host = host;
    this.#at = at;
  }

  run(): void {
    this.#host.wake(this.#at);
  }
}
