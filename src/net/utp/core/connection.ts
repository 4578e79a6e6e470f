/**
 * One connection of uTP: from the SYN to the end. It decides what is sent and when; `sockets.ts` finds it for a packet.
 *
 * Phases: syn-sent → connected → closing → closed for who dials; syn-received → connected → … for who is dialled. A connection
 * is confirmed, and known above, when the other side has acknowledged a number that only our answer to its SYN named: a
 * forged address has cost a packet of 20 bytes until then, once for each that it sent.
 */
import type { Endpoint } from '../../../ground/endpoint.ts';
import { isLoopbackHost } from '../../../ground/endpoint.ts';
import type { LinkReceiver } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import {
  DATA,
  distance,
  encodeHeader,
  FIN,
  HEADER_LENGTH,
  type PacketHeader,
  pad,
  type ReceivedPacket,
  RESET,
  sackLengthFor,
  STATE,
  SYN,
} from '../wire/packet.ts';
import { Flight, type SentPacket } from './flight.ts';
import type { Gatherer, Gathering } from './gatherer.ts';
import { Inbox } from './inbox.ts';
import { Ledbat } from './ledbat.ts';
import type { PacketPool } from './packet-pool.ts';
import { PathMtu } from './path-mtu.ts';
import { SendQueue } from './send-queue.ts';
import { UtpFailure, type UtpSink, type UtpStream } from './sink.ts';
import { microsOf, WayMeter } from './way-meter.ts';

/** libutp: 3. An acknowledgement may be so many packets older than the oldest that is missing. */
const ACK_SLACK = 3;
/** Time-outs in a row after which the other side is gone: half a minute after the last word at the least time-out. */
const MAX_TIMEOUTS = 6;
/** The same before it was ever heard: seven seconds. */
const MAX_SYN_TIMEOUTS = 3;
/** Of a connection that somebody opened and did not confirm. */
const HALF_OPEN_MS = 10_000;
/** What is unsent so long after `close` is lost, and so long an end is waited for. */
const LINGER_MS = 3000;
/** libutp: "29 seconds determined from measuring many home NAT devices". */
const KEEP_ALIVE_MS = 29_000;
/** Packets of one connection in a turn: the others have theirs, and acknowledgements are read in between. */
const MAX_BURST = 64;
/** Packets that are not acknowledged: libutp keeps 1023 that came too early; a peer that offers more says so by its window. */
const MAX_SPAN = 1000;
const LARGE_WINDOW_BYTES = 3 << 19;
const MAX_LARGE_SPAN = 4000;
/** RFC 8985, 7.2: beyond two round trips, for acknowledgements that are held back. */
const PROBE_ALLOWANCE_MS = 10;
/** A trial of a larger packet has others around it, so that its loss is told from congestion (libtorrent). */
const TRIAL_WINDOW_PACKETS = 3;
/** A window that has shrunk below this is told when it is open again. */
const WINDOW_UPDATE_SHARE = 4;

const NO_BYTES = new Uint8Array(0);
const NEVER: Instant = Number.POSITIVE_INFINITY;
const DEAF: LinkReceiver = { onConnected: () => {}, onData: () => {}, onClosed: () => {} };

type Phase = 'syn-sent' | 'syn-received' | 'connected' | 'closing' | 'closed';

/** What all connections of a machine share. */
export interface ConnectionContext {
  readonly sink: UtpSink;
  readonly packets: PacketPool;
  readonly gatherer: Gatherer;
  /** The other side has proved its address. */
  confirm(connection: UtpConnection): void;
  /** There is something to send. */
  markDirty(connection: UtpConnection): void;
  /** It is closed: nothing of it is to be kept. */
  forget(connection: UtpConnection): void;
}

export interface ConnectionOptions {
  readonly remote: Endpoint;
  readonly receiveId: number;
  readonly sendId: number;
  /** Of the first packet. */
  readonly sequence: number;
  readonly windowBytes: number;
}

