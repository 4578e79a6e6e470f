/** What the simulations of uTP share: transports on a bottleneck, streams that are filled and emptied, and a TCP beside them. */
import { Endpoint } from '../../src/ground/endpoint.ts';
import type { Link, LinkReceiver } from '../../src/ground/ports.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { UtpTransport } from '../../src/net/utp/node/transport.ts';
import { SimClock } from '../world/clock.ts';
import type { SimClockOptions } from '../world/clock.ts';
import { World } from '../world/world.ts';
import { BottleneckNetwork, type BottleneckOptions, type Line, type LineHost } from './bottleneck.ts';

export interface Side {
  readonly transport: UtpTransport;
  readonly host: LineHost;
  readonly endpoint: Endpoint;
}

export class Rig {
  readonly world: World;
  readonly network: BottleneckNetwork;
  #hosts = 0;

  constructor(seed: number, right: BottleneckOptions, left?: BottleneckOptions) {
    this.world = new World(seed);
    this.network = new BottleneckNetwork(this.world, right, left);
  }

  /** @param network the first part of its address: on loopback packets are larger */
  add(side: 'left' | 'right', clock?: SimClockOptions, network: number = side === 'left' ? 81 : 82): Side {
    const { world } = this;
    const endpoint = Endpoint.from(`${network}.0.0.${++this.#hosts}`, 6881)!;
    const host = this.network.add(endpoint, side);
    const transport = new UtpTransport({
      datagrams: host,
      clock: new SimClock(world, clock),
      prng: createPrng(world.prng.below(1 << 30)),
    });
    return { transport, host, endpoint };
  }
}

export const receiver = (own: Partial<LinkReceiver> = {}): LinkReceiver => ({
  onConnected: () => {},
  onData: () => {},
  onClosed: () => {},
  ...own,
});

const CHUNK = 64 * 1024;

export interface Flow {
  /** Bytes that arrived. */
  received: number;
  link: Link & { readonly congestionWindowBytes: number; readonly packetBytes: number };
}

/** Fills a stream from one side to the other for as long as the world runs. */
export function flow(from: Side, to: Side): Flow {
  const chunk = new Uint8Array(CHUNK);
  const result = { received: 0 } as Flow;
  to.transport.setAcceptor((link) =>
    link.setReceiver(receiver({ onData: ({ length }) => void (result.received += length) })),
  );
  const fill = (): void => result.link.write(chunk, (isSent) => isSent && fill());
  result.link = from.transport.dial(
    { host: to.endpoint.host, port: to.endpoint.port },
    receiver({
      onConnected: () => {
        fill();
        fill();
      },
    }),
  ) as Flow['link'];
  return result;
}

/** A TCP of the classic kind (Reno, RFC 5681) with selective acknowledgements, as far as its window matters to others. */
export class Reno {
  received = 0;
  window = 10;
  #threshold = Number.POSITIVE_INFINITY;
  #inFlight = 0;
  #cutUntil = 0;
  #isStopped = false;
  readonly #world: World;
  readonly #there: Line;
  readonly #back: Line;

  constructor(world: World, there: Line, back: Line) {
    this.#world = world;
    this.#there = there;
    this.#back = back;
  }

  stop(): void {
    this.#isStopped = true;
  }

  start(): void {
    while (!this.#isStopped && this.#inFlight < this.window) this.#send();
  }

  #send(): void {
    this.#inFlight++;
    const sentAt = this.#world.now;
    let isSettled = false;
    this.#there.send(1460, () => {
      this.received += 1460;
      this.#back.send(40, () => {
        isSettled = true;
        this.#inFlight--;
        this.window += this.window < this.#threshold ? 1 : 1 / this.window;
        this.start();
      });
    });
    // Its loss is known after about a round trip: what was sent behind it has been acknowledged by then.
    const waitMs = this.#there.queueMs + 2 * this.#there.options.delayMs + 50;
    this.#world.after(waitMs, () => {
      if (isSettled) return;
      this.#inFlight--;
      if (sentAt >= this.#cutUntil) {
        this.window = Math.max(2, this.window / 2);
        this.#threshold = this.window;
        this.#cutUntil = this.#world.now;
      }
      this.start();
    });
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1] ?? 0;
}
