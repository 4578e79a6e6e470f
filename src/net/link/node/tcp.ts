/**
 * Byte streams over TCP. Outgoing connections read into one buffer that all of them share: Node hands it over
 * synchronously (`onread`), and the receiver is done with a chunk when its callback returns.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Address, createAddress } from '../../../ground/address.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';

export interface LinkReceiver {
  onConnected(): void;
  /** Valid only during the call. */
  onData(chunk: Uint8Array): void;
  /** Called once, whoever ended it. `failure` is absent for an orderly end. */
  onClosed(failure: Error | undefined): void;
}

/** Measured best on loopback: larger reads fall out of the cache before they are parsed. */
const READ_LENGTH = 64 * 1024;
const sharedBuffer: Uint8Array<ArrayBuffer> = new Uint8Array(READ_LENGTH);

/** A stream to a peer. Writes after the end are dropped. */
export class TcpLink {
  readonly #socket: Socket;
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static dial(address: Address, receiver: LinkReceiver): TcpLink {
    const socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      onread: {
        buffer: sharedBuffer,
        callback: (length) => {
          if (!link.#isClosed) receiver.onData(sharedBuffer.subarray(0, length));
          return true;
        },
      },
    });
    const link = new TcpLink(socket);
    socket.once('connect', () => receiver.onConnected());
    link.#watch(receiver);
    return link;
  }

  /** Takes over an accepted socket. */
  static accept(socket: Socket, receiver: LinkReceiver): TcpLink {
    const link = new TcpLink(socket);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => {
      if (!link.#isClosed) receiver.onData(chunk);
    });
    link.#watch(receiver);
    return link;
  }

  #watch(receiver: LinkReceiver): void {
    let failure: Error | undefined;
    this.#socket.on('error', (error) => {
      failure = error;
    });
    // `on`, not `once`, which costs two objects more on every connection.
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.on('close', () => {
      this.#isClosed = true;
      receiver.onClosed(failure);
    });
  }

  /** @param taken called when the system has the bytes, or with false when they are lost because the link is gone */
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    if (this.#isClosed || this.#socket.destroyed) {
      if (taken !== undefined) queueMicrotask(() => taken(false));
      return;
    }
    if (taken === undefined) this.#socket.write(bytes);
    else this.#socket.write(bytes, (error) => taken(error === undefined || error === null));
  }

  /** Nothing is read until `resume`: what the other side sends waits in the system's buffers, and then at its own. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Bytes that were written and that the system has not taken. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Sends what was written, then closes. No more data is delivered. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.end();
    // A peer that never reads must not keep the socket: what is unsent after this is lost.
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }
}

/** Until somebody takes it over; the close that follows says all. */
function ignore(): void {}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Well-known range of BitTorrent; the first free port of it is taken when none is asked for. */
const DEFAULT_PORTS: readonly number[] = [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889, 0];

/**
 * Listens on all addresses, IPv6 and IPv4.
 * @param port undefined for the first free one of the usual range, 0 for any
 * @throws ShoalError port-in-use
 */
export async function listenTcp(
  port: number | undefined,
  host: string | undefined,
  onSocket: (socket: Socket, address: Address) => void,
): Promise<Listener> {
  const ports = port === undefined ? DEFAULT_PORTS : [port];
  let failure: unknown;
  for (const candidate of ports) {
    try {
      const server = await bind(candidate, host, onSocket);
      return {
        port: (server.address() as { port: number }).port,
        close: () => new Promise((resolve) => server.close(() => resolve())),
      };
    } catch (error) {
      failure = error;
      if ((error as { code?: string }).code !== 'EADDRINUSE') break;
    }
  }
  const hint = port === undefined ? '' : ` (choose another with --port, or leave it out)`;
  const wrapped = fromSystemError(`cannot listen on port ${port ?? DEFAULT_PORTS[0]}`, failure);
  throw new ShoalError(wrapped.code, `${wrapped.message}${hint}`, failure);
}

async function bind(
  port: number,
  host: string | undefined,
  onSocket: (socket: Socket, address: Address) => void,
): Promise<Server> {
  const hosts = host === undefined ? ['::', '0.0.0.0'] : [host];
  for (const [attempt, bindHost] of hosts.entries()) {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', ignore);
      const address = createAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0);
      if (address === undefined) socket.destroy();
      else onSocket(socket, address);
    });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port, host: bindHost }, () => resolve());
      });
      return server;
    } catch (error) {
      const { code } = error as { code?: string };
      const lacksIpv6 = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
      if (!lacksIpv6 || attempt === hosts.length - 1) throw error;
    }
  }
  throw new ShoalError('io-error', 'no address to listen on');
}
