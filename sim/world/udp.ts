/**
 * The Datagrams port between simulated hosts: delays of a distribution, loss, duplication, reordering, packets that are too large,
 * partitions, and NATs. The seed picks every fault.
 */
import { Endpoint } from '../../src/ground/endpoint.ts';
import type { DatagramReceiver, Datagrams } from '../../src/ground/ports.ts';
import type { Nat } from './nat.ts';
import type { World, WorldEvent } from './world.ts';

export interface UdpFaults {
  /** 0 to 1. */
  readonly loss: number;
  readonly duplication: number;
  /** Packets that take this much longer, so that later ones overtake them. */
  readonly reordering: number;
  /** Payload bytes; what is larger vanishes. */
  readonly mtu: number;
}

export const GOOD_WEATHER: UdpFaults = { loss: 0, duplication: 0, reordering: 0, mtu: 1472 };
const REORDER_MS = 200;

export class UdpHost implements Datagrams {
  readonly families: readonly (4 | 6)[] = [4];
  readonly hasSentAll = true;
  readonly endpoint: Endpoint;
  /** One way to the middle of the network, in milliseconds. */
  readonly delayMs: number;
  readonly nat: Nat | undefined;
  receive: DatagramReceiver | undefined;
  /** Hosts of different groups can't reach each other while the network is partitioned. */
  group = 0;
  packetsIn = 0;
  packetsOut = 0;
  bytesIn = 0;
  bytesOut = 0;

  readonly #network: UdpNetwork;

  constructor(network: UdpNetwork, endpoint: Endpoint, delayMs: number, nat: Nat | undefined) {
    this.#network = network;
    this.endpoint = endpoint;
    this.delayMs = delayMs;
    this.nat = nat;
  }

  portOf(family: 4 | 6): number | undefined {
    return family === 4 ? this.endpoint.port : undefined;
  }

  send(packet: Uint8Array, to: Endpoint): void {
    this.#network.send(this, packet, to);
  }

  sendKept(packet: Uint8Array, to: Endpoint): void {
    this.#network.send(this, packet, to);
  }

  setReceiver(receiver: DatagramReceiver | undefined): void {
    this.receive = receiver;
  }
}

/** A packet under way: one object, since there are millions. */
class Delivery implements WorldEvent {
  readonly #network: UdpNetwork;
  readonly #sender: UdpHost;
  readonly #packet: Uint8Array;
  readonly #from: Endpoint;
  readonly #to: Endpoint;

  constructor(network: UdpNetwork, sender: UdpHost, packet: Uint8Array, from: Endpoint, to: Endpoint) {
    this.#network = network;
    this.#sender = sender;
    this.#packet = packet;
    this.#from = from;
    this.#to = to;
  }

  run(): void {
    this.#network.deliver(this.#sender, this.#packet, this.#from, this.#to);
  }
}

/** Copies of packets, cut from large chunks: millions of small buffers cost more than the packets in them. */
class PacketArena {
  #chunk = new Uint8Array(0);
  #at = 0;

  copy(packet: Uint8Array): Uint8Array {
    if (this.#at + packet.length > this.#chunk.length) {
      this.#chunk = new Uint8Array(1 << 20);
      this.#at = 0;
    }
    const copy = this.#chunk.subarray(this.#at, this.#at + packet.length);
    copy.set(packet);
    this.#at += packet.length;
    return copy;
  }
}

export class UdpNetwork {
  readonly #world: World;
  /** By outside host: the host itself, or its NAT's. */
  readonly #hosts = new Map<string, UdpHost>();
  /** Behind NATs, by inside host. */
  readonly #inside = new Map<string, UdpHost>();
  faults: UdpFaults;
  isPartitioned = false;
  readonly #arena = new PacketArena();
  sent = 0;
  lost = 0;

  constructor(world: World, faults: UdpFaults = GOOD_WEATHER) {
    this.#world = world;
    this.faults = faults;
  }

  /** @param nat its host is where the node is seen from outside; several hosts may share one */
  add(endpoint: Endpoint, delayMs: number, nat?: Nat): UdpHost {
    const host = new UdpHost(this, endpoint, delayMs, nat);
    if (nat === undefined) this.#hosts.set(endpoint.host, host);
    else {
      this.#inside.set(endpoint.host, host);
      this.#hosts.set(nat.host, host);
    }
    return host;
  }

  remove(host: UdpHost): void {
    host.receive = undefined;
    this.#hosts.delete(host.nat?.host ?? host.endpoint.host);
    this.#inside.delete(host.endpoint.host);
  }

  /** A delay as measured in the wide: most tens of milliseconds, some hundreds. */
  drawDelay(): number {
    const { prng } = this.#world;
    return 5 + 25 * -Math.log(1 - prng.fraction()) + (prng.below(20) === 0 ? 100 : 0);
  }

  /** `packet` may be reused afterwards. */
  send(from: UdpHost, packet: Uint8Array, to: Endpoint): void {
    const world = this.#world;
    const { loss, duplication, reordering, mtu } = this.faults;
    this.sent++;
    from.packetsOut++;
    from.bytesOut += packet.length;
    const seen =
      from.nat?.translateOut(world.now, from.endpoint.host, from.endpoint.port, to) ?? from.endpoint;
    if (packet.length > mtu || (loss > 0 && world.prng.fraction() < loss)) {
      this.lost++;
      return;
    }
    const target = this.#hosts.get(to.host);
    if (target === undefined) return;
    const copy = this.#arena.copy(packet);
    const delay = from.delayMs + target.delayMs + 2 * world.prng.fraction();
    const late = reordering > 0 && world.prng.fraction() < reordering ? REORDER_MS : 0;
    world.post(world.now + delay + late, new Delivery(this, from, copy, seen, to));
    if (duplication > 0 && world.prng.fraction() < duplication) {
      world.post(
        world.now + delay + 5 + 50 * world.prng.fraction(),
        new Delivery(this, from, copy, seen, to),
      );
    }
  }

  /** Called when a packet arrives. */
  deliver(sender: UdpHost, packet: Uint8Array, from: Endpoint, to: Endpoint): void {
    let target = this.#hosts.get(to.host);
    if (target === undefined || (this.isPartitioned && target.group !== sender.group)) return;
    if (target.nat !== undefined) {
      const inside = target.nat.translateIn(this.#world.now, to.port, from);
      target = inside === undefined ? undefined : this.#inside.get(inside.host);
      if (target === undefined || inside!.port !== target.endpoint.port) return;
    } else if (target.endpoint.port !== to.port) return;
    target.packetsIn++;
    target.bytesIn += packet.length;
    target.receive?.(packet, from);
  }
}

/** Public IPv4 addresses, spread as in the wide: no two hosts in one /24 unless the world is very full. */
export function drawPublicEndpoint(world: World, taken: Set<string>): Endpoint {
  for (;;) {
    const a = 1 + world.prng.below(222);
    const [b, c, d] = [world.prng.below(256), world.prng.below(256), 1 + world.prng.below(254)];
    const isSpecial = a === 10 || a === 127 || a === 169 || a === 172 || a === 192 || a === 100;
    const host = `${a}.${b}.${c}.${d}`;
    if (isSpecial || taken.has(host)) continue;
    taken.add(host);
    return Endpoint.from(host, 6881 + world.prng.below(1000))!;
  }
}