export class UtpConnection implements UtpStream, Gathering {
  readonly remote: Endpoint;
  readonly receiveId: number;
  readonly sendId: number;
  readonly transport = 'utp';
  /** Another connection with the same number of ours, to another address. Kept by `sockets.ts`. */
  nextWithSameId: UtpConnection | undefined;
  isDirty = false;
  armedAt: Instant = NEVER;
  readonly #context: ConnectionContext;
  readonly #windowBytes: number;
  readonly #flight: Flight;
  readonly #queue: SendQueue;
  readonly #ledbat = new Ledbat();
  readonly #meter = new WayMeter();
  readonly #mtu: PathMtu;
  #phase: Phase;
  #receiver: LinkReceiver = DEAF;
  #inbox: Inbox;
  #isPeerKnown = false;
  #peerWindowBytes = 0;
  #offeredBytes = 0;
  #needsAck = false;
  /** What was noted, and is acted upon by `flush`. */
  #note: 'none' | 'close' | 'destroy' = 'none';
  #isFinSent = false;
  /** The sequence number of the other side's end. */
  #eof: number | undefined;
  #hasEnded = false;
  /** The receiver has heard that it is over. */
  #isTold = false;
  /** Time-outs since something new was acknowledged, and since anything came. */
  #timeouts = 0;
  #silences = 0;
  #timeoutAt: Instant = NEVER;
  #probeAt: Instant = NEVER;
  #lingerAt: Instant = NEVER;
  #windowProbeAt: Instant = NEVER;
  #lastSentAt: Instant;
  readonly #header: PacketHeader;
  readonly #deliver = (payload: Uint8Array): void => this.#context.gatherer.add(this, payload);

  constructor(context: ConnectionContext, now: Instant, isDialled: boolean, options: ConnectionOptions) {
    const { remote, receiveId, sendId, sequence, windowBytes } = options;
    this.#context = context;
    this.remote = remote;
    this.receiveId = receiveId;
    this.sendId = sendId;
    this.#windowBytes = windowBytes;
    this.#phase = isDialled ? 'syn-sent' : 'syn-received';
    this.#flight = new Flight(sequence, (packet) => context.packets.release(packet));
    this.#queue = new SendQueue((taken, isSent) => context.sink.onTaken(taken, isSent));
    this.#mtu = new PathMtu(remote.family, isLoopbackHost(remote.hostBytes));
    this.#inbox = new Inbox(0, windowBytes);
    this.#lastSentAt = now;
    if (!isDialled) this.#lingerAt = now + HALF_OPEN_MS;
    this.#header = {
      type: STATE,
      connectionId: sendId,
      timestampMicros: 0,
      differenceMicros: 0,
      windowBytes: 0,
      sequence: 0,
      acknowledged: 0,
    };
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** For measurements. */
  get congestionWindowBytes(): number {
    return this.#ledbat.windowBytes;
  }

  get packetBytes(): number {
    return this.#mtu.size;
  }

  get unsent(): number {
    return this.#queue.length;
  }

