/**
 * One UDP socket per address family, for everything that speaks UDP: the DHT, UDP trackers, uTP. Each protocol gets a
 * Datagrams port of its own. A packet goes to the protocol that its first byte names; the protocols were made so that they
 * can share a socket:
 *
 * - `d`, 0x64: KRPC is a bencoded dictionary (BEP 5); 0x53 is the same, sealed, of a private network.
 * - 0x00: the answer of a UDP tracker begins with an action below 256 in four bytes (BEP 15).
 * - 0x01 to 0x41 with a low half of 1: uTP, version 1 (BEP 29).
 */
import { createSocket, type Socket } from 'node:dgram';
import { Endpoint } from '../../../ground/endpoint.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { DatagramReceiver, Datagrams } from '../../../ground/ports.ts';

export type UdpProtocol = 'dht' | 'tracker' | 'utp';

export const SEALED_FIRST_BYTE = 0x53;
/** Bursts wait in the kernel rather than being lost. */
const BUFFER_BYTES = 1 << 20;

function protocolOf(first: number | undefined): UdpProtocol | undefined {
  if (first === 0x64 || first === SEALED_FIRST_BYTE) return 'dht';
  if (first === 0) return 'tracker';
  if (first !== undefined && (first & 0x0f) === 1 && first <= 0x41) return 'utp';
  return undefined;
}

/** Who sends. Most packets come in rows of one sender. */
class Senders {
  #address = '';
  #port = 0;
  #latest: Endpoint | undefined;

  find(address: string, port: number): Endpoint | undefined {
    if (port !== this.#port || address !== this.#address) {
      // A link-local sender comes with its zone; the address counts without it.
      const zone = address.indexOf('%');
      this.#latest = Endpoint.from(zone < 0 ? address : address.slice(0, zone), port);
      this.#address = address;
      this.#port = port;
    }
    return this.#latest;
  }
}

export class UdpPorts {
  readonly #sockets: ReadonlyMap<4 | 6, Socket>;
  readonly #receivers = new Map<UdpProtocol, DatagramReceiver>();
  #isClosed = false;

  private constructor(sockets: ReadonlyMap<4 | 6, Socket>) {
    this.#sockets = sockets;
    for (const socket of sockets.values()) {
      const senders = new Senders();
      socket.on('message', (packet, { address, port }) => {
        const protocol = protocolOf(packet[0]);
        const receiver = protocol === undefined ? undefined : this.#receivers.get(protocol);
        if (receiver === undefined) return;
        const from = senders.find(address, port);
        if (from !== undefined) receiver(packet, from);
      });
    }
  }

  /**
   * @param port the same for both families; 0 for any
   * @param host an address to bind to: then there is one family; all addresses of both by default
   * @throws ShoalError port-in-use
   */
  static async open(port: number, host?: string): Promise<UdpPorts> {
    const sockets = new Map<4 | 6, Socket>();
    try {
      if (host !== undefined) {
        const family = host.includes(':') ? 6 : 4;
        sockets.set(family, await bind(family, port, host));
      } else {
        const v4 = await bind(4, port, undefined);
        sockets.set(4, v4);
        // A machine without IPv6 has one socket.
        const v6 = await bind(6, v4.address().port, undefined).catch(() => undefined);
        if (v6 !== undefined) sockets.set(6, v6);
      }
      return new UdpPorts(sockets);
    } catch (error) {
      for (const socket of sockets.values()) socket.close();
      const wrapped = fromSystemError(`cannot use UDP port ${port}`, error);
      throw new ShoalError(wrapped.code, wrapped.message, error);
    }
  }

  get families(): (4 | 6)[] {
    return [...this.#sockets.keys()];
  }

  portOf(family: 4 | 6): number | undefined {
    return this.#sockets.get(family)?.address().port;
  }

  /** The packets of one protocol. */
  channel(protocol: UdpProtocol): Datagrams {
    const hasSentAll = (): boolean => this.#hasSentAll;
    return {
      families: this.families,
      get hasSentAll() {
        return hasSentAll();
      },
      portOf: (family) => this.portOf(family),
      // The system may be busy: then Node.js keeps the packet, not a copy, until it is not.
      send: (packet, to) => this.#send(Buffer.from(packet), to),
      sendKept: (packet, to) => this.#send(packet, to),
      setReceiver: (receiver) => {
        if (receiver === undefined) this.#receivers.delete(protocol);
        else this.#receivers.set(protocol, receiver);
      },
    };
  }

  get #hasSentAll(): boolean {
    if (this.#isClosed) return true;
    for (const socket of this.#sockets.values()) if (socket.getSendQueueCount() > 0) return false;
    return true;
  }

  #send(packet: Uint8Array, to: Endpoint): void {
    if (!this.#isClosed) this.#sockets.get(to.family)?.send(packet, to.port, to.host);
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets.values()) socket.close();
  }
}

function bind(family: 4 | 6, port: number, host: string | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      ipv6Only: family === 6,
      recvBufferSize: BUFFER_BYTES,
      sendBufferSize: BUFFER_BYTES,
      // Hosts are addresses already; Node's own lookup would put each packet off by a turn of the loop.
      lookup: (name, _options, callback) => callback(null, name, family),
    });
    const fail = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ port, ...(host === undefined ? {} : { address: host }) }, () => {
      socket.off('error', fail);
      // Unreachable networks and refused ports are reported here: the query simply stays unanswered.
      socket.on('error', () => {});
      socket.unref();
      resolve(socket);
    });
  });
}
