/**
 * Dials over TCP and uTP: the one over which an address has answered goes first, TCP where none has, and the other one joins
 * in when the first takes long or fails. The first link that stands is kept, and the other one ended; when it ends without a
 * word, the other one goes first the next time, uTP twice: those above may greet the peer in another way each time, and each
 * greeting has to meet each carrier. What TCP refuses is tried over uTP for a short time only: most often nobody is
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
import { FailedLink } from './failed-link.ts';

/** How peers are reached: over both, or over one alone. */
export type TransportChoice = 'both' | 'tcp' | 'utp';

/** A round trip around half the world: what has not answered by then may be lost, or closed by a router. */
const HEAD_START_MS = 250;
/** After one of them has failed, the other one has so long, of neighbours a quarter of it. */
const PATIENCE_MS = 2000;
/** So often in a row uTP may end without a word before TCP goes first again. */
const MAX_SILENCES = 2;
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
  /** Addresses to which uTP goes first, with how often it ended without a word since; the oldest first. */
  readonly #utpFirst = new Map<string, number>();
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
    return (this.#choice === 'utp' ? this.#utp : this.#tcp).reaches(address);
  }

  dial(address: PeerAddress, receiver: LinkReceiver): Link {
    const reachesUtp = this.#utp.reaches(address);
    if (this.#choice === 'utp' && !reachesUtp)
      return new FailedLink(receiver, this.#clock, new Error('uTP does not reach this address'));
    if (this.#choice === 'tcp' || !reachesUtp) return this.#tcp.dial(address, receiver);
    const key = addressKey(address);
    const order: Carrier[] = this.#utpFirst.has(key) ? ['utp', 'tcp'] : ['tcp', 'utp'];
    const host = hostBytesOf(address);
    const isNear = host !== undefined && isLocalHost(host);
    return new RacedLink({
      receiver,
      clock: this.#clock,
      carriers: this.#choice === 'utp' ? ['utp'] : order,
      patienceMs: isNear ? PATIENCE_MS / 4 : PATIENCE_MS,
      prepare: (carrier, then) => (carrier === 'tcp' ? then() : this.#utp.prepare(then)),
      dial: (carrier, ear) => (carrier === 'tcp' ? this.#tcp : this.#utp).dial(address, ear),
      onJudged: (carrier, isGood) => this.#learn(key, carrier, isGood),
    });
  }

  setAcceptor(acceptor: Acceptor | undefined): void {
    this.#acceptor = acceptor;
    this.#tcp.setAcceptor(this.#choice === 'utp' ? undefined : acceptor);
    this.#utp.setAcceptor(this.#choice === 'tcp' ? undefined : acceptor);
  }

  #learn(key: string, carrier: Carrier, isGood: boolean): void {
    // A uTP that only joined in, and ended without a word, is not given a second try.
    const before = this.#utpFirst.get(key) ?? MAX_SILENCES;
    const silences = carrier === 'utp' && !isGood ? before + 1 : 0;
    this.#utpFirst.delete(key);
    // TCP goes first anyway.
    if (carrier === 'tcp' ? isGood : silences >= MAX_SILENCES) return;
    if (this.#utpFirst.size >= MAX_REMEMBERED) this.#utpFirst.delete(this.#utpFirst.keys().next().value!);
    this.#utpFirst.set(key, silences);
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

/** Until one of them has won, or all have failed. Thousands of links that stand do not keep it. */
interface Race {
  readonly options: RaceOptions;
  readonly attempts: Map<Carrier, Link>;
  /** Those that have started and not failed, whether their transport is loaded or not. */
  readonly running: Set<Carrier>;
  readonly waiting: Carrier[];
  readonly writes: Write[];
  timer: Timer | undefined;
  failure: Error | undefined;
  /** Nobody wants it any more, and its end has not been told yet. */
  isGivenUp: boolean;
}

/** Racing → won (→ judged), or over. What is asked of it before is done when it is won. */
class RacedLink implements Link {
  readonly #clock: Pick<Clock, 'after'>;
  #receiver: LinkReceiver;
  #race: Race | undefined;
  #winner: Link | undefined;
  #carrier: Carrier | undefined;
  /** Until the winner has said something, or we have ended it. */
  #judge: ((isGood: boolean) => void) | undefined;
  #isPaused = false;

  constructor(options: RaceOptions) {
    this.#clock = options.clock;
    this.#receiver = options.receiver;
    this.#race = {
      options,
      attempts: new Map(),
      running: new Set(),
      waiting: [...options.carriers],
      writes: [],
      timer: undefined,
      failure: undefined,
      isGivenUp: false,
    };
    this.#startNext(this.#race);
  }

  get transport(): Carrier | undefined {
    return this.#winner?.transport;
  }

  get unsent(): number {
    return this.#winner?.unsent ?? this.#race?.writes.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0;
  }

  setReceiver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    if (this.#judge === undefined) this.#winner?.setReceiver(receiver);
  }

  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    if (this.#winner !== undefined) this.#winner.write(bytes, taken);
    else if (this.#race !== undefined) this.#race.writes.push({ bytes, taken });
    else if (taken !== undefined) this.#clock.after(0, () => taken(false));
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
    else this.#endWinner().close();
  }

  destroy(): void {
    if (this.#winner === undefined) this.#giveUp();
    else this.#endWinner().destroy();
  }

  #startNext(race: Race): void {
    const carrier = race.waiting.shift();
    if (carrier === undefined) return;
    const { clock, prepare, dial } = race.options;
    race.running.add(carrier);
    prepare(carrier, () => {
      if (this.#race !== race || race.isGivenUp) return;
      const ear: LinkReceiver = {
        onConnected: () => this.#win(carrier),
        onData: (chunk) => this.#hear(chunk),
        onClosed: (failure) => this.#lose(carrier, failure),
      };
      race.attempts.set(carrier, dial(carrier, ear));
    });
    race.timer?.cancel();
    if (race.waiting.length > 0) race.timer = clock.after(HEAD_START_MS, () => this.#startNext(race));
  }

  #win(carrier: Carrier): void {
    const race = this.#race;
    const winner = race?.attempts.get(carrier);
    if (race === undefined || winner === undefined || race.isGivenUp) return;
    const { onJudged } = race.options;
    this.#judge = (isGood) => onJudged(carrier, isGood);
    this.#winner = winner;
    this.#carrier = carrier;
    race.attempts.delete(carrier);
    this.#stopRace(race);
    if (this.#isPaused) winner.pause();
    for (const { bytes, taken } of race.writes) winner.write(bytes, taken);
    this.#receiver.onConnected();
  }

  /** The first word of the winner. From then on it speaks to the receiver directly. */
  #hear(chunk: Uint8Array): void {
    this.#judge?.(true);
    this.#endWinner();
    this.#receiver.onData(chunk);
  }

  /** Nothing is learned of it any more. */
  #endWinner(): Link {
    this.#judge = undefined;
    this.#winner!.setReceiver(this.#receiver);
    return this.#winner!;
  }

  #lose(carrier: Carrier, failure: Error | undefined): void {
    const race = this.#race;
    if (race === undefined) {
      // Those that it beat are heard no more.
      if (this.#judge === undefined || carrier !== this.#carrier) return;
      this.#judge(false);
      this.#judge = undefined;
      this.#receiver.onClosed(failure);
      return;
    }
    if (!race.attempts.delete(carrier)) return;
    race.running.delete(carrier);
    // What TCP says is more telling: it knows a refusal from silence.
    if (carrier === 'tcp' || race.failure === undefined) race.failure = failure;
    if (race.waiting.length > 0) this.#startNext(race);
    else if (race.running.size === 0) return this.#end(race);
    race.timer?.cancel();
    race.timer = race.options.clock.after(race.options.patienceMs, () => this.#end(race));
  }

  /** Nobody wants it any more. What stands from now on is ended with the rest. */
  #giveUp(): void {
    const race = this.#race;
    if (race === undefined || race.isGivenUp) return;
    race.failure = undefined;
    race.isGivenUp = true;
    this.#clock.after(0, () => this.#end(race));
  }

  #end(race: Race): void {
    if (this.#race !== race) return;
    this.#stopRace(race);
    for (const { taken } of race.writes) taken?.(false);
    this.#receiver.onClosed(race.failure);
  }

  #stopRace(race: Race): void {
    this.#race = undefined;
    race.timer?.cancel();
    const attempts = [...race.attempts.values()];
    race.attempts.clear();
    for (const attempt of attempts) attempt.destroy();
  }
}
