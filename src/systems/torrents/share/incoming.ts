/** Reads the handshake of an incoming connection to find out which share it is for. Bounded in bytes, time, number. */
import type { Socket } from 'node:net';
import { type Address, parseHost } from '../../../ground/address.ts';
import { isLocalHost } from '../../../ground/endpoint.ts';
import { isOwnHost } from '../../../net/link/node/own-addresses.ts';
import {
  decodeHandshake,
  HANDSHAKE_LENGTH,
  type Handshake,
  isHandshakePrefix,
} from '../swarm/wire/handshake.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Connections that have not said what they want: a flood of them must not eat our descriptors. */
const MAX_UNDECIDED = 200;
/** Of one host: its silence must not keep others out. */
const MAX_UNDECIDED_PER_HOST = 10;

/** Of our own network, or of this machine itself, whatever its address is called. */
function isOwnNetwork({ host }: Address): boolean {
  const bytes = parseHost(host);
  return bytes === undefined || isLocalHost(bytes) || isOwnHost(host);
}

export type Route = (socket: Socket, address: Address, handshake: Handshake, rest: Uint8Array) => boolean;

export class IncomingLinks {
  readonly #route: Route;
  readonly #undecided = new Set<Socket>();
  readonly #perHost = new Map<string, number>();
  /** Somebody from another network has reached us. */
  wasReached = false;

  /** @param route returns false when no share has that info hash */
  constructor(route: Route) {
    this.#route = route;
  }

  accept(socket: Socket, address: Address): void {
    const fromHost = this.#perHost.get(address.host) ?? 0;
    if (this.#undecided.size >= MAX_UNDECIDED || fromHost >= MAX_UNDECIDED_PER_HOST) {
      socket.destroy();
      return;
    }
    this.#undecided.add(socket);
    this.#perHost.set(address.host, fromHost + 1);
    let held: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
    const settle = (): void => {
      clearTimeout(timer);
      if (!this.#undecided.delete(socket)) return;
      const left = this.#perHost.get(address.host)! - 1;
      if (left === 0) this.#perHost.delete(address.host);
      else this.#perHost.set(address.host, left);
      socket.off('data', onData);
      socket.off('close', settle);
    };
    const onData = (chunk: Buffer): void => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (!isHandshakePrefix(held)) {
        settle();
        socket.destroy();
      } else if (held.length >= HANDSHAKE_LENGTH) {
        settle();
        const handshake = decodeHandshake(held)!;
        if (!isOwnNetwork(address)) this.wasReached = true;
        if (!this.#route(socket, address, handshake, held.subarray(HANDSHAKE_LENGTH))) socket.destroy();
      }
    };
    socket.on('data', onData);
    socket.once('close', settle);
  }

  close(): void {
    for (const socket of this.#undecided) socket.destroy();
  }
}
