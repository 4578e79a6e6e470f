/** Targets of uTP: packets, and whole connections that get nothing else. */
import assert from 'node:assert/strict';
import { Endpoint } from '../src/ground/endpoint.ts';
import { createPrng } from '../src/ground/prng.ts';
import type { UtpStream } from '../src/net/utp/core/sink.ts';
import { UtpSockets } from '../src/net/utp/core/sockets.ts';
import {
  beginSack,
  createReceivedPacket,
  DATA,
  decodePacket,
  encodeHeader,
  FIN,
  HEADER_LENGTH,
  type PacketHeader,
  pad,
  RESET,
  STATE,
  SYN,
} from '../src/net/utp/wire/packet.ts';
import type { Target } from './target.ts';

const FRIEND = Endpoint.from('93.184.216.34', 6881)!;
const STRANGER = Endpoint.from('93.184.216.35', 6881)!;
/** The numbers that the first connection of a machine with this generator has. */
const SEED = 7;
const WINDOW_BYTES = 100_000;

function packet(header: Partial<PacketHeader>, payloadLength = 0): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + payloadLength);
  encodeHeader(bytes, {
    type: STATE,
    connectionId: 0,
    timestampMicros: 5,
    differenceMicros: 6,
    windowBytes: 1 << 20,
    sequence: 100,
    acknowledged: 0,
    ...header,
  });
  return bytes;
}

/** A machine with one stream that we opened, which has written something. */
class Lab {
  readonly sockets: UtpSockets;
  readonly stream: UtpStream;
  readonly #prng = createPrng(1);
  sentToStranger = 0;
  /** Of our SYN. */
  connectionId = 0;
  sequence = 0;
  received = 0;
  now = 1000;
  #isFlushWanted = false;

  constructor() {
    this.sockets = new UtpSockets({
      prng: createPrng(SEED),
      windowBytesFor: () => WINDOW_BYTES,
      sink: {
        hasSentAll: true,
        send: (bytes, to) => {
          if (to === STRANGER) this.sentToStranger += bytes.length;
          else if (bytes[0] === 0x41) {
            this.connectionId = bytes[2]! * 256 + bytes[3]!;
            this.sequence = bytes[16]! * 256 + bytes[17]!;
          }
        },
        onIncoming: (stream) => this.#hear(stream),
        onTaken: () => {},
        wantsFlush: () => {
          this.#isFlushWanted = true;
        },
      },
    });
    this.stream = this.sockets.connect(this.now, FRIEND)!;
    this.#hear(this.stream);
    this.stream.write(new Uint8Array(50_000));
  }

  #hear(stream: UtpStream): void {
    stream.setReceiver({
      onConnected: () => {},
      onData: ({ length }) => {
        this.received += length;
        // Now and then nobody takes anything for a while, or has enough.
        if (this.#prng.below(50) === 0) stream.pause();
        if (this.#prng.below(500) === 0) stream.close();
      },
      onClosed: () => {},
    });
  }

  /** A packet, and what follows from it after `ms`. */
  take(bytes: Uint8Array, from: Endpoint, ms: number): void {
    this.now += 0.01;
    this.sockets.handlePacket(this.now, bytes, from);
    this.flush();
    this.now += ms;
    this.sockets.handleTimeout(this.now);
    this.flush();
    if (this.#prng.below(50) === 0) this.stream.resume();
  }

  flush(): void {
    for (let turns = 0; this.#isFlushWanted; turns++) {
      assert.ok(turns < 1000, 'it always has something more to send');
      this.#isFlushWanted = false;
      this.sockets.flush(this.now);
    }
  }
}

const { connectionId, sequence } = new Lab();
const connected = packet({ connectionId, acknowledged: sequence, sequence: 100 });

function sack(): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + 2 + 8);
  encodeHeader(bytes, {
    ...{ type: STATE, connectionId, timestampMicros: 1, differenceMicros: 2, windowBytes: 1 << 20 },
    ...{ sequence: 100, acknowledged: sequence },
  });
  bytes.fill(0x5a, beginSack(bytes, 8));
  return bytes;
}

/** Packets behind each other, each after its length (two bytes), who sends it, and the milliseconds that follow it (one byte). */
function join(...packets: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    packets.flatMap((bytes) => [bytes.length >>> 8, bytes.length & 255, 0, 10, ...bytes]),
  );
}

const data = (at: number, length = 100): Uint8Array =>
  packet({ type: DATA, connectionId, acknowledged: sequence, sequence: 100 + at }, length);

export const UTP_TARGETS: readonly Target[] = [
  {
    name: 'utp-packets',
    seeds: [connected, sack(), data(0), pad(data(1), 700)!, packet({ type: SYN, connectionId: 5 })],
    run: (input) => {
      const read = createReceivedPacket();
      if (decodePacket(input, read) !== undefined) return;
      assert.ok(read.payloadAt >= HEADER_LENGTH && read.payloadAt <= input.length);
      assert.ok(read.sackLength === 0 || read.sackAt + read.sackLength <= read.payloadAt);
      const again = new Uint8Array(HEADER_LENGTH);
      encodeHeader(again, read);
      again[1] = input[1]!;
      assert.deepEqual(again, Uint8Array.from(input.subarray(0, HEADER_LENGTH)));
    },
  },
  {
    name: 'utp-connections',
    seeds: [
      join(connected, data(0), data(2), data(1), sack(), data(3, 1400)),
      join(connected, data(0), packet({ type: FIN, connectionId, acknowledged: sequence, sequence: 101 })),
      join(connected, packet({ type: RESET, connectionId, acknowledged: sequence })),
      join(packet({ type: SYN, connectionId: 9, sequence: 5 }), packet({ type: DATA, connectionId: 10 }, 5)),
    ],
    run: (input) => {
      const lab = new Lab();
      let asked = 0;
      for (let at = 0; at + 4 <= input.length; ) {
        const length = Math.min(input[at]! * 256 + input[at + 1]!, input.length - at - 4);
        const bytes = input.subarray(at + 4, at + 4 + length);
        const isStranger = (input[at + 2]! & 1) === 1;
        if (isStranger) asked += length;
        lab.take(bytes, isStranger ? STRANGER : FRIEND, input[at + 3]!);
        at += 4 + length;
      }
      // Whoever has not shown that it gets our answers gets no more than it sent; nobody can in one exchange of seeds alone.
      assert.ok(lab.sentToStranger <= asked + 40, `${lab.sentToStranger} bytes to ${asked}`);
      assert.ok(lab.sockets.size <= 1000 && lab.stream.unsent <= 50_000);
      for (let i = 0; i < 100 && lab.sockets.size > 0; i++) {
        lab.now = Math.max(lab.now, Math.min(lab.sockets.nextTimeout(), lab.now + 1e6)) + 0.01;
        lab.stream.destroy();
        lab.sockets.handleTimeout(lab.now);
        lab.flush();
      }
      lab.sockets.close();
      assert.equal(lab.sockets.size, 0);
    },
  },
];
