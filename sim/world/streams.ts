/**
 * The Link and Transport ports between simulated hosts: each host has an uplink and a downlink of a rate, each pair a delay;
 * data arrives in random segments, in order, and a stream may be reset at any moment.
 */
import {
  addressKey,
  createAddress,
  hostKeyOf,
  isInternetAddress,
  type PeerAddress,
} from '../../src/ground/address.ts';
import type { Acceptor, Link, LinkReceiver, Transport } from '../../src/ground/ports.ts';
import type { World } from './world.ts';

export interface HostOptions {
  /** Bytes a second. */
  readonly up: number;
  readonly down: number;
  /** Milliseconds from here to the middle of the network. */
  readonly delayMs: number;
}

const MAX_SEGMENT = 16 * 1024;
const FIRST_EPHEMERAL_PORT = 40_000;

/** A line that sends one thing after the other. */
class Line {
  readonly #rate: number;
  #freeAt = 0;

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** When the last of `bytes` is through, if they come at `at`. */
  reserve(at: number, bytes: number): number {
    this.#freeAt = Math.max(this.#freeAt, at) + (bytes / this.#rate) * 1000;
    return this.#freeAt;
  }
}

export class Host {
  readonly address: PeerAddress;
  readonly options: HostOptions;
  readonly up: Line;
  readonly down: Line;
  isDown = false;
  acceptor: Acceptor | undefined;
  /** By host: bytes that were written to it. */
  readonly sentTo: Map<string, number> = new Map();
  /** Links that it opened get ports from here on, as the other side sees them. */
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(address: PeerAddress, options: HostOptions) {
    this.address = address;
    this.options = options;
    this.up = new Line(options.up);
    this.down = new Line(options.down);
  }

  noteSent(to: Host, bytes: number): void {
    const key = hostKeyOf(to.address);
    this.sentTo.set(key, (this.sentTo.get(key) ?? 0) + bytes);
  }

  /** The source address of a link that this host opens: a port of its own, as TCP has it. */
  drawSource(): PeerAddress {
    if (!isInternetAddress(this.address)) return this.address;
    const port = this.#nextPort++;
    if (this.#nextPort > 65_535) this.#nextPort = FIRST_EPHEMERAL_PORT;
    return createAddress(this.address.host, port)!;
  }
}

const DEAF: LinkReceiver = { onConnected: () => {}, onData: () => {}, onClosed: () => {} };

/** The bytes that reach one end of a stream, in order. */
type Arrival = { readonly segment: Uint8Array } | { readonly failure: Error | undefined };

/** One end of a connection. */
export class SimStream implements Link {
  readonly #world: World;
  readonly #from: Host;
  readonly #to: Host;
  #receiver: LinkReceiver;
  peer: SimStream | undefined;
  isClosed = false;
  unsent = 0;
  /** The line broke: what is not sent yet is lost. */
  #isBroken = false;
  #isPaused = false;
  /** Came while nothing was read. */
  readonly #waiting: Arrival[] = [];
  #arrivesAt = 0;

  constructor(world: World, from: Host, to: Host, receiver: LinkReceiver = DEAF) {
    this.#world = world;
    this.#from = from;
    this.#to = to;
    this.#receiver = receiver;
  }

  setReceiver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  /** Copies the bytes at once; they are taken when the uplink has sent them. */
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    if (this.isClosed) {
      if (taken !== undefined) this.#world.after(0, () => taken(false));
      return;
    }
    let at = 0;
    let sentAt = this.#world.now;
    this.#from.noteSent(this.#to, bytes.length);
    this.unsent += bytes.length;
    while (at < bytes.length) {
      const length = Math.min(bytes.length - at, 1 + this.#world.prng.below(MAX_SEGMENT));
      const segment = bytes.slice(at, at + length);
      at += length;
      sentAt = this.#from.up.reserve(this.#world.now, length);
      const reachesAt = sentAt + this.#from.options.delayMs + this.#to.options.delayMs;
      this.#arrivesAt = Math.max(this.#arrivesAt, this.#to.down.reserve(reachesAt, length));
      this.#world.at(this.#arrivesAt, () => this.#deliver(segment));
    }
    this.#world.at(sentAt, () => {
      this.unsent -= bytes.length;
      taken?.(!this.#isBroken);
    });
  }

  #deliver(segment: Uint8Array): void {
    if (this.peer === undefined || this.#to.isDown) return;
    this.peer.#arrive({ segment });
  }

  #arrive(arrival: Arrival): void {
    if (this.isClosed) return;
    if (this.#isPaused) this.#waiting.push(arrival);
    else this.#take(arrival);
  }

