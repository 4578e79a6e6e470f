/**
 * The Transport port over uTP: drives one `UtpSockets` on the port `Datagrams`, with one timer for all of its connections. All
 * that comes in in one turn of the loop is answered at its end.
 */
import { assert } from '../../../ground/assert.ts';
import { isInternetAddress, type PeerAddress } from '../../../ground/address.ts';
import { Endpoint, isLoopbackHost } from '../../../ground/endpoint.ts';
import type {
  Acceptor,
  Clock,
  Datagrams,
  Link,
  LinkReceiver,
  Timer,
  Transport,
} from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import { FailedLink } from '../../link/core/failed-link.ts';
import type { UtpSink, UtpStream } from '../core/sink.ts';
import { UtpSockets } from '../core/sockets.ts';
import type { UtpOptions } from './options.ts';

/** A second of 30 Mbit/s, or a round trip of 300 ms at 100 Mbit/s. */
const WINDOW_BYTES = 4 << 20;
/**
 * Of programs of this machine: what they send at once must fit into the kernel's buffer for the socket, whose default is
 * 208 KiB, of which half is bookkeeping. Round trips are so short that more would make nothing faster.
 */
const LOOPBACK_WINDOW_BYTES = 96 << 10;
/** Timers of Node.js are coarser. */
const TIMER_SLACK_MS = 0.5;

type Taken = (isSent: boolean) => void;

export class UtpTransport implements Transport, UtpSink {
  readonly #datagrams: Datagrams;
  readonly #clock: Clock;
  readonly #sockets: UtpSockets;
  #acceptor: Acceptor | undefined;
  #timer: Timer | undefined;
  #timerAt: Instant = Number.POSITIVE_INFINITY;
  /** Callbacks of bytes that were taken, and of those that are lost. */
  #taken: Taken[] = [];
  #lost: Taken[] = [];
  #settlement: Timer | undefined;
  #isClosed = false;

  constructor({ datagrams, clock, prng }: UtpOptions) {
    this.#datagrams = datagrams;
    this.#clock = clock;
    this.#sockets = new UtpSockets({
      sink: this,
      prng,
      windowBytesFor: ({ hostBytes }) => (isLoopbackHost(hostBytes) ? LOOPBACK_WINDOW_BYTES : WINDOW_BYTES),
    });
    this.#sockets.setAcceptsIncoming(false);
    datagrams.setReceiver((packet, from) => this.handlePacket(packet, from));
  }

  /** Connections, those included that are ending. */
  get size(): number {
    return this.#sockets.size;
  }

  reaches(address: PeerAddress): boolean {
    if (!isInternetAddress(address)) return false;
    return this.#datagrams.families.includes(address.host.includes(':') ? 6 : 4);
  }

  dial(address: PeerAddress, receiver: LinkReceiver): Link {
    assert(isInternetAddress(address), 'uTP reaches internet addresses only');
    const remote = Endpoint.from(address.host, address.port);
    const stream =
      remote === undefined || this.#isClosed ? undefined : this.#sockets.connect(this.#clock.now(), remote);
    if (stream === undefined)
      return new FailedLink(receiver, this.#clock, new Error('there are too many connections over uTP'));
    stream.setReceiver(receiver);
    this.#arm();
    return stream;
  }

  setAcceptor(acceptor: Acceptor | undefined): void {
    this.#acceptor = acceptor;
    this.#sockets.setAcceptsIncoming(acceptor !== undefined);
  }

  /** A packet that came in; the receiver of the datagrams calls it. */
  handlePacket(packet: Uint8Array, from: Endpoint): void {
    this.#sockets.handlePacket(this.#clock.now(), packet, from);
    this.#arm();
  }

  /** Ends all connections, and takes no packets any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#datagrams.setReceiver(undefined);
    this.#sockets.close();
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  get hasSentAll(): boolean {
    return this.#datagrams.hasSentAll;
  }

  send(packet: Uint8Array, to: Endpoint): void {
    this.#datagrams.sendKept(packet, to);
  }

  onIncoming(stream: UtpStream): void {
    if (this.#acceptor === undefined) stream.destroy();
    else this.#acceptor(stream, { host: stream.remote.host, port: stream.remote.port });
  }

  onTaken(taken: Taken, isSent: boolean): void {
    (isSent ? this.#taken : this.#lost).push(taken);
    this.#settlement ??= this.#clock.after(0, () => this.#settle());
  }

  wantsFlush(): void {
    this.#clock.after(0, () => this.#flush());
  }

  #flush(): void {
    if (this.#isClosed) return;
    this.#sockets.flush(this.#clock.now());
    // What is sent makes room for more at once.
    if (this.#settlement !== undefined) this.#settle();
    this.#arm();
  }

  #settle(): void {
    this.#settlement?.cancel();
    this.#settlement = undefined;
    const [taken, lost] = [this.#taken, this.#lost];
    this.#taken = [];
    this.#lost = [];
    for (const tell of taken) tell(true);
    for (const tell of lost) tell(false);
  }

  #arm(): void {
    const at = this.#sockets.nextTimeout();
    if (at >= this.#timerAt || this.#isClosed) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    // Never within this call, and not too early: then it would ask in vain.
    const delayMs = Math.max(TIMER_SLACK_MS, at - this.#clock.now() + TIMER_SLACK_MS);
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      if (this.#isClosed) return;
      this.#sockets.handleTimeout(this.#clock.now());
      this.#arm();
    });
  }
}
