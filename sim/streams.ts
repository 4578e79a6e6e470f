/**
 * Byte streams between simulated hosts: each host has an uplink and a downlink of a rate, each pair a delay; data
 * arrives in random segments, in order, and a stream may be reset at any moment. The contract is that of a TCP link
 * (`LinkReceiver`): `sim/contract.test.ts` runs one suite against both.
 */
import type { World } from './world.ts';

export interface StreamReceiver {
  onConnected(): void;
  onData(chunk: Uint8Array): void;
  /** Once, whoever ended it. */
  onClosed(failure: Error | undefined): void;
}

export interface HostOptions {
  /** Bytes a second. */
  readonly up: number;
  readonly down: number;
  /** Milliseconds from here to the middle of the network. */
  readonly delayMs: number;
}

const MAX_SEGMENT = 16 * 1024;

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
  readonly options: HostOptions;
  readonly up: Line;
  readonly down: Line;
  isDown = false;
  /** Takes a connection: returns who hears it, or undefined to refuse. */
  accept: ((stream: SimStream, from: string) => StreamReceiver | undefined) | undefined;

  constructor(options: HostOptions) {
    this.options = options;
    this.up = new Line(options.up);
    this.down = new Line(options.down);
  }
}

export class SimStream {
  readonly #world: World;
  readonly #from: Host;
  readonly #to: Host;
  receiver: StreamReceiver | undefined;
  peer: SimStream | undefined;
  isClosed = false;
  /** The line broke: what is not sent yet is lost. */
  #isBroken = false;
  #arrivesAt = 0;

  constructor(world: World, from: Host, to: Host) {
    this.#world = world;
    this.#from = from;
    this.#to = to;
  }

  isTo(host: Host): boolean {
    return this.#to === host;
  }

  /** @param taken called when the uplink has sent the bytes, or with false when they are lost because the stream is gone */
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    if (this.isClosed) {
      if (taken !== undefined) this.#world.after(0, () => taken(false));
      return;
    }
    let at = 0;
    let sentAt = this.#world.now;
    while (at < bytes.length) {
      const length = Math.min(bytes.length - at, 1 + this.#world.prng.below(MAX_SEGMENT));
      const segment = bytes.slice(at, at + length);
      at += length;
      sentAt = this.#from.up.reserve(this.#world.now, length);
      const reachesAt = sentAt + this.#from.options.delayMs + this.#to.options.delayMs;
      this.#arrivesAt = Math.max(this.#arrivesAt, this.#to.down.reserve(reachesAt, length));
      this.#world.at(this.#arrivesAt, () => this.#deliver(segment));
    }
    if (taken !== undefined) this.#world.at(sentAt, () => taken(!this.#isBroken));
  }

  #deliver(segment: Uint8Array): void {
    const peer = this.peer;
    if (peer === undefined || peer.isClosed || this.#to.isDown) return;
    peer.receiver?.onData(segment);
  }

  /** An orderly end: what was written still arrives. */
  close(): void {
    this.#end(undefined, Math.max(this.#arrivesAt, this.#world.now));
  }

  /** The line breaks now, for both. */
  reset(): void {
    this.#end(new Error('reset'), this.#world.now);
    if (!this.isClosed) this.isClosed = true;
  }

  #end(failure: Error | undefined, at: number): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#isBroken = failure !== undefined;
    const { receiver, peer } = this;
    this.#world.after(0, () => receiver?.onClosed(failure));
    this.#world.at(at, () => {
      if (peer === undefined || peer.isClosed) return;
      peer.isClosed = true;
      peer.#isBroken = failure !== undefined;
      peer.receiver?.onClosed(failure);
    });
  }
}

export class Network {
  readonly #world: World;
  readonly hosts: Map<string, Host> = new Map();
  readonly streams: Set<SimStream> = new Set();

  constructor(world: World) {
    this.#world = world;
  }

  add(name: string, options: HostOptions): Host {
    const host = new Host(options);
    this.hosts.set(name, host);
    return host;
  }

  dial(fromName: string, toName: string, receiver: StreamReceiver): SimStream {
    const from = this.hosts.get(fromName)!;
    const to = this.hosts.get(toName);
    const near = new SimStream(this.#world, from, to ?? from);
    near.receiver = receiver;
    const roundTripMs = 2 * (from.options.delayMs + (to?.options.delayMs ?? 50));
    this.#world.after(roundTripMs, () => {
      if (near.isClosed) return;
      const far = new SimStream(this.#world, to ?? from, from);
      const answer = to === undefined || to.isDown || from.isDown ? undefined : to.accept?.(far, fromName);
      if (answer === undefined) {
        near.isClosed = true;
        receiver.onClosed(new Error('refused'));
        return;
      }
      far.receiver = answer;
      near.peer = far;
      far.peer = near;
      this.streams.add(near);
      receiver.onConnected();
    });
    return near;
  }

  /** Breaks one random living stream. */
  resetOne(): void {
    const living = [...this.streams].filter((stream) => !stream.isClosed);
    if (living.length > 0) living[this.#world.prng.below(living.length)]!.reset();
    for (const stream of this.streams) if (stream.isClosed) this.streams.delete(stream);
  }

  /** A host goes: all its streams break. */
  takeDown(name: string, streams: Iterable<SimStream>): void {
    this.hosts.get(name)!.isDown = true;
    for (const stream of streams) stream.reset();
  }
}
