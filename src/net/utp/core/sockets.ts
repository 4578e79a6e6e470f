/**
 * All connections of one UDP socket: finds the connection of a packet, takes those that others open, answers what belongs to
 * none. The calling contract is in `sink.ts`.
 *
 * Invariant: nobody gets more packets, or larger ones, than it sent, before it has proved its address: a SYN is answered by
 * 20 bytes, and what belongs to no connection by 20 bytes and not often.
 */
import { assert } from '../../../ground/assert.ts';
import type { Endpoint } from '../../../ground/endpoint.ts';
import type { Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import {
  createReceivedPacket,
  DATA,
  decodePacket,
  encodeHeader,
  FIN,
  HEADER_LENGTH,
  type ReceivedPacket,
  RESET,
  SYN,
} from '../wire/packet.ts';
import { type ConnectionContext, UtpConnection } from './connection.ts';
import { Deadlines } from './deadlines.ts';
import { Gatherer } from './gatherer.ts';
import { PacketPool } from './packet-pool.ts';
import type { UtpSink, UtpStream } from './sink.ts';

/** Of both directions: more than all swarms together may have. */
const MAX_CONNECTIONS = 8192;
/**
 * Opened by others and not confirmed: a flood of forged SYNs must not fill our memory, nor one host keep others out. The oldest
 * makes room: who is there confirms within a round trip.
 */
const MAX_HALF_OPEN = 512;
const MAX_HALF_OPEN_PER_HOST = 16;
/** Resets of what belongs to no connection. After a restart, peers learn at once; a flood is not answered. */
const MAX_RESETS = 20;
const RESET_PERIOD_MS = 1000;
const ATTEMPTS = 16;

export interface UtpSocketsOptions {
  readonly sink: UtpSink;
  /** Unpredictable: whoever guesses numbers of connections and packets may end them. */
  readonly prng: Prng;
  /** Bytes that are taken of an address before they are read: what the kernel holds meanwhile. */
  readonly windowBytesFor: (remote: Endpoint) => number;
}

export class UtpSockets implements ConnectionContext {
  readonly sink: UtpSink;
  readonly packets: PacketPool = new PacketPool(() => this.sink.hasSentAll);
  readonly gatherer: Gatherer = new Gatherer();
  readonly #prng: Prng;
  readonly #windowBytesFor: (remote: Endpoint) => number;
  /** By the number under which we are reached: a chain where several addresses have the same. */
  readonly #byId = new Map<number, UtpConnection>();
  readonly #deadlines = new Deadlines<UtpConnection>();
  /** Opened by others and not confirmed, the oldest first; and how many of them, by host. */
  readonly #pending = new Set<UtpConnection>();
  readonly #halfOpen = new Map<string, number>();
  #size = 0;
  #dirty: UtpConnection[] = [];
  /** That of the last packet: most packets come in rows. */
  #latest: UtpConnection | undefined;
  readonly #packet: ReceivedPacket = createReceivedPacket();
  #acceptsIncoming = true;
  #resets = 0;
  #resetsUntil: Instant = Number.NEGATIVE_INFINITY;

  constructor({ sink, prng, windowBytesFor }: UtpSocketsOptions) {
    this.sink = sink;
    this.#prng = prng;
    this.#windowBytesFor = windowBytesFor;
  }

  get size(): number {
    return this.#size;
  }

  setAcceptsIncoming(accepts: boolean): void {
    this.#acceptsIncoming = accepts;
  }

  nextTimeout(): Instant {
    return this.#deadlines.next;
  }

  /** Opens a stream; undefined when there are too many. Its SYN goes out with the next `flush`. */
  connect(now: Instant, remote: Endpoint): UtpStream | undefined {
    const receiveId = this.#size < MAX_CONNECTIONS ? this.#freeId(remote) : undefined;
    if (receiveId === undefined) return undefined;
    const connection = new UtpConnection(this, now, true, {
      remote,
      receiveId,
      sendId: (receiveId + 1) & 0xffff,
      sequence: this.#prng.below(0x1_0000),
      windowBytes: this.#windowBytesFor(remote),
    });
    this.#add(connection);
    connection.start(now);
    this.#deadlines.arm(connection);
    return connection;
  }

  /** A packet that came in. `bytes` are valid during the call only. */
  handlePacket(now: Instant, bytes: Uint8Array, from: Endpoint): void {
    const packet = this.#packet;
    if (decodePacket(bytes, packet) !== undefined) return;
    if (packet.type === SYN) this.#handleSyn(now, packet, from);
    else if (packet.type === RESET) this.#handleReset(packet, from);
    else {
      const connection = this.#find(packet.connectionId, from);
      if (connection === undefined) {
        this.#answerUnknown(now, packet, from);
        return;
      }
      connection.handlePacket(now, packet, bytes);
      this.#deadlines.arm(connection);
    }
  }

  handleTimeout(now: Instant): void {
    for (;;) {
      const connection = this.#deadlines.takeDue(now);
      if (connection === undefined) return;
      connection.handleTimeout(now);
      this.#deadlines.arm(connection);
    }
  }

  flush(now: Instant): void {
    this.gatherer.handOn();
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const connection of dirty) connection.isDirty = false;
    for (const connection of dirty) {
      connection.flush(now);
      this.#deadlines.arm(connection);
    }
  }

  /** Ends all connections at once. */
  close(): void {
    for (const first of [...this.#byId.values()]) {
      for (let connection: UtpConnection | undefined = first; connection !== undefined; ) {
        const { nextWithSameId } = connection as UtpConnection;
        connection.abandon();
        connection = nextWithSameId;
      }
    }
    this.#dirty = [];
  }

  /** For `UtpConnection`. */
  confirm(connection: UtpConnection): void {
    this.#settleHalfOpen(connection);
    this.sink.onIncoming(connection);
  }

  /** For `UtpConnection`. */
  markDirty(connection: UtpConnection): void {
    if (connection.isDirty) return;
    connection.isDirty = true;
    this.#dirty.push(connection);
    if (this.#dirty.length === 1) this.sink.wantsFlush();
  }

  /** For `UtpConnection`. */
  forget(connection: UtpConnection): void {
    const { receiveId } = connection;
    if (this.#latest === connection) this.#latest = undefined;
    this.#settleHalfOpen(connection);
    this.#deadlines.forget(connection);
    const first = this.#byId.get(receiveId);
    if (first === connection) {
      if (connection.nextWithSameId === undefined) this.#byId.delete(receiveId);
      else this.#byId.set(receiveId, connection.nextWithSameId);
    } else {
      let before = first;
      while (before !== undefined && before.nextWithSameId !== connection) before = before.nextWithSameId;
      assert(before !== undefined, 'a connection that is not in the table');
      before.nextWithSameId = connection.nextWithSameId;
    }
    connection.nextWithSameId = undefined;
    this.#size--;
  }

  #add(connection: UtpConnection): void {
    connection.nextWithSameId = this.#byId.get(connection.receiveId);
    this.#byId.set(connection.receiveId, connection);
    this.#size++;
  }

  #find(id: number, from: Endpoint): UtpConnection | undefined {
    const latest = this.#latest;
    if (latest !== undefined && latest.receiveId === id && isSame(latest.remote, from)) return latest;
    for (let at = this.#byId.get(id); at !== undefined; at = at.nextWithSameId) {
      if (!isSame(at.remote, from)) continue;
      this.#latest = at;
      return at;
    }
    return undefined;
  }

  /** A number that this address has not got, nor its neighbour, which a reset may name. */
  #freeId(remote: Endpoint): number | undefined {
    for (let i = 0; i < ATTEMPTS; i++) {
      const id = this.#prng.below(0x1_0000);
      if (this.#find(id, remote) === undefined && this.#find((id + 1) & 0xffff, remote) === undefined)
        return id;
    }
    return undefined;
  }

  #handleSyn(now: Instant, packet: ReceivedPacket, from: Endpoint): void {
    const receiveId = (packet.connectionId + 1) & 0xffff;
    let connection = this.#find(receiveId, from);
    if (connection === undefined) {
      if (!this.#acceptsIncoming) return this.#reset(now, packet, from);
      if ((this.#halfOpen.get(from.host) ?? 0) >= MAX_HALF_OPEN_PER_HOST) return;
      if (this.#pending.size >= MAX_HALF_OPEN) this.#pending.values().next().value!.abandon();
      if (this.#size >= MAX_CONNECTIONS) return;
      connection = new UtpConnection(this, now, false, {
        remote: from,
        receiveId,
        sendId: packet.connectionId,
        sequence: this.#prng.below(0x1_0000),
        windowBytes: this.#windowBytesFor(from),
      });
      this.#add(connection);
      this.#pending.add(connection);
      this.#halfOpen.set(from.host, (this.#halfOpen.get(from.host) ?? 0) + 1);
    }
    connection.handleSyn(packet, now);
    this.#deadlines.arm(connection);
  }

  #settleHalfOpen(connection: UtpConnection): void {
    if (!this.#pending.delete(connection)) return;
    const { host } = connection.remote;
    const left = this.#halfOpen.get(host)! - 1;
    if (left === 0) this.#halfOpen.delete(host);
    else this.#halfOpen.set(host, left);
  }

  /** The number in it may be ours or theirs, whoever opened the connection (libutp). */
  #handleReset(packet: ReceivedPacket, from: Endpoint): void {
    const id = packet.connectionId;
    for (const receiveId of [id, (id + 1) & 0xffff, (id - 1) & 0xffff]) {
      const connection = this.#find(receiveId, from);
      if (connection === undefined || (receiveId !== id && connection.sendId !== id)) continue;
      connection.handleReset(packet);
      return;
    }
  }

  /** Not where a connection has the neighbouring number: somebody else might have us end it. */
  #answerUnknown(now: Instant, packet: ReceivedPacket, from: Endpoint): void {
    if (packet.type !== DATA && packet.type !== FIN) return;
    const { connectionId } = packet;
    for (const neighbour of [(connectionId + 1) & 0xffff, (connectionId - 1) & 0xffff])
      if (this.#find(neighbour, from) !== undefined) return;
    this.#reset(now, packet, from);
  }

  #reset(now: Instant, packet: ReceivedPacket, to: Endpoint): void {
    if (now >= this.#resetsUntil) {
      this.#resetsUntil = now + RESET_PERIOD_MS;
      this.#resets = 0;
    }
    if (this.#resets >= MAX_RESETS) return;
    this.#resets++;
    const bytes = this.packets.cut(HEADER_LENGTH);
    encodeHeader(bytes, {
      type: RESET,
      connectionId: packet.connectionId,
      timestampMicros: 0,
      differenceMicros: 0,
      windowBytes: 0,
      sequence: this.#prng.below(0x1_0000),
      acknowledged: packet.sequence,
    });
    this.sink.send(bytes, to);
  }
}

/** Most often it is the same object: the demultiplexer remembers senders. */
function isSame(a: Endpoint, b: Endpoint): boolean {
  return a === b || a.isSame(b);
}
