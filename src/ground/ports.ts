/**
 * Ports: what machines and drivers need from the world, as small synchronous interfaces. `node/` rooms implement them on
 * Node.js, `sim/` in the simulated world; `sim/world/contract.test.ts` runs one suite a port against both.
 */
import type { PeerAddress } from './address.ts';
import type { Endpoint } from './endpoint.ts';
import type { Instant } from './units.ts';

/** Hashing of short inputs on the caller's thread. Bulk hashing is a job for a driver, never for a core. */
export interface Hasher {
  /** 20 bytes. */
  sha1(data: Uint8Array): Uint8Array;
  /** 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
}

/** A source of randomness. A core never calls `Math.random`: the seed of a simulation picks everything. */
export interface Prng {
  /** A whole number, uniform in [0, bound). `bound` is at most 2^32. */
  below(bound: number): number;
  /** Uniform in [0, 1). */
  fraction(): number;
  /** Fills and returns `out`. */
  fill(out: Uint8Array): Uint8Array;
}

/** Time and one-shot timers. Its beginning is arbitrary: only differences mean something. */
export interface Clock {
  now(): Instant;
  /**
   * Runs `action` once, after `ms` or a little later, never within this call.
   * @param holdsProcess the process keeps running for it, though nothing else holds it
   */
  after(ms: number, action: () => void, holdsProcess?: boolean): Timer;
}

export interface Timer {
  /** After it has run this does nothing. */
  cancel(): void;
}

/** What carries links over the internet. */
export type Carrier = 'tcp' | 'utp';

/** Hears what a link does. */
export interface LinkReceiver {
  /** The link stands. Once, and only for a link that was dialled. */
  onConnected(): void;
  /** Bytes in the order in which they were written, in pieces of any length. Valid only during the call. */
  onData(chunk: Uint8Array): void;
  /** The link has ended, from either side. Called once, as the last call. `failure` is absent for an orderly end. */
  onClosed(failure: Error | undefined): void;
}

/** A byte stream to a peer, whatever carries it. */
export interface Link {
  /** Bytes that were written and that the carrier has not taken. */
  readonly unsent: number;
  /** What became of the payload of a link with an encrypted handshake, once it is agreed; other links do not have it. */
  readonly encryption?: 'plaintext' | 'rc4' | undefined;
  /** What carries it; TCP when absent. */
  readonly transport?: Carrier | undefined;
  /** From now on another one hears. */
  setReceiver(receiver: LinkReceiver): void;
  /**
   * Sends; after the end, bytes are dropped. The caller leaves `bytes` as they are until they are taken.
   * @param taken called once, never within `write`: true when the carrier has the bytes, false when they are lost
   */
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void;
  /** Nothing is delivered until `resume`: what the other side sends waits in the carrier, and then at the other side. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then ends. No more data is delivered. */
  close(): void;
  /** Ends now. Bytes that were not sent are lost. */
  destroy(): void;
}

/** Takes a link that another peer opened. It gives the link a receiver during the call, or destroys it. */
export type Acceptor = (link: Link, from: PeerAddress) => void;

/** Opens and accepts links. One implementation a carrier: TCP is one. */
export interface Transport {
  /** Whether addresses of that kind are for this transport. */
  reaches(address: PeerAddress): boolean;
  /** Opens a link to an address that it reaches; the receiver hears how that went. */
  dial(address: PeerAddress, receiver: LinkReceiver): Link;
  /** The receiver of incoming links. Without one they are refused. */
  setAcceptor(acceptor: Acceptor | undefined): void;
}

/** Makes of a transport one whose links say more than bytes: encryption, for example, which greets and then transforms. */
export type Upgrade = (transport: Transport) => Transport;

/** Hears packets. `packet` is valid only during the call. */
export type DatagramReceiver = (packet: Uint8Array, from: Endpoint) => void;

/** The packets of one protocol. They get lost, come twice, late, and in another order. */
export interface Datagrams {
  /** Address families that can be sent to. */
  readonly families: readonly (4 | 6)[];
  /** The port that others see, unless a router changes it; undefined for a family that is missing. */
  portOf(family: 4 | 6): number | undefined;
  /** `packet` may be reused at once. A packet that cannot be sent is lost. */
  send(packet: Uint8Array, to: Endpoint): void;
  /** The same, for a packet that nobody changes any more: it is not copied. */
  sendKept(packet: Uint8Array, to: Endpoint): void;
  /** The system has taken all that was sent: nobody reads those packets any more. */
  readonly hasSentAll: boolean;
  /** The receiver of incoming packets. Without one they are dropped. */
  setReceiver(receiver: DatagramReceiver | undefined): void;
}
