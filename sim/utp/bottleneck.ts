/**
 * A way through one router, in both directions: packets wait in a queue of given length for a line of given rate, then take
 * their time. What congestion control is about; `sim/world/udp.ts` has no rates.
 */
import type { Endpoint } from '../../src/ground/endpoint.ts';
import type { DatagramReceiver, Datagrams } from '../../src/ground/ports.ts';
import type { World } from '../world/world.ts';

export interface BottleneckOptions {
  readonly bytesPerSecond: number;
  /** One way, without queueing. */
  readonly delayMs: number;
  /** Bytes that may wait; what comes beyond is dropped. */
  readonly queueBytes: number;
  /** 0 to 1. */
  readonly loss?: number;
  readonly duplication?: number;
  /** Packets that take a quarter of the delay longer, so that later ones overtake them. */
  readonly reordering?: number;
  /** Bytes of UDP; what is larger vanishes. */
  readonly mtu?: number;
}

/** Headers of IPv4 and UDP. */
const OVERHEAD_BYTES = 28;

/** One direction. */
export class Line {
  readonly #world: World;
  options: BottleneckOptions;
  /** When the line has sent all that waits. */
  #freeAt = 0;
  /** Milliseconds that the packets of the last while waited, one each. */
  readonly waits: number[] = [];
  sentBytes = 0;
  dropped = 0;

  constructor(world: World, options: BottleneckOptions) {
    this.#world = world;
    this.options = options;
  }

  /** What a packet that came now would wait. */
  get queueMs(): number {
    return Math.max(0, this.#freeAt - this.#world.now);
  }

  /** @param arrive called when it is at the other end; not when it is lost */
  send(length: number, arrive: () => void): void {
    const { bytesPerSecond, delayMs, queueBytes, loss, duplication, reordering, mtu = 1472 } = this.options;
    const world = this.#world;
    const { prng } = world;
    const waitMs = this.queueMs;
    const isFull = (waitMs * bytesPerSecond) / 1000 + length > queueBytes;
    if (length > mtu || isFull || (loss !== undefined && prng.fraction() < loss)) {
      this.dropped++;
      return;
    }
    this.waits.push(waitMs);
    this.sentBytes += length + OVERHEAD_BYTES;
    this.#freeAt = world.now + waitMs + ((length + OVERHEAD_BYTES) * 1000) / bytesPerSecond;
    const isLate = reordering !== undefined && prng.fraction() < reordering;
    const arrival = this.#freeAt + delayMs * (isLate ? 1.25 : 1);
    world.at(arrival, arrive);
    if (duplication !== undefined && prng.fraction() < duplication) world.at(arrival + 1, arrive);
  }
}

/** A host on one side of the router. */
export class LineHost implements Datagrams {
  readonly families: readonly (4 | 6)[] = [4];
  readonly hasSentAll = true;
  readonly endpoint: Endpoint;
  readonly #network: BottleneckNetwork;
  readonly #line: Line;
  receive: DatagramReceiver | undefined;
  packetsOut = 0;
  bytesOut = 0;
  /** Sees packets before they leave; false drops one. */
  inspect: ((packet: Uint8Array, to: Endpoint) => boolean) | undefined;

  constructor(network: BottleneckNetwork, endpoint: Endpoint, line: Line) {
    this.#network = network;
    this.endpoint = endpoint;
    this.#line = line;
  }

  portOf(): number {
    return this.endpoint.port;
  }

  send(packet: Uint8Array, to: Endpoint): void {
    this.packetsOut++;
    this.bytesOut += packet.length;
    if (this.inspect?.(packet, to) === false) return;
    const copy = packet.slice();
    this.#line.send(packet.length, () => this.#network.find(to)?.receive?.(copy, this.endpoint));
  }

  sendKept(packet: Uint8Array, to: Endpoint): void {
    this.send(packet, to);
  }

  setReceiver(receiver: DatagramReceiver | undefined): void {
    this.receive = receiver;
  }
}

/** Hosts on the left send over one line, hosts on the right over the other. */
export class BottleneckNetwork {
  readonly #hosts = new Map<string, LineHost>();
  readonly right: Line;
  readonly left: Line;

  constructor(world: World, right: BottleneckOptions, left: BottleneckOptions = right) {
    this.right = new Line(world, right);
    this.left = new Line(world, left);
  }

  add(endpoint: Endpoint, side: 'left' | 'right'): LineHost {
    const host = new LineHost(this, endpoint, side === 'left' ? this.right : this.left);
    this.#hosts.set(`${endpoint.host}:${endpoint.port}`, host);
    return host;
  }

  find({ host, port }: Endpoint): LineHost | undefined {
    return this.#hosts.get(`${host}:${port}`);
  }
}
