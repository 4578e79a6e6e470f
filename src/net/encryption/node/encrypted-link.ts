/**
 * A link on which message stream encryption is spoken, over any other link. What is written during the handshake waits: the first of
 * it goes as the initial payload, the rest behind the handshake. In plaintext the link below then talks to the receiver itself.
 *
 * A receiver that was dialled hears `onConnected` when the link below stands, so that its greeting can be the initial payload. A
 * handshake that fails ends the link with its reason.
 */
import { concatBytes } from '../../../ground/bytes.ts';
import type { Clock, Link, LinkReceiver } from '../../../ground/ports.ts';
import type { Malformed } from '../../../ground/result.ts';
import type { PayloadEncryption } from '../core/policy.ts';
import type { Agreement, HandshakeSink } from '../core/sink.ts';
import { alignedLike, type Rc4 } from '../wire/rc4.ts';

/** One side of a handshake. */
export interface HandshakeMachine {
  start(): void;
  handleReceived(chunk: Uint8Array): void;
}

type Taken = (isSent: boolean) => void;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly taken: Taken | undefined;
}

const NO_BYTES = new Uint8Array(0);
/** So much is encrypted at once: larger pieces fall out of the cache before the socket has them. */
const SLICE_LENGTH = 128 * 1024;
/** What is unsent so long after `close`, because the handshake has not ended, is lost. */
const LINGER_MS = 1000;
/** Both ends of a view that lies as another one does. */
const ALIGNMENT = 3;

/** What is decrypted here is delivered before the next chunk comes, on whatever link. */
let scratch = new Uint8Array(64 * 1024 + ALIGNMENT);

function scratchLike(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (scratch.length < bytes.length + ALIGNMENT) scratch = new Uint8Array(bytes.length + ALIGNMENT);
  return alignedLike(bytes, scratch);
}

export class EncryptedLink implements Link, LinkReceiver, HandshakeSink {
  #below: Link | undefined;
  #receiver: LinkReceiver;
  /** Until the handshake is over. */
  #machine: HandshakeMachine | undefined;
  #waiting: Waiting[] = [];
  #sentAsInitial: Waiting[] = [];
  #agreement: Agreement | undefined;
  #outgoing: Rc4 | undefined;
  #incoming: Rc4 | undefined;
  /** Bytes that are still to be decrypted. */
  #encryptedLeft = 0;
  /** Came with the end of the handshake, while the link was paused. */
  #held: Uint8Array = NO_BYTES;
  #isPaused = false;
  /** Closed by us, or ended. */
  #isEnded = false;
  #hasToldEnd = false;

  readonly #clock: Pick<Clock, 'after'>;

  constructor(
    receiver: LinkReceiver,
    clock: Pick<Clock, 'after'>,
    createMachine: (sink: HandshakeSink) => HandshakeMachine,
  ) {
    this.#receiver = receiver;
    this.#clock = clock;
    this.#machine = createMachine(this);
  }

  /** Once, before anything happens on the link below; its receiver is this one. */
  setBelow(below: Link): void {
    this.#below = below;
  }

  /** How the payload is encrypted; undefined during the handshake. */
  get encryption(): PayloadEncryption | undefined {
    return this.#agreement?.method;
  }

  /** The share that the handshake named; undefined during it. */
  get skey(): Uint8Array | undefined {
    return this.#agreement?.skey;
  }

  // The link, as those above see it.

  get transport(): Link['transport'] {
    return this.#below?.transport;
  }

  get unsent(): number {
    let waiting = 0;
    for (const { bytes } of this.#waiting) waiting += bytes.length;
    return this.#below!.unsent + waiting;
  }

  setReceiver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    this.#stepAside();
  }

