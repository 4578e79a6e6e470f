/**
 * Cuts a byte stream into peer messages. A message that lies within one chunk is handed on as a view into it; one
 * that spans chunks is put together in a buffer of the decoder's own, so a block is copied at most once here.
 *
 * Invariant: nothing is buffered before the length and id of its message were judged by `checkFrame`.
 */
import { type Bytes, readUint32 } from '../../../../ground/bytes.ts';
import type { Malformed } from '../../../../ground/result.ts';
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import { checkFrame } from './messages.ts';

export interface FrameReceiver {
  /** `payload` is valid only during the call. Returning false stops the decoder for good. */
  onFrame(id: number, payload: Bytes): boolean;
  onKeepAlive(): void;
}

/** The buffer that is kept between messages; larger ones are made for their message. */
const KEPT_BUFFER = BLOCK_LENGTH + 13;
const PREFIX_LENGTH = 5;
/** Before the first message that comes in parts. */
const NOTHING = new Uint8Array(0);

export class MessageDecoder {
  #buffer: Uint8Array = NOTHING;
  /** Bytes of the unfinished message in `#buffer`. */
  #held = 0;
  /** Whole length of the unfinished message; 0 while its prefix is incomplete. */
  #needed = 0;
  #stopped = false;

  /** Returns what is wrong with the stream, after which the decoder takes nothing more. */
  push(chunk: Bytes, receiver: FrameReceiver): Malformed | undefined {
    let at = 0;
    while (!this.#stopped && at < chunk.length) {
      if (this.#held > 0) {
        const taken = this.#fill(chunk, at, receiver);
        if (typeof taken === 'object') return this.#stop(taken);
        at += taken;
        if (this.#needed > 0 && this.#held === this.#needed) this.#finishHeld(receiver);
        continue;
      }
      const left = chunk.length - at;
      const length = left >= 4 ? readUint32(chunk, at) : -1;
      if (length === 0) {
        receiver.onKeepAlive();
        at += 4;
      } else if (left < PREFIX_LENGTH) {
        this.#makeRoom(PREFIX_LENGTH);
        this.#buffer.set(chunk.subarray(at));
        this.#held = left;
        return undefined;
      } else {
        const verdict = checkFrame(chunk[at + 4]!, length - 1);
        if (verdict !== undefined) return this.#stop(verdict);
        if (left < 4 + length) {
          this.#hold(chunk.subarray(at), 4 + length);
          return undefined;
        }
        if (!receiver.onFrame(chunk[at + 4]!, chunk.subarray(at + PREFIX_LENGTH, at + 4 + length)))
          this.#stopped = true;
        at += 4 + length;
      }
    }
    return undefined;
  }

  /** Moves bytes of `chunk` to the unfinished message; returns how many, or what is wrong. */
  #fill(chunk: Bytes, at: number, receiver: FrameReceiver): number | Malformed {
    if (this.#needed === 0) {
      const taken = Math.min(PREFIX_LENGTH - this.#held, chunk.length - at);
      this.#buffer.set(chunk.subarray(at, at + taken), this.#held);
      this.#held += taken;
      if (this.#held >= 4 && readUint32(this.#buffer, 0) === 0) {
        receiver.onKeepAlive();
        return this.#unreadKeepAlive(taken);
      }
      if (this.#held < PREFIX_LENGTH) return taken;
      const length = readUint32(this.#buffer, 0);
      const verdict = checkFrame(this.#buffer[4]!, length - 1);
      if (verdict !== undefined) return verdict;
      this.#hold(this.#buffer.subarray(0, PREFIX_LENGTH), 4 + length);
      return taken;
    }
    const taken = Math.min(this.#needed - this.#held, chunk.length - at);
    this.#makeRoom(this.#held + taken);
    this.#buffer.set(chunk.subarray(at, at + taken), this.#held);
    this.#held += taken;
    return taken;
  }

  /** A keep-alive is 4 bytes: the fifth belongs to the next message. */
  #unreadKeepAlive(taken: number): number {
    const surplus = this.#held - 4;
    this.#held = 0;
    return taken - surplus;
  }

  #hold(start: Bytes, needed: number): void {
    this.#needed = needed;
    const isHere = start.buffer === this.#buffer.buffer;
    this.#makeRoom(start.length);
    if (!isHere) this.#buffer.set(start);
    this.#held = start.length;
  }

  /** Memory for a message grows as it comes: a length alone buys nobody megabytes of ours. */
  #makeRoom(length: number): void {
    if (this.#buffer.length >= length) return;
    const wished = Math.max(KEPT_BUFFER, 2 * length);
    const grown = new Uint8Array(Math.max(length, Math.min(wished, this.#needed)));
    grown.set(this.#buffer.subarray(0, Math.min(this.#held, grown.length)));
    this.#buffer = grown;
  }

  #finishHeld(receiver: FrameReceiver): void {
    const buffer = this.#buffer;
    const needed = this.#needed;
    this.#held = 0;
    this.#needed = 0;
    if (buffer.length > KEPT_BUFFER) this.#buffer = NOTHING;
    if (!receiver.onFrame(buffer[4]!, buffer.subarray(PREFIX_LENGTH, needed))) this.#stopped = true;
  }

  #stop(verdict: Malformed): Malformed {
    this.#stopped = true;
    return verdict;
  }
}
