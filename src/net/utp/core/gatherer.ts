/**
 * Payloads that come in a row for one stream are handed on together: to parse a block of 16 KiB once costs less than a dozen times.
 *
 * Invariant: what is gathered was acknowledged, or will be with the next flush, and is handed on before anything else is said to the
 * receiver of its stream.
 */

/** A row of packets that the system gives in one turn, and what a TCP reads at once. */
const GATHERED_BYTES = 64 * 1024;
/** Packets of one machine are as large as what is gathered of others. */
const LARGE_BYTES = 8 * 1024;

/** A stream that takes what was gathered for it. */
export interface Gathering {
  /** Valid during the call only. */
  takeGathered(bytes: Uint8Array): void;
}

export class Gatherer {
  /** Made with the first packet. */
  #bytes: Uint8Array | undefined;
  #length = 0;
  #stream: Gathering | undefined;

  add(stream: Gathering, payload: Uint8Array): void {
    const isLarge = payload.length >= LARGE_BYTES;
    if (isLarge || stream !== this.#stream || this.#length + payload.length > GATHERED_BYTES) this.handOn();
    if (isLarge) {
      stream.takeGathered(payload);
      return;
    }
    this.#bytes ??= new Uint8Array(GATHERED_BYTES);
    this.#bytes.set(payload, this.#length);
    this.#length += payload.length;
    this.#stream = stream;
  }

  /** @param stream only what is of this one; of whichever it is, when absent */
  handOn(stream: Gathering | undefined = this.#stream): void {
    if (this.#length === 0 || stream !== this.#stream) return;
    const bytes = this.#bytes!.subarray(0, this.#length);
    this.#length = 0;
    this.#stream = undefined;
    stream!.takeGathered(bytes);
  }
}