  write(bytes: Uint8Array, taken?: Taken): void {
    if (this.#isEnded) lose(taken);
    else if (this.#machine !== undefined) this.#waiting.push({ bytes, taken });
    else this.#send(bytes, taken);
  }

  pause(): void {
    this.#isPaused = true;
    this.#below!.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#held.length === 0) return this.#below!.resume();
    // Never within the call.
    queueMicrotask(() => {
      if (this.#isPaused || this.#isEnded) return;
      const held = this.#held;
      this.#held = NO_BYTES;
      this.#receiver.onData(held);
      this.#stepAside();
      if (!this.#isPaused) this.#below!.resume();
    });
  }

  close(): void {
    this.#isEnded = true;
    if (this.#machine === undefined || this.#waiting.length === 0) return this.#below!.close();
    // The end of the handshake sends what waits.
    this.#clock.after(LINGER_MS, () => this.destroy());
  }

  destroy(): void {
    this.#end();
    this.#below!.destroy();
  }

  // What the link below tells.

  onConnected(): void {
    this.#machine?.start();
    this.#receiver.onConnected();
  }

  onData(chunk: Uint8Array): void {
    if (this.#machine !== undefined) this.#machine.handleReceived(chunk);
    else this.#decrypt(chunk);
  }

  onClosed(failure: Error | undefined): void {
    if (this.#hasToldEnd) return;
    this.#hasToldEnd = true;
    this.#end();
    this.#receiver.onClosed(failure);
  }

  // What the handshake tells.

  send(bytes: Uint8Array<ArrayBuffer>): void {
    const sent = this.#sentAsInitial;
    this.#sentAsInitial = [];
    if (sent.length === 0) this.#below!.write(bytes);
    else this.#below!.write(bytes, (isSent) => sent.forEach(({ taken }) => void taken?.(isSent)));
  }

  takeInitialPayload(maxLength: number): Uint8Array {
    let length = 0;
    const rest = this.#waiting.findIndex(({ bytes }) => (length += bytes.length) > maxLength);
    this.#sentAsInitial = this.#waiting.splice(0, rest < 0 ? this.#waiting.length : rest);
    return concatBytes(this.#sentAsInitial.map(({ bytes }) => bytes));
  }

  establish(agreement: Agreement, rest: Uint8Array): void {
    this.#machine = undefined;
    this.#agreement = agreement;
    this.#outgoing = agreement.outgoing;
    this.#incoming = agreement.encryptedLength > 0 ? agreement.incoming : undefined;
    this.#encryptedLeft = agreement.encryptedLength;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { bytes, taken } of waiting) this.#send(bytes, taken);
    if (this.#isEnded) return this.#below!.close();
    if (rest.length > 0) this.#decrypt(rest);
    this.#stepAside();
  }

  fail({ message }: Malformed): void {
    this.onClosed(new Error(`the encrypted handshake failed: ${message}`));
    this.#below!.destroy();
  }

  /** Once nothing that comes needs to be changed, and nothing waits, the receiver hears the link below. */
  #stepAside(): void {
    const isTransparent =
      this.#agreement !== undefined && this.#incoming === undefined && this.#held.length === 0;
    if (isTransparent && !this.#isEnded) this.#below!.setReceiver(this.#receiver);
  }

  #send(bytes: Uint8Array, taken: Taken | undefined): void {
    const cipher = this.#outgoing;
    if (cipher === undefined || bytes.length === 0) return this.#below!.write(bytes, taken);
    for (let at = 0; at < bytes.length; at += SLICE_LENGTH) {
      const slice = bytes.subarray(at, at + SLICE_LENGTH);
      const encrypted = alignedLike(slice, Buffer.allocUnsafeSlow(slice.length + ALIGNMENT));
      cipher.transform(slice, encrypted);
      this.#below!.write(encrypted, at + SLICE_LENGTH >= bytes.length ? taken : undefined);
    }
  }

  #decrypt(chunk: Uint8Array): void {
    const cipher = this.#incoming;
    if (cipher === undefined) return this.#deliver(chunk);
    const encrypted = chunk.length > this.#encryptedLeft ? chunk.subarray(0, this.#encryptedLeft) : chunk;
    const decrypted = scratchLike(encrypted);
    cipher.transform(encrypted, decrypted);
    this.#encryptedLeft -= encrypted.length;
    if (this.#encryptedLeft > 0) return this.#deliver(decrypted);
    // The initial payload has ended, and what follows is plaintext.
    this.#incoming = undefined;
    this.#deliver(
      encrypted === chunk ? decrypted : concatBytes([decrypted, chunk.subarray(encrypted.length)]),
    );
    this.#stepAside();
  }

  #deliver(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    if (this.#isPaused) this.#held = concatBytes([this.#held, bytes]);
    else this.#receiver.onData(bytes);
  }

  /** What waits is lost. */
  #end(): void {
    this.#isEnded = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { taken } of waiting) lose(taken);
  }
}

function lose(taken: Taken | undefined): void {
  if (taken !== undefined) queueMicrotask(() => taken(false));
}
