/**
 * A DHT node in the simulated world: the service that ships, on a simulated socket, with a clock of its own that may be
 * fast or slow. `Malice` makes it an adversary by what its socket takes in and lets out; its service stays as it is.
 */
import type { DhtNode } from '../../src/net/dht/core/dht-node.ts';
import { DhtService } from '../../src/net/dht/node/service.ts';
import { decodeKrpc, type KrpcMessage } from '../../src/net/dht/wire/krpc.ts';
import type { KrpcWriter } from '../../src/net/dht/wire/krpc-writer.ts';
import { Endpoint } from '../../src/ground/endpoint.ts';
import type { Datagrams } from '../../src/ground/ports.ts';
import { createNodeId } from '../../src/net/dht/wire/node-id.ts';
import type { Instant } from '../../src/ground/units.ts';
import { SimClock } from '../world/clock.ts';
import type { UdpHost, UdpNetwork } from '../world/udp.ts';
import type { World } from '../world/world.ts';

export interface Malice {
  readonly kind: string;
  /** Sees each query before the service; true when it has dealt with it. */
  handleQuery?(host: DhtHost, query: KrpcMessage, from: Endpoint): boolean;
  /** Sees each packet that is no query before the service; true when it has dealt with it. */
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
  /** Resolves host names; without it no name resolves. */
  readonly names?: ReadonlyMap<string, readonly string[]>;
}

export class DhtHost {
  readonly service: DhtService;
  readonly node: DhtNode;
  readonly udp: UdpHost;
  readonly clock: SimClock;
  readonly malice: Malice | undefined;
  readonly #options: DhtHostOptions;
  isUp = false;

  constructor(options: DhtHostOptions) {
    const { world, udp, malice, writer, clockRate } = options;
    this.#options = options;
    this.udp = udp;
    this.malice = malice;
    const offsetMs = clockRate === undefined ? 0 : world.prng.below(1_000_000);
    this.clock = new SimClock(world, { rate: clockRate ?? 1, offsetMs });
    const outside = udp.nat === undefined ? udp.endpoint : Endpoint.from(udp.nat.host, 1)!;
    const externalHost = options.knowsOwnAddress === false ? undefined : outside.hostBytes;
    this.service = new DhtService({
      datagrams: malice === undefined ? udp : this.#corrupt(malice),
      clock: this.clock,
      random: { prng: world.prng, secretPrng: world.prng },
      writer,
      routers: [],
      resolveName: async (host) => options.names?.get(host) ?? [],
      saved: [
        { family: 4, id: options.id ?? createNodeId(externalHost, world.prng), externalHost, contacts: [] },
      ],
    });
    this.node = this.service.nodes[0]!;
  }

  get now(): Instant {
    return this.clock.now();
  }

  start(starts: readonly Endpoint[]): void {
    this.isUp = true;
    for (const { host, port } of starts) this.service.addNode('router', host, port);
    this.service.start();
  }

  /** The process is gone, without a word. */
  stop(): void {
    this.isUp = false;
    this.clock.stop();
    this.service.close();
    this.#options.network.remove(this.udp);
  }

  /** Sends past the service. */
  sendRaw(packet: Uint8Array, to: Endpoint): void {
    this.#options.network.send(this.udp, packet, to);
  }

  #corrupt(malice: Malice): Datagrams {
    const { world } = this.#options;
    const { udp } = this;
    const send = (packet: Uint8Array, to: Endpoint): void => {
      if (malice.slowMs === undefined) return udp.send(packet, to);
      const copy = packet.slice();
      world.after(malice.slowMs, () => udp.send(copy, to));
    };
    return {
      families: udp.families,
      hasSentAll: true,
      portOf: (family) => udp.portOf(family),
      send,
      sendKept: send,
      setReceiver: (receiver) =>
        udp.setReceiver(
          receiver === undefined
            ? undefined
            : (packet, from) => {
                if (!this.#intercept(malice, packet, from)) receiver(packet, from);
              },
        ),
    };
  }

  /** True when the malice has dealt with the packet. */
  #intercept(malice: Malice, packet: Uint8Array, from: Endpoint): boolean {
    if (malice.handleQuery !== undefined) {
      const decoded = decodeKrpc(packet);
      if (decoded.ok && decoded.value.kind === 'query' && malice.handleQuery(this, decoded.value, from))
        return true;
    }
    return malice.handleAnswer?.(this, packet, from) === true;
  }
}
