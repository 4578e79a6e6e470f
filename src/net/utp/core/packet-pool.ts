/**
 * Memory for packets: buffers of data packets are used again once they are acknowledged, since an array outside the heap costs
 * more than all else that a packet costs; those of short ones are cut from slabs.
 */
import type { SentPacket } from './flight.ts';

/** What is kept for later: enough for a window of one fast connection. */
const MAX_KEPT_BYTES = 1 << 20;
/** Most packets have the size of the way's MTU, and ways have few. */
const MAX_SIZES = 4;
const SLAB_BYTES = 32_768;
/** Below, a slab is used. */
const MIN_POOLED_BYTES = 512;

export class PacketPool {
  readonly #free = new Map<number, SentPacket[]>();
  readonly #hasSentAll: () => boolean;
  #slab = new Uint8Array(0);
  #at = 0;

  /** @param hasSentAll no packet waits in a queue of the system */
  constructor(hasSentAll: () => boolean) {
    this.#hasSentAll = hasSentAll;
  }

  /** Bytes of any content, for one short packet; never used again. */
  cut(length: number): Uint8Array {
    if (this.#at + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#at = 0;
    }
    const bytes = this.#slab.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /** @param length bytes, header included */
  acquire(length: number): SentPacket {
    const packet = this.#free.get(length)?.pop();
    if (packet !== undefined) {
      packet.transmissions = 0;
      packet.isLost = false;
      packet.trialBytes = 0;
      return packet;
    }
    const bytes = length < MIN_POOLED_BYTES ? this.cut(length) : new Uint8Array(length);
    return {
      bytes,
      sequence: 0,
      payloadLength: 0,
      sentAt: 0,
      transmissions: 0,
      isLost: false,
      trialBytes: 0,
    };
  }

  release(packet: SentPacket): void {
    const { length } = packet.bytes;
    // One that was sent twice may still wait in a queue of the system.
    if (length < MIN_POOLED_BYTES || packet.transmissions !== 1) return;
    // So may one that a liar acknowledges before it has it: what another stream sends would go to the liar in its place.
    if (!this.#hasSentAll()) return;
    let free = this.#free.get(length);
    if (free === undefined) {
      if (this.#free.size >= MAX_SIZES) this.#free.delete(this.#free.keys().next().value!);
      free = [];
      this.#free.set(length, free);
    }
    if (free.length * length < MAX_KEPT_BYTES) free.push(packet);
  }
}
