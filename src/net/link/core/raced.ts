/**
 * Dials over TCP and uTP: the one over which an address has answered goes first, TCP where none has, and the other one joins
 * in when the first takes long or fails. The first link that stands is kept, and the other one ended; when it ends without a
 * word, the other one goes first the next time. What TCP refuses is tried over uTP for a short time only: most often nobody is
 * there.
 *
 * A person may choose one of both; then there is no race.
 */
import { addressKey, hostBytesOf, type PeerAddress } from '../../../ground/address.ts';
import { isLocalHost } from '../../../ground/endpoint.ts';
import type {
  Acceptor,
  Carrier,
  Clock,
  Link,
  LinkReceiver,
  Timer,
  Transport,
} from '../../../ground/ports.ts';

/** How peers are reached: over both, or over one alone. */
export type TransportChoice = 'both' | 'tcp' | 'utp';

/** A round trip around half the world: what has not answered by then may be lost, or closed by a router. */
const HEAD_START_MS = 250;
/** After one of them has failed, the other one has so long, of neighbours a quarter of it. */
const PATIENCE_MS = 2000;
/** Addresses whose carrier is remembered. */
const MAX_REMEMBERED = 4000;

/** A transport that has to be loaded before it is used. */
export interface LateTransport extends Transport {
  /** Calls `then` when it can be used: at once, within the call, when it is loaded already; never when it cannot be loaded. */
  prepare(then: () => void): void;
}

export interface RacedOptions {
  readonly tcp: Transport;
  readonly utp: LateTransport;
  readonly clock: Pick<Clock, 'after'>;
  readonly choice: TransportChoice;
}

export class RacedTransport implements Transport {
  readonly #tcp: Transport;
  readonly #utp: LateTransport;
  readonly #clock: Pick<Clock, 'after'>;
  /** What goes first to an address, where it is not TCP; the oldest first. */
  readonly #remembered = new Map<string, Carrier>();
  #choice: TransportChoice;
  #acceptor: Acceptor | undefined;

  constructor({ tcp, utp, clock, choice }: RacedOptions) {
    this.#tcp = tcp;
    this.#utp = utp;
    this.#clock = clock;
    this.#choice = choice;
  }

  get choice(): TransportChoice {
    return this.#choice;
  }