  #take(arrival: Arrival): void {
    if ('segment' in arrival) this.#receiver.onData(arrival.segment);
    else {
      this.isClosed = true;
      this.#isBroken = arrival.failure !== undefined;
      this.#receiver.onClosed(arrival.failure);
    }
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#world.after(0, () => {
      while (!this.#isPaused && !this.isClosed && this.#waiting.length > 0)
        this.#take(this.#waiting.shift()!);
    });
  }

  close(): void {
    this.#end(undefined, Math.max(this.#arrivesAt, this.#world.now));
  }

  destroy(): void {
    this.#end(undefined, this.#world.now);
    this.#isBroken = true;
  }

  /** The line breaks now, for both. */
  reset(): void {
    this.#end(new Error('reset'), this.#world.now);
  }

  /** The process at this end is gone: its receiver gets no more calls. */
  abandon(): void {
    this.#receiver = DEAF;
    this.reset();
  }

  #end(failure: Error | undefined, at: number): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#isBroken = failure !== undefined;
    this.#world.after(0, () => this.#receiver.onClosed(failure));
    const { peer } = this;
    if (peer === undefined) return;
    this.#world.at(at, () => {
      // A broken line is told at once; an orderly end waits behind the data.
      if (failure === undefined) peer.#arrive({ failure });
      else if (!peer.isClosed) peer.#take({ failure });
    });
  }

  /** The far host has taken the connection, or refuses it. */
  handleDialled(far: SimStream | undefined): void {
    if (this.isClosed) return;
    if (far === undefined) {
      this.isClosed = true;
      this.#receiver.onClosed(new Error('refused'));
      return;
    }
    this.peer = far;
    far.peer = this;
    this.#receiver.onConnected();
  }
}

/** The links of one process on one host. */
export class SimTransport implements Transport {
  readonly #network: Network;
  readonly #host: Host;
  readonly #streams = new Set<SimStream>();
  #isDead = false;

  constructor(network: Network, address: PeerAddress) {
    this.#network = network;
    this.#host = network.hosts.get(addressKey(address))!;
  }

  reaches(address: PeerAddress): boolean {
    const own = this.#host.address;
    if (isInternetAddress(own) || isInternetAddress(address))
      return isInternetAddress(own) && isInternetAddress(address);
    return own.network === address.network;
  }

  dial(address: PeerAddress, receiver: LinkReceiver): SimStream {
    const stream = this.#network.dial(this.#host, address, this.#isDead ? DEAF : receiver);
    if (this.#isDead) stream.abandon();
    else this.#streams.add(stream);
    return stream;
  }

  setAcceptor(acceptor: Acceptor | undefined): void {
    this.#host.acceptor =
      acceptor === undefined
        ? undefined
        : (link, from) => {
            for (const stream of this.#streams) if (stream.isClosed) this.#streams.delete(stream);
            this.#streams.add(link as SimStream);
            acceptor(link, from);
          };
  }

  /** The process dies: all its links break, and it hears of none. */
  kill(): void {
    this.#isDead = true;
    this.#host.acceptor = undefined;
    for (const stream of this.#streams) stream.abandon();
  }
}

export class Network {
  readonly #world: World;
  readonly hosts: Map<string, Host> = new Map();
  readonly streams: Set<SimStream> = new Set();

  constructor(world: World) {
    this.#world = world;
  }

  add(address: PeerAddress, options: HostOptions): Host {
    const host = new Host(address, options);
    this.hosts.set(addressKey(address), host);
    return host;
  }

  /** A link from a host to where another one may listen. */
  dial(from: Host, address: PeerAddress, receiver: LinkReceiver): SimStream {
    const to = this.hosts.get(addressKey(address));
    const near = new SimStream(this.#world, from, to ?? from, receiver);
    const roundTripMs = 2 * (from.options.delayMs + (to?.options.delayMs ?? 50));
    this.#world.after(roundTripMs, () => {
      if (near.isClosed) return;
      if (to?.acceptor === undefined || to.isDown || from.isDown) return near.handleDialled(undefined);
      const far = new SimStream(this.#world, to, from);
      near.peer = far;
      far.peer = near;
      to.acceptor(far, from.drawSource());
      if (!near.isClosed) near.handleDialled(far);
      this.streams.add(near);
    });
    return near;
  }

  /** Breaks one random living stream. */
  resetOne(): void {
    const living = [...this.streams].filter((stream) => !stream.isClosed);
    if (living.length > 0) living[this.#world.prng.below(living.length)]!.reset();
    for (const stream of this.streams) if (stream.isClosed) this.streams.delete(stream);
  }
}
