/**
 * A network for swarms of a thousand peers: every host has an uplink that its streams share message by message, as TCP
 * flows share a bottleneck, and a downlink. Blocks are described, not copied: their bytes are made up when they arrive.
 * Messages without data cost their delay and no bandwidth (they are under 1 % of the bytes).
 */
import { BLOCK_LENGTH } from '../../src/ground/units.ts';
import { PIECE_HEADER_LENGTH, writePieceHeader } from '../../src/systems/torrents/swarm/wire/messages.ts';
import type { World, WorldEvent } from '../world/world.ts';

export interface LinkEnd {
  onConnected(): void;
  /** Valid only during the call. */
  onData(bytes: Uint8Array): void;
  onClosed(): void;
}

interface QueuedBlock {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
  readonly taken: () => void;
}

/** The bytes of every block. They are never hashed. */
const message = new Uint8Array(PIECE_HEADER_LENGTH + BLOCK_LENGTH);

export class CrowdHost {
  readonly #world: World;
  /** Bytes a millisecond. */
  readonly up: number;
  readonly down: number;
  readonly delayMs: number;
  /** Streams that have something to send, in turn. */
  readonly #turns: CrowdStream[] = [];
  #isSending = false;
  #downFreeAt = 0;
  sentBytes = 0;
  accept: ((stream: CrowdStream) => LinkEnd | undefined) | undefined;

  constructor(world: World, rates: { readonly up: number; readonly down: number; readonly delayMs: number }) {
    this.#world = world;
    this.up = rates.up / 1000;
    this.down = rates.down / 1000;
    this.delayMs = rates.delayMs;
  }

  /** When bytes that come at `at` are through the downlink. */
  receive(at: number, bytes: number): number {
    this.#downFreeAt = Math.max(this.#downFreeAt, at) + bytes / this.down;
    return this.#downFreeAt;
  }

  offer(stream: CrowdStream): void {
    this.#turns.push(stream);
    if (!this.#isSending) this.#sendNext();
  }

  #sendNext(): void {
    const stream = this.#turns.shift();
    this.#isSending = stream !== undefined;
    if (stream === undefined) return;
    const block = stream.queue.shift()!;
    if (stream.queue.length > 0) this.#turns.push(stream);
    const bytes = PIECE_HEADER_LENGTH + block.length;
    this.#world.after(bytes / this.up, () => {
      this.sentBytes += block.length;
      stream.deliverBlock(block, bytes);
      block.taken();
      this.#sendNext();
    });
  }
}

class Delivery implements WorldEvent {
  readonly #stream: CrowdStream;
  readonly #content: QueuedBlock | Uint8Array;

  constructor(stream: CrowdStream, content: QueuedBlock | Uint8Array) {
    this.#stream = stream;
    this.#content = content;
  }

  run(): void {
    const end = this.#stream.isClosed ? undefined : this.#stream.farEnd;
    if (end === undefined) return;
    if (this.#content instanceof Uint8Array) return end.onData(this.#content);
    const { piece, begin, length } = this.#content;
    writePieceHeader(message, 0, piece, begin, length);
    end.onData(message.subarray(0, PIECE_HEADER_LENGTH + length));
  }
}

/** One direction of a connection. */
export class CrowdStream {
  readonly #world: World;
  readonly #from: CrowdHost;
  readonly to: CrowdHost;
  readonly queue: QueuedBlock[] = [];
  /** The receiver of the bytes written here. */
  farEnd: LinkEnd | undefined;
  twin: CrowdStream | undefined;
  isClosed = false;

  constructor(world: World, from: CrowdHost, to: CrowdHost) {
    this.#world = world;
    this.#from = from;
    this.to = to;
  }

  get #delayMs(): number {
    return this.#from.delayMs + this.to.delayMs;
  }

  write(bytes: Uint8Array): void {
    if (!this.isClosed) this.#world.post(this.#world.now + this.#delayMs, new Delivery(this, bytes));
  }

  writeBlock(block: QueuedBlock): void {
    if (this.isClosed) return;
    this.queue.push(block);
    if (this.queue.length === 1) this.#from.offer(this);
  }

  deliverBlock(block: QueuedBlock, bytes: number): void {
    const at = this.to.receive(this.#world.now + this.#delayMs, bytes);
    this.#world.post(at, new Delivery(this, block));
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { twin } = this;
    this.#world.after(this.#delayMs, () => {
      if (twin === undefined || twin.isClosed) return;
      twin.isClosed = true;
      this.farEnd?.onClosed();
    });
  }
}

/** Opens a connection; `far` is undefined for a host that is gone. */
export function dial(world: World, from: CrowdHost, far: CrowdHost | undefined, near: LinkEnd): CrowdStream {
  const out = new CrowdStream(world, from, far ?? from);
  world.after(2 * (from.delayMs + (far?.delayMs ?? 50)), () => {
    if (out.isClosed) return;
    const back = new CrowdStream(world, far ?? from, from);
    const end = far?.accept?.(back);
    if (end === undefined) {
      out.isClosed = true;
      near.onClosed();
      return;
    }
    [out.farEnd, back.farEnd] = [end, near];
    [out.twin, back.twin] = [back, out];
    near.onConnected();
  });
  return out;
}