  /** Links that stand go on. */
  set choice(choice: TransportChoice) {
    this.#choice = choice;
    this.setAcceptor(this.#acceptor);
  }

  reaches(address: PeerAddress): boolean {
    return this.#tcp.reaches(address);
  }

  dial(address: PeerAddress, receiver: LinkReceiver): Link {
    const reachesUtp = this.#utp.reaches(address);
    if (this.#choice === 'tcp' || !reachesUtp) return this.#tcp.dial(address, receiver);
    const key = addressKey(address);
    const order: Carrier[] = this.#remembered.get(key) === 'utp' ? ['utp', 'tcp'] : ['tcp', 'utp'];
    const host = hostBytesOf(address);
    const isNear = host !== undefined && isLocalHost(host);
    return new RacedLink({
      receiver,
      clock: this.#clock,
      carriers: this.#choice === 'utp' ? ['utp'] : order,
      patienceMs: isNear ? PATIENCE_MS / 4 : PATIENCE_MS,
      prepare: (carrier, then) => (carrier === 'tcp' ? then() : this.#utp.prepare(then)),
      dial: (carrier, ear) => (carrier === 'tcp' ? this.#tcp : this.#utp).dial(address, ear),
      onJudged: (carrier, isGood) => this.#remember(key, isGood === (carrier === 'utp') ? 'utp' : 'tcp'),
    });
  }

  setAcceptor(acceptor: Acceptor | undefined): void {
    this.#acceptor = acceptor;
    this.#tcp.setAcceptor(this.#choice === 'utp' ? undefined : acceptor);
    this.#utp.setAcceptor(this.#choice === 'tcp' ? undefined : acceptor);
  }

  #remember(key: string, carrier: Carrier): void {
    this.#remembered.delete(key);
    // TCP goes first anyway.
    if (carrier === 'tcp') return;
    if (this.#remembered.size >= MAX_REMEMBERED)
      this.#remembered.delete(this.#remembered.keys().next().value!);
    this.#remembered.set(key, carrier);
  }
}

interface RaceOptions {
  readonly receiver: LinkReceiver;
  readonly clock: Pick<Clock, 'after'>;
  /** Who starts, and who joins in. */
  readonly carriers: readonly Carrier[];
  readonly patienceMs: number;
  readonly prepare: (carrier: Carrier, then: () => void) => void;
  readonly dial: (carrier: Carrier, receiver: LinkReceiver) => Link;
  /** The link over this carrier was answered, or ended without an answer. */
  readonly onJudged: (carrier: Carrier, isGood: boolean) => void;
}

interface Write {
  readonly bytes: Uint8Array;
  readonly taken: ((isSent: boolean) => void) | undefined;
}

/** Racing → won, or over. What is asked of it before is done when it is won. */
class RacedLink implements Link {
  readonly #options: RaceOptions;
  #receiver: LinkReceiver;
  readonly #attempts = new Map<Carrier, Link>();
  /** Those that have started and not failed, whether their transport is loaded or not. */
  readonly #running = new Set<Carrier>();
  readonly #carriers: Carrier[];
  #timer: Timer | undefined;
  #winner: Link | undefined;
  #failure: Error | undefined;
  #carrier: Carrier | undefined;
  /** The winner has said something. */
  #isJudged = false;
  #isOver = false;
  #isPaused = false;
  #writes: Write[] = [];

  constructor(options: RaceOptions) {
    this.#options = options;
    this.#receiver = options.receiver;
    this.#carriers = [...options.carriers];
    this.#startNext();
  }

  get transport(): Carrier | undefined {
    return this.#winner?.transport;
  }

  get unsent(): number {
    return this.#winner?.unsent ?? this.#writes.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  setReceiver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    if (this.#isJudged) this.#winner?.setReceiver(receiver);
  }

  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    if (this.#winner !== undefined) this.#winner.write(bytes, taken);
    else if (!this.#isOver) this.#writes.push({ bytes, taken });
    else if (taken !== undefined) this.#options.clock.after(0, () => taken(false));
  }

  pause(): void {
    this.#isPaused = true;
    this.#winner?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#winner?.resume();
  }

  close(): void {
    if (this.#winner === undefined) this.#giveUp();
    else this.#winner.close();
  }

  destroy(): void {
    if (this.#winner === undefined) this.#giveUp();
    else this.#winner.destroy();
  }

  #startNext(): void {
    const carrier = this.#carriers.shift();
    if (carrier === undefined) return;
    const { clock, prepare, dial } = this.#options;
    this.#running.add(carrier);
    prepare(carrier, () => {
      if (this.#isOver || this.#winner !== undefined) return;
      const ear: LinkReceiver = {
        onConnected: () => this.#win(carrier),
        onData: (chunk) => this.#hear(chunk),
        onClosed: (failure) => this.#lose(carrier, failure),
      };
      this.#attempts.set(carrier, dial(carrier, ear));
    });
    this.#timer?.cancel();
    if (this.#carriers.length > 0) this.#timer = clock.after(HEAD_START_MS, () => this.#startNext());
  }

  #win(carrier: Carrier): void {
    if (this.#isOver || this.#winner !== undefined) return;
    const winner = this.#attempts.get(carrier)!;
    this.#winner = winner;
    this.#timer?.cancel();
    this.#attempts.delete(carrier);
    this.#endAttempts();
    this.#carrier = carrier;
    if (this.#isPaused) winner.pause();
    for (const { bytes, taken } of this.#writes.splice(0)) winner.write(bytes, taken);
    this.#receiver.onConnected();
  }

  /** The first word of the winner. From then on it speaks to the receiver directly. */
  #hear(chunk: Uint8Array): void {
    this.#isJudged = true;
    this.#options.onJudged(this.#carrier!, true);
    this.#winner!.setReceiver(this.#receiver);
    this.#receiver.onData(chunk);
  }

  #lose(carrier: Carrier, failure: Error | undefined): void {
    if (carrier === this.#carrier) {
      this.#options.onJudged(carrier, false);
      this.#receiver.onClosed(failure);
      return;
    }
    if (this.#isOver || this.#winner !== undefined || !this.#attempts.delete(carrier)) return;
    this.#running.delete(carrier);
    // What TCP says is more telling: it knows a refusal from silence.
    if (carrier === 'tcp' || this.#failure === undefined) this.#failure = failure;
    if (this.#carriers.length > 0) this.#startNext();
    else if (this.#running.size === 0) return this.#end();
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(this.#options.patienceMs, () => this.#end());
  }

  /** Nobody wants it any more. */
  #giveUp(): void {
    this.#failure = undefined;
    if (!this.#isOver) this.#options.clock.after(0, () => this.#end());
  }

  #end(): void {
    if (this.#isOver || this.#winner !== undefined) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#endAttempts();
    for (const { taken } of this.#writes.splice(0)) taken?.(false);
    this.#receiver.onClosed(this.#failure);
  }

  #endAttempts(): void {
    const attempts = [...this.#attempts.values()];
    this.#attempts.clear();
    for (const attempt of attempts) attempt.destroy();
  }
}
