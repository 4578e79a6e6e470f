/**
 * Multicast for local discovery: a socket a family that hears the group on every interface and sends on each of them in
 * turn. Interfaces that come and go are noticed. Packets live for one hop, and packets from outside of our networks are not
 * read: nothing leaves the local network and nothing comes in.
 */
import { createSocket, type Socket } from 'node:dgram';
import { BlockList } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Address } from '../../../ground/address.ts';
import type { Filter } from '../../../ground/filter.ts';
import { createSystemPrng } from '../../../ground/node/random.ts';
import { LocalDiscovery } from '../core/discovery.ts';
import { GROUPS, LSD_PORT } from '../wire/message.ts';

const LOOK_MS = 10_000;

export interface LsdServiceOptions {
  /** The TCP port that we listen on. */
  readonly port: number;
  readonly onPeer: (infoHash: Uint8Array, address: Address) => void;
  /** Ignores announces of denied hosts and of denied info hashes, and does not announce the latter. */
  readonly filter?: Filter | undefined;
}

interface Interface {
  readonly name: string;
  readonly family: 4 | 6;
  readonly address: string;
  readonly cidr: string;
}

export class LsdService {
  readonly #options: LsdServiceOptions;
  readonly #discovery: LocalDiscovery;
  readonly #sockets = new Map<4 | 6, Socket>();
  #interfaces = new Map<string, Interface>();
  #local = new BlockList();
  #timer: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;
  #isClosed = false;

  private constructor(options: LsdServiceOptions) {
    this.#options = options;
    const cookie = createSystemPrng().below(0x1_0000_0000).toString(16);
    this.#discovery = new LocalDiscovery(options.port, cookie, options.filter);
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
    this.#watch.unref();
  }

  /** Never fails: where multicast does not work there are simply no neighbours. */
  static async open(options: LsdServiceOptions): Promise<LsdService> {
    const service = new LsdService(options);
    for (const family of [4, 6] as const) {
      const socket = await bind(family).catch(() => undefined);
      if (socket === undefined) continue;
      socket.on('message', (packet, { address }) => service.#receive(packet, address, family));
      service.#sockets.set(family, socket);
    }
    service.#look();
    return service;
  }

  add(infoHash: Uint8Array): void {
    this.#discovery.add(performance.now(), infoHash);
    this.#step();
  }

  delete(infoHash: Uint8Array): void {
    this.#discovery.delete(infoHash);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #receive(packet: Uint8Array, from: string, family: 4 | 6): void {
    const zone = from.indexOf('%');
    const host = zone < 0 ? from : from.slice(0, zone);
    if (!this.#local.check(host, family === 4 ? 'ipv4' : 'ipv6')) return;
    const heard = this.#discovery.handlePacket(performance.now(), packet, host);
    if (heard === undefined) return;
    for (const infoHash of heard.infoHashes) this.#options.onPeer(infoHash, heard.address);
  }

  #step(): void {
    if (this.#isClosed) return;
    const now = performance.now();
    const message = this.#discovery.poll(now);
    if (message !== undefined) {
      for (const [family, socket] of this.#sockets) {
        const packet = this.#discovery.encode(message, family);
        for (const entry of this.#interfaces.values())
          if (entry.family === family) sendOn(socket, entry, packet);
      }
    }
    clearTimeout(this.#timer);
    const next = this.#discovery.nextTimeout();
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#step(), Math.max(20, next - now));
    this.#timer.unref();
  }

  /** Compares the interfaces with those of the last look. */
  #look(): void {
    if (this.#isClosed) return;
    const found = new Map<string, Interface>();
    const local = new BlockList();
    for (const [name, entries] of Object.entries(networkInterfaces())) {
      for (const entry of entries ?? []) {
        const known = describe(name, entry);
        if (known === undefined) continue;
        found.set(`${name} ${known.family} ${known.cidr}`, known);
        const [network, bits] = known.cidr.split('/');
        local.addSubnet(network!, Number(bits), known.family === 4 ? 'ipv4' : 'ipv6');
      }
    }
    local.addSubnet('fe80::', 10, 'ipv6');
    const before = this.#interfaces;
    this.#interfaces = found;
    this.#local = local;
    let isNew = false;
    for (const [key, entry] of found) {
      if (before.has(key)) continue;
      isNew = true;
      join(this.#sockets.get(entry.family), entry);
    }
    if (isNew) this.#discovery.handleNewInterface(performance.now());
    this.#step();
  }
}

function describe(name: string, entry: NetworkInterfaceInfo): Interface | undefined {
  if (entry.internal || entry.cidr === null) return undefined;
  const family = entry.family === 'IPv4' ? 4 : 6;
  return { name, family, address: entry.address, cidr: entry.cidr };
}

/** IPv4 names an interface by its address, IPv6 by its zone. */
function handleOf(entry: Interface): string {
  return entry.family === 4 ? entry.address : `::%${entry.name}`;
}

function join(socket: Socket | undefined, entry: Interface): void {
  try {
    socket?.addMembership(GROUPS[entry.family], handleOf(entry));
  } catch {
    // Joined already through another address of the interface, or an interface without multicast.
  }
}

function sendOn(socket: Socket, entry: Interface, packet: Uint8Array): void {
  try {
    socket.setMulticastInterface(handleOf(entry));
    const target = entry.family === 4 ? GROUPS[4] : `${GROUPS[6]}%${entry.name}`;
    socket.send(packet, LSD_PORT, target);
  } catch {
    // The interface is just going down.
  }
}

function bind(family: 4 | 6): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      ipv6Only: family === 6,
      reuseAddr: true,
      // At once: the interface is chosen just before.
      lookup: (name, _options, callback) => callback(null, name, family),
    });
    socket.once('error', reject);
    socket.bind(LSD_PORT, () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      socket.setMulticastTTL(1);
      socket.setMulticastLoopback(true);
      socket.unref();
      resolve(socket);
    });
  });
}
