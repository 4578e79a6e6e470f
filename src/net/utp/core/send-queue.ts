/** What a stream was given to send and has not cut into packets yet. Bytes stay where their owner has them until they are. */

interface Chunk {
  readonly bytes: Uint8Array;
  readonly taken: ((isSent: boolean) => void) | undefined;
}

export type OnTaken = (taken: (isSent: boolean) => void, isSent: boolean) => void;

export class SendQueue {
  readonly #onTaken: OnTaken;
  #chunks: Chunk[] = [];
  /** Of the chunks, those before it are gone. */
  #first = 0;
  /** Of the first chunk, so many bytes are gone. */
  #offset = 0;
  #length = 0;

  constructor(onTaken: OnTaken) {
    this.#onTaken = onTaken;
  }

  /** Bytes. */
  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array, taken: ((isSent: boolean) => void) | undefined): void {
    if (bytes.length === 0) {
      if (taken !== undefined) this.#onTaken(taken, true);
      return;
    }
    this.#chunks.push({ bytes, taken });
    this.#length += bytes.length;
  }

  /** Moves the next `length` bytes to `out`; there are as many. */
  take(out: Uint8Array, at: number, length: number): void {
    this.#length -= length;
    for (let done = 0; done < length; ) {
      const { bytes, taken } = this.#chunks[this.#first]!;
      const step = Math.min(length - done, bytes.length - this.#offset);
      out.set(bytes.subarray(this.#offset, this.#offset + step), at + done);
      done += step;
      this.#offset += step;
      if (this.#offset < bytes.length) return;
      this.#offset = 0;
      this.#first++;
      if (taken !== undefined) this.#onTaken(taken, true);
    }
    if (this.#first === this.#chunks.length) this.#clear();
    else if (this.#first > 64) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }

  /** Nothing of it will be sent. */
  discard(): void {
    for (let i = this.#first; i < this.#chunks.length; i++) {
      const { taken } = this.#chunks[i]!;
      if (taken !== undefined) this.#onTaken(taken, false);
    }
    this.#clear();
    this.#offset = 0;
    this.#length = 0;
  }

  #clear(): void {
    this.#chunks.length = 0;
    this.#first = 0;
  }
}