  get deadline(): Instant {
    if (this.#phase === 'closed') return NEVER;
    return Math.min(
      this.#timeoutAt,
      this.#probeAt,
      this.#flight.checkAt,
      this.#lingerAt,
      this.#windowProbeAt,
      this.#keepAliveAt,
    );
  }

  setReceiver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    const isOpen = this.#phase === 'connected' || this.#phase === 'syn-sent';
    if (isOpen && this.#note === 'none') {
      this.#queue.add(bytes, taken);
      if (this.#phase === 'connected') this.#context.markDirty(this);
    } else if (taken !== undefined) this.#context.sink.onTaken(taken, false);
  }

  pause(): void {
    this.#inbox.pause();
  }

  resume(): void {
    if (!this.#inbox.isPaused) return;
    this.#inbox.resume();
    this.#context.markDirty(this);
  }

  close(): void {
    if (this.#note !== 'none' || this.#phase === 'closed') return;
    this.#note = 'close';
    this.#context.markDirty(this);
  }

  destroy(): void {
    if (this.#note === 'destroy' || this.#phase === 'closed') return;
    this.#note = 'destroy';
    this.#context.markDirty(this);
  }

  /** For `Gatherer`. */
  takeGathered(bytes: Uint8Array): void {
    if (this.#phase !== 'connected' || this.#note !== 'none') return;
    // It was paused since they came.
    if (this.#inbox.isPaused) this.#inbox.putBack(bytes);
    else this.#receiver.onData(bytes);
  }

  /** Sends the SYN. */
  start(now: Instant): void {
    const packet = this.#context.packets.acquire(HEADER_LENGTH);
    packet.payloadLength = 0;
    this.#flight.add(packet);
    this.#transmit(now, packet, SYN);
    this.#armTimeout(now);
  }

  /** Somebody has opened this connection, or says so again. */
  handleSyn(packet: ReceivedPacket, now: Instant): void {
    if (this.#phase === 'syn-received' && !this.#isPeerKnown) {
      this.#isPeerKnown = true;
      this.#inbox = new Inbox((packet.sequence + 1) & 0xffff, this.#windowBytes);
      this.#meter.handlePacket(now, packet);
    } else if (packet.sequence !== this.#inbox.acknowledged && this.#phase === 'syn-received') return;
    this.#needsAck = true;
    this.#context.markDirty(this);
  }

  /** A reset counts when it answers something that was sent lately: who only guesses does not know what. */
  handleReset(packet: ReceivedPacket): void {
    const isLate = distance(this.#flight.next, packet.acknowledged) === 0;
    if (!isLate && !this.#flight.isPlausible(packet.acknowledged, ACK_SLACK)) return;
    if (this.#phase === 'syn-sent') this.#end(new UtpFailure('ECONNREFUSED', 'the connection was refused'));
    else if (this.#phase === 'closing') this.#end(undefined);
    else this.#end(new UtpFailure('ECONNRESET', 'the peer reset the connection'));
  }

  /** Any packet but SYN and RESET. */
  handlePacket(now: Instant, packet: ReceivedPacket, bytes: Uint8Array): void {
    if (!this.#isAcceptable(packet)) return;
    if (this.#phase === 'syn-sent') {
      // The number of an acknowledgement is that of the next packet; that of data its own (as libutp and libtorrent do).
      this.#inbox = new Inbox(packet.sequence, this.#windowBytes);
      this.#isPeerKnown = true;
    }
    this.#silences = 0;
    this.#meter.handlePacket(now, packet);
    this.#takeAcknowledgement(now, packet, bytes);
    if (this.#phase === 'syn-sent') {
      this.#phase = 'connected';
      // Should there be nothing to send, this confirms the connection.
      this.#needsAck = true;
      this.#receiver.onConnected();
    } else if (this.#phase === 'syn-received') {
      this.#phase = 'connected';
      this.#lingerAt = NEVER;
      this.#context.confirm(this);
    }
    if (packet.type === DATA || packet.type === FIN) this.#takePayload(now, packet, bytes);
    if (this.#phase === 'closing') this.#endIfOver();
    if (this.#needsAck || this.#flight.hasLost || this.#queue.length > 0 || this.#note !== 'none')
      this.#context.markDirty(this);
  }

  handleTimeout(now: Instant): void {
    if (now >= this.#lingerAt) {
      this.#end(undefined);
      return;
    }
    if (now >= this.#timeoutAt) this.#handleSilence(now);
    else if (now >= this.#probeAt) {
      this.#probeAt = NEVER;
      // The tail of a burst may be lost: its last packet again tells what else is (RFC 8985, "TLP").
      const last = this.#flight.last;
      if (last !== undefined && !last.isLost) this.#transmit(now, last, this.#typeOf(last));
    } else if (now >= this.#flight.checkAt) this.#detectLosses(now);
    if (now >= this.#windowProbeAt) {
      this.#windowProbeAt = NEVER;
      this.#peerWindowBytes = Math.max(this.#peerWindowBytes, this.#mtu.size);
    }
    if (now >= this.#keepAliveAt) this.#needsAck = true;
    if (this.#phase !== 'closed') this.#context.markDirty(this);
  }

  /** Sends what there is to send, within the windows. */
  flush(now: Instant): void {
    if (this.#phase === 'closed') return;
    if (this.#note !== 'none') this.#handleNote(now);
    if (this.#inbox.hasReady && !this.#inbox.isPaused) {
      this.#inbox.drain(this.#deliver);
      this.#context.gatherer.handOn(this);
      this.#handleEof(now);
    }
    this.#tellWindow();
    let budget = this.#resend(now, MAX_BURST);
    if (!this.#flight.hasLost && this.#mayCarryData()) {
      budget = this.#sendNew(now, budget);
      if (this.#phase === 'closing' && this.#queue.length === 0 && !this.#isFinSent) this.#sendFin(now);
    }
    if (this.#needsAck && this.#isPeerKnown) this.#sendState(now);
    if (budget === 0) this.#context.markDirty(this);
  }

  /** Ends without a word to the receiver's owner beyond `onClosed`: the machine is closed. */
  abandon(): void {
    if (this.#phase === 'connected' || this.#phase === 'closing') this.#sendReset(0);
    this.#end(undefined);
  }

  get #keepAliveAt(): Instant {
    const isDue = this.#phase === 'connected' && !this.#needsAck;
    return isDue ? this.#lastSentAt + KEEP_ALIVE_MS : NEVER;
  }

  #isAcceptable(packet: ReceivedPacket): boolean {
    if (this.#phase === 'closed') return false;
    // Only who got our answer to its SYN knows this number.
    if (this.#phase === 'syn-sent' || this.#phase === 'syn-received') {
      if (packet.acknowledged !== ((this.#flight.next - 1) & 0xffff)) return false;
    } else if (!this.#flight.isPlausible(packet.acknowledged, ACK_SLACK)) return false;
    return this.#eof === undefined || packet.type !== DATA || distance(this.#eof, packet.sequence) < 0;
  }

  #takeAcknowledgement(now: Instant, packet: ReceivedPacket, bytes: Uint8Array): void {
    const flight = this.#flight;
    // An old packet tells of an old window.
    if (distance(flight.first, packet.acknowledged) >= -1) {
      this.#peerWindowBytes = packet.windowBytes;
      if (packet.windowBytes > 0) this.#windowProbeAt = NEVER;
    }
    const before = flight.inFlightBytes;
    const told = flight.acknowledge(now, packet, bytes, this.#meter.roundTrip);
    if (told.packets > 0) {
      this.#timeouts = 0;
      if (told.trialBytes > 0) this.#mtu.handleTrialArrived(now, told.trialBytes);
      if (told.bytes > 0)
        this.#ledbat.handleAcked(now, told.bytes, before, this.#meter.measure(this.#mtu.size));
      this.#armTimeout(now);
    }
    this.#detectLosses(now);
  }

  #detectLosses(now: Instant): void {
    const losses = this.#flight.detectLosses(now, this.#meter.roundTrip);
    if (losses.packets === 0) return;
    if (losses.trialBytes > 0) this.#mtu.handleTrialLost(now, losses.trialBytes);
    if (losses.packets > (losses.trialBytes > 0 ? 1 : 0))
      this.#ledbat.handleLoss(now, this.#meter.measure(this.#mtu.size));
    this.#context.markDirty(this);
  }

  #takePayload(now: Instant, packet: ReceivedPacket, bytes: Uint8Array): void {
    this.#needsAck = true;
    if (packet.type === FIN) this.#eof ??= packet.sequence;
    const payload = packet.payloadAt === bytes.length ? NO_BYTES : bytes.subarray(packet.payloadAt);
    this.#inbox.receive(packet.sequence, payload, this.#deliver);
    this.#handleEof(now);
  }

  /** The other side has sent all that it will. */
  #handleEof(now: Instant): void {
    if (this.#eof === undefined || this.#hasEnded || this.#inbox.hasReady) return;
    if (distance(this.#eof, this.#inbox.acknowledged) < 0) return;
    this.#context.gatherer.handOn(this);
    if (this.#inbox.hasReady) return;
    this.#hasEnded = true;
    if (this.#phase !== 'connected') return;
    this.#queue.discard();
    this.#startClosing(now);
    this.#tell(undefined);
  }

  #handleNote(now: Instant): void {
    if (this.#note === 'destroy' || this.#phase === 'syn-sent' || this.#phase === 'syn-received') {
      if (this.#isPeerKnown) this.#sendReset(now);
      this.#end(undefined);
    } else if (this.#phase === 'connected') {
      this.#inbox.discard();
      this.#startClosing(now);
    }
  }

  /** connected → closing: what is queued goes out, then the end. */
  #startClosing(now: Instant): void {
    this.#phase = 'closing';
    this.#lingerAt = now + LINGER_MS;
  }

  #endIfOver(): void {
    if (!this.#isFinSent || !this.#flight.isEmpty) return;
    this.#tell(undefined);
    // What the other side still sends is acknowledged, until its own end or until that is waited for no longer.
    if (this.#hasEnded && !this.#needsAck) this.#end(undefined);
  }

  /** Any phase → closed. */
  #end(failure: UtpFailure | undefined): void {
    if (this.#phase === 'closed') return;
    this.#context.gatherer.handOn(this);
    this.#phase = 'closed';
    this.#queue.discard();
    this.#context.forget(this);
    this.#tell(failure);
  }

  #tell(failure: UtpFailure | undefined): void {
    if (this.#isTold) return;
    this.#context.gatherer.handOn(this);
    this.#isTold = true;
    this.#receiver.onClosed(failure);
  }

  #handleSilence(now: Instant): void {
    this.#timeouts++;
    this.#silences++;
    const limit = this.#phase === 'syn-sent' ? MAX_SYN_TIMEOUTS : MAX_TIMEOUTS;
    if (this.#silences >= limit) {
      this.#end(new UtpFailure('ETIMEDOUT', 'the peer does not answer'));
      return;
    }
    this.#ledbat.handleTimeout(now, this.#mtu.size);
    this.#mtu.handleTimeouts(now, this.#timeouts);
    this.#flight.loseAll();
    this.#armTimeout(now);
    this.#probeAt = NEVER;
  }

  #armTimeout(now: Instant): void {
    if (this.#flight.isEmpty) {
      this.#timeoutAt = NEVER;
      this.#probeAt = NEVER;
      return;
    }
    this.#timeoutAt = now + this.#meter.roundTrip.timeoutMs(this.#timeouts);
    const { smoothedMs } = this.#meter.roundTrip;
    this.#probeAt = smoothedMs === undefined ? NEVER : now + 2 * smoothedMs + PROBE_ALLOWANCE_MS;
  }

  #resend(now: Instant, budget: number): number {
    const flight = this.#flight;
    let left = budget;
    for (let packet = flight.nextLost(); packet !== undefined && left > 0; packet = flight.nextLost()) {
      const isFirst = flight.inFlightBytes === 0;
      if (!isFirst && flight.inFlightBytes + packet.payloadLength > this.#ledbat.windowBytes) break;
      flight.handleResent(packet);
      this.#transmit(now, packet, this.#typeOf(packet));
      left--;
    }
    return left;
  }

  #mayCarryData(): boolean {
    return this.#phase === 'connected' || this.#phase === 'closing';
  }

  /** Returns what is left of the budget: zero when there may be more to send. */
  #sendNew(now: Instant, budget: number): number {
    const [flight, queue] = [this.#flight, this.#queue];
    if (queue.length === 0 || this.#isFinSent) return budget;
    const wasEmpty = flight.isEmpty;
    if (wasEmpty && now - this.#lastSentAt > this.#meter.roundTrip.timeoutMs(0))
      this.#ledbat.handleIdle(this.#mtu.size);
    const maxSpan = this.#peerWindowBytes > LARGE_WINDOW_BYTES ? MAX_LARGE_SPAN : MAX_SPAN;
    const window = Math.min(this.#ledbat.windowBytes, this.#peerWindowBytes);
    let left = budget;
    while (queue.length > 0 && left > 0 && flight.span < maxSpan) {
      const fullLength = this.#mtu.size - HEADER_LENGTH;
      const room = window - flight.inFlightBytes;
      let length = Math.min(fullLength, queue.length);
      if (length > room) {
        if (flight.inFlightBytes > 0 || room <= 0) break;
        length = room;
      }
      const packet = this.#context.packets.acquire(HEADER_LENGTH + length);
      packet.payloadLength = length;
      queue.take(packet.bytes, HEADER_LENGTH, length);
      flight.add(packet);
      const isTrialTime = length === fullLength && window >= TRIAL_WINDOW_PACKETS * this.#mtu.size;
      this.#transmit(now, packet, DATA, isTrialTime ? this.#mtu.nextTrial(now) : undefined);
      left--;
    }
    if (wasEmpty && !flight.isEmpty) this.#armTimeout(now);
    if (this.#peerWindowBytes === 0 && flight.isEmpty && queue.length > 0 && this.#windowProbeAt === NEVER)
      this.#windowProbeAt = now + this.#meter.roundTrip.timeoutMs(1);
    return left;
  }

  #sendFin(now: Instant): void {
    const packet = this.#context.packets.acquire(HEADER_LENGTH);
    packet.payloadLength = 0;
    const wasEmpty = this.#flight.isEmpty;
    this.#flight.add(packet);
    this.#isFinSent = true;
    this.#transmit(now, packet, FIN);
    if (wasEmpty) this.#armTimeout(now);
  }

  #typeOf(packet: SentPacket): number {
    if (packet.payloadLength > 0) return DATA;
    return this.#phase === 'syn-sent' ? SYN : FIN;
  }

  #transmit(now: Instant, packet: SentPacket, type: number, trialBytes?: number): void {
    this.#encode(now, packet.bytes, type, packet.sequence);
    packet.sentAt = now;
    packet.transmissions++;
    const trial = trialBytes === undefined ? undefined : pad(packet.bytes, trialBytes);
    if (trial !== undefined) {
      packet.trialBytes = trialBytes!;
      this.#mtu.handleTrialSent(trialBytes!);
    }
    // Holes are told by packets of their own, so that data has no extension to make room for.
    if (!this.#inbox.hasHoles) this.#needsAck = false;
    this.#send(now, trial ?? packet.bytes);
  }

  #sendState(now: Instant): void {
    const sackLength = this.#inbox.hasHoles ? sackLengthFor(this.#inbox.span) : 0;
    const bytes = this.#context.packets.cut(HEADER_LENGTH + (sackLength > 0 ? sackLength + 2 : 0));
    this.#encode(now, bytes, STATE, this.#flight.next);
    if (sackLength > 0) this.#inbox.encodeSack(bytes, sackLength);
    this.#needsAck = false;
    this.#send(now, bytes);
    if (this.#phase === 'closing') this.#endIfOver();
  }

  #sendReset(now: Instant): void {
    const bytes = this.#context.packets.cut(HEADER_LENGTH);
    this.#encode(now, bytes, RESET, this.#flight.next);
    this.#send(now, bytes);
  }

  #encode(now: Instant, bytes: Uint8Array, type: number, sequence: number): void {
    const header = this.#header;
    header.type = type;
    // A SYN names the number under which its sender wants to be answered (BEP 29).
    header.connectionId = type === SYN ? this.receiveId : this.sendId;
    header.timestampMicros = microsOf(now);
    header.differenceMicros = this.#meter.replyMicros;
    header.windowBytes = this.#inbox.windowBytes;
    header.sequence = sequence;
    header.acknowledged = this.#isPeerKnown ? this.#inbox.acknowledged : 0;
    encodeHeader(bytes, header);
  }

  #send(now: Instant, bytes: Uint8Array): void {
    this.#lastSentAt = now;
    this.#offeredBytes = this.#inbox.windowBytes;
    this.#context.sink.send(bytes, this.remote);
  }

  /** A window that was all but closed and is open again is told at once: the other side may wait for it. */
  #tellWindow(): void {
    const least = this.#inbox.capacityBytes / WINDOW_UPDATE_SHARE;
    if (this.#offeredBytes < least && this.#inbox.windowBytes >= least && this.#phase === 'connected')
      this.#needsAck = true;
  }
}
