/**
 * The Transport port over TCP. Outgoing connections read into one buffer that all of them share: Node hands it over
 * synchronously (`onread`), and the receiver is done with a chunk when its callback returns.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createAddress, isInternetAddress, type PeerAddress } from '../../../ground/address.ts';
import { assert } from '../../../ground/assert.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Acceptor, Link, LinkReceiver, Transport } from '../../../ground/ports.ts';

/** Measured best on loopback: larger reads fall out of the cache before they are parsed. */
const READ_LENGTH = 64 * 1024;
const sharedBuffer: Uint8Array<ArrayBuffer> = new Uint8Array(READ_LENGTH);

/** A peer that never reads must not keep the socket: what is unsent so long after `close` is lost. */
const LINGER_MS = 1000;

/** Ignores all calls, until the acceptor sets the receiver. */
const DEAF: LinkReceiver = { onConnected: () => {}, onData: () => {}, onClosed: () => {} };

class TcpLink implements Link {
  readonly #socket: Socket;
  #receiver: LinkReceiver;
  #isClosed = false;

  private constructor(socket: Socket, receiver: LinkReceiver) {
    this.#socket = socket;
    this.#receiver = receiver;
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    // `on`, not `once`, which costs two objects more on every connection.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.#isClosed = true;
      this.#receiver.onClosed(failure);
    });
  }

  static dial(host: string, port: number, receiver: LinkReceiver): TcpLink {
    const socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: sharedBuffer,
        callback: (length) => {
          if (!link.#isClosed) link.#receiver.onData(sharedBuffer.subarray(0, length));
          return true;
        },
      },
    });
    const link = new TcpLink(socket, receiver);
    socket.once('connect', () => link.#receiver.onConnected());
    return link;
  }

  static accept(socket: Socket): TcpLink {
    const link = new TcpLink(socket, DEAF);
    socket.on('data', (chunk: Uint8Array) => {
      if (!link.#isClosed) link.#receiver.onData(chunk);
    });
    return link;
  }

  setReceiver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    if (this.#isClosed || this.#socket.destroyed) {
      if (taken !== undefined) queueMicrotask(() => taken(false));
      return;
    }
    if (taken === undefined) this.#socket.write(bytes);
    else this.#socket.write(bytes, (error) => taken(error === undefined || error === null));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  destroy(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }
}

/** The well-known range of BitTorrent. Without a port we take the first free one of it. */
const DEFAULT_PORTS: readonly number[] = [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889, 0];

export interface TcpOptions {
  /** Undefined for the first free one of the usual range, 0 for any. */
  readonly port?: number | undefined;
  /** All addresses, IPv6 and IPv4, by default. */
  readonly host?: string | undefined;
}

export class TcpTransport implements Transport {
  /** Where it listens. */
  readonly port: number;
  readonly #server: Server;
  #acceptor: Acceptor | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
    server.on('connection', (socket: Socket) => {
      const from = createAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0);
      const link = TcpLink.accept(socket);
      if (from === undefined || this.#acceptor === undefined) link.destroy();
      else this.#acceptor(link, from);
    });
  }

  /** @throws ShoalError port-in-use */
  static async listen({ port, host }: TcpOptions = {}): Promise<TcpTransport> {
    const ports = port === undefined ? DEFAULT_PORTS : [port];
    let failure: unknown;
    for (const candidate of ports) {
      try {
        return new TcpTransport(await bind(candidate, host));
      } catch (error) {
        failure = error;
        if ((error as { code?: string }).code !== 'EADDRINUSE') break;
      }
    }
    const hint = port === undefined ? '' : ` (choose another with --port, or leave it out)`;
    const wrapped = fromSystemError(`cannot listen on port ${port ?? DEFAULT_PORTS[0]}`, failure);
    throw new ShoalError(wrapped.code, `${wrapped.message}${hint}`, failure);
  }

  reaches(address: PeerAddress): boolean {
    return isInternetAddress(address);
  }

  dial(address: PeerAddress, receiver: LinkReceiver): Link {
    assert(isInternetAddress(address), 'TCP reaches internet addresses only');
    return TcpLink.dial(address.host, address.port, receiver);
  }

  setAcceptor(acceptor: Acceptor | undefined): void {
    this.#acceptor = acceptor;
  }

  /** Listens no more; resolves when all links that others opened have ended. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

async function bind(port: number, host: string | undefined): Promise<Server> {
  const hosts = host === undefined ? ['::', '0.0.0.0'] : [host];
  for (const [attempt, bindHost] of hosts.entries()) {
    const server = createServer({ noDelay: true });
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
