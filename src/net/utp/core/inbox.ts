/**
 * What came in on one connection: packets that arrived too early wait for those before them, and bytes wait while nobody
 * takes them.
 *
 * Invariant: what waits here is no more than the window that was offered, whatever the other side sends; and little before
 * anything of it was taken.
 */
import { copyBytes } from '../../../ground/bytes.ts';
import { beginSack, distance, setSackBit } from '../wire/packet.ts';

/** Packets that may be missing before one that is kept. libtorrent has 953, libutp 1023 at windows of 1 MiB; ours is larger. */
const MAX_EARLY = 4096;
/** Packets in order that nobody takes yet: small ones cost far more than their bytes. */
const MAX_READY = 4096;
/** A stranger is offered this much; whoever was listened to, twice what was taken of it as well. */
const FIRST_BYTES = 64 << 10;
const MIN_SLOTS = 16;

export class Inbox {
  /** The next packet in order. */
  #expected: number;
  readonly #mostBytes: number;
  /** Packets beyond the expected one; made with the first of them. */
  #early: (Uint8Array | undefined)[] | undefined;
  #earlyPackets = 0;
  /** One past the highest of them. */
  #highest: number;
  #waitingBytes = 0;
  #takenBytes = 0;
  /** In order, and not taken yet. */
  #ready: Uint8Array[] | undefined;
  #isPaused = false;

  /** @param mostBytes that ever wait here */
  constructor(expected: number, mostBytes: number) {
    this.#expected = expected;
    this.#highest = expected;
    this.#mostBytes = mostBytes;
  }

  /** The packet up to which everything is here. */
  get acknowledged(): number {
    return (this.#expected - 1) & 0xffff;
  }

  /** Bytes that there is room for. */
  get windowBytes(): number {
    return Math.max(0, this.capacityBytes - this.#waitingBytes);
  }

  /** Bytes that may wait here by now. */
  get capacityBytes(): number {
    return Math.min(this.#mostBytes, FIRST_BYTES + 2 * this.#takenBytes);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get hasHoles(): boolean {
    return this.#earlyPackets > 0;
  }

  /** Packets from the one behind the first missing one to the last that is here. */
  get span(): number {
    return this.#earlyPackets === 0 ? 0 : distance(this.#expected, this.#highest) - 1;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /**
   * Takes a packet of data, or an end, which has no payload.
   * @param deliver hears payloads in order, during the call
   */
  receive(sequence: number, payload: Uint8Array, deliver: (payload: Uint8Array) => void): void {
    const ahead = distance(this.#expected, sequence);
    if (ahead < 0 || ahead > MAX_EARLY) return;
    if (ahead > 0) this.#keep(sequence, ahead, payload);
    else if (this.#hasRoomFor(payload)) {
      this.#takeInOrder(payload, deliver);
      this.#takeEarly(deliver);
    }
  }

  /** What was delivered and not taken after all: it is delivered again before all else. */
  putBack(payload: Uint8Array): void {
    this.#ready ??= [];
    this.#ready.unshift(copyBytes(payload));
    this.#waitingBytes += payload.length;
    this.#takenBytes -= payload.length;
  }

  /** What waited while nobody took it. */
  drain(deliver: (payload: Uint8Array) => void): void {
    while (!this.#isPaused && this.#ready !== undefined && this.#ready.length > 0) {
      const payload = this.#ready.shift()!;
      this.#waitingBytes -= payload.length;
      this.#takenBytes += payload.length;
      deliver(payload);
    }
  }

  get hasReady(): boolean {
    return this.#ready !== undefined && this.#ready.length > 0;
  }

  /** Nobody will take anything any more. */
  discard(): void {
    for (const payload of this.#ready ?? []) this.#waitingBytes -= payload.length;
    this.#ready = undefined;
    this.#isPaused = false;
  }

  /** Writes a selective acknowledgement of `length` bytes behind a header. */
  encodeSack(out: Uint8Array, length: number): void {
    const at = beginSack(out, length);
    const early = this.#early!;
    const bits = Math.min(length * 8, this.span);
    for (let bit = 0; bit < bits; bit++)
      if (early[(this.#expected + 1 + bit) & (early.length - 1)] !== undefined) setSackBit(out, at, bit);
  }

  /** Without, it counts as lost. */
  #hasRoomFor(payload: Uint8Array): boolean {
    if (!this.#isPaused && !this.hasReady) return true;
    const packets = this.#ready?.length ?? 0;
    return packets < MAX_READY && this.#waitingBytes + payload.length <= this.capacityBytes;
  }

  #takeInOrder(payload: Uint8Array, deliver: (payload: Uint8Array) => void): void {
    this.#expected = (this.#expected + 1) & 0xffff;
    if (this.#isPaused || this.hasReady) {
      if (payload.length > 0) {
        this.#ready ??= [];
        this.#ready.push(copyBytes(payload));
        this.#waitingBytes += payload.length;
      }
    } else if (payload.length > 0) {
      this.#takenBytes += payload.length;
      deliver(payload);
    }
  }

  #takeEarly(deliver: (payload: Uint8Array) => void): void {
    while (this.#earlyPackets > 0) {
      const index = this.#expected & (this.#early!.length - 1);
      const payload = this.#early![index];
      if (payload === undefined) return;
      this.#early![index] = undefined;
      this.#earlyPackets--;
      this.#waitingBytes -= payload.length;
      this.#takeInOrder(payload, deliver);
    }
    // Most connections are in order most of the time, and most are idle.
    if (this.#early !== undefined) this.#early = undefined;
  }

  #keep(sequence: number, ahead: number, payload: Uint8Array): void {
    if (this.#waitingBytes + payload.length > this.capacityBytes) return;
    this.#reserve(ahead + 1);
    const early = this.#early!;
    const index = sequence & (early.length - 1);
    if (early[index] !== undefined) return;
    early[index] = copyBytes(payload);
    if (this.#earlyPackets === 0 || distance(this.#highest, sequence) >= 0)
      this.#highest = (sequence + 1) & 0xffff;
    this.#earlyPackets++;
    this.#waitingBytes += payload.length;
  }

  #reserve(count: number): void {
    const old = this.#early;
    let length = old?.length ?? MIN_SLOTS;
    while (length <= count) length *= 2;
    if (old?.length === length) return;
    const slots = new Array<Uint8Array | undefined>(length).fill(undefined);
    for (let i = 1; old !== undefined && i < old.length; i++) {
      const sequence = this.#expected + i;
      slots[sequence & (length - 1)] = old[sequence & (old.length - 1)];
    }
    this.#early = slots;
  }
}
