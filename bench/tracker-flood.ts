/**
 * A flood for one UDP tracker (BEP 15): connects first, then announces peers of many swarms from several senders, with a bounded
 * number of requests outstanding. A process of its own, driven by lines on its standard input; each command ends with one JSON line.
 *
 * - `{"id":1,"cmd":"grow","to":20}` brings every swarm to 20 peers, each of which announces once.
 * - `{"id":2,"cmd":"repeat","seconds":3}` has peers that are there announce again, in random order.
 * - `{"id":3,"cmd":"one","peers":20000}` turns to another swarm and brings it to so many peers; `repeat` then means that one.
 *
 * usage: tracker-flood.ts --host 127.0.0.1|::1 --port P --hashes N [--echo]
 */
import { createSocket, type Socket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createPrng } from '../src/ground/prng.ts';
import { floodHash, NUM_WANT } from './tracker-programs.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    hashes: { type: 'string' },
    window: { type: 'string', default: '200' },
    /** The other side is `tracker-echo.ts`: the packet says how long the answer of a tracker would be. */
    echo: { type: 'boolean', default: false },
  },
});
const isV6 = values.host === '::1';
const port = Number(values.port);
const hashCount = Number(values.hashes);
const prng = createPrng(1);
/** Divides the number of swarms, so that each sender has as many peers of each. */
const SENDERS = 4;
const FIRST_PORT = 1024;
/** A connection id serves for a minute (BEP 15). */
const RECONNECT_MS = 40_000;
const LOST_MS = 250;
const CHECK_MS = 50;
/** A transaction is the slot, and above it how often the slot was used: an answer that comes late is known as such. */
const SLOT_BITS = 12;

const hashes = Array.from({ length: hashCount + 1 }, (_, i) => Buffer.from(floodHash(i)));

/** Announce number `peer` of swarm `hash`. */
interface Announce {
  readonly hash: number;
  readonly peer: number;
  readonly isNew: boolean;
}

/** What is still to be announced; undefined when a sender has nothing left. */
type Source = (sender: number) => Announce | undefined;

let source: Source = () => undefined;
let [answers, bytes, lost] = [0, 0, 0];
let onIdle: () => void = () => {};
let outstanding = 0;
let size = 0;
let isOne = false;

class Sender {
  readonly number: number;
  readonly socket: Socket;
  readonly #packets: Buffer[];
  readonly #sentAt: Float64Array;
  readonly #uses: Uint32Array;
  readonly #connect = Buffer.from('0000041727101980000000007fffffff', 'hex');
  readonly #id = Buffer.alloc(8);
  #onConnected: () => void = () => {};

  constructor(number: number, slots: number) {
    this.number = number;
    this.#sentAt = new Float64Array(slots);
    this.#uses = new Uint32Array(slots);
    this.#packets = Array.from({ length: slots }, () => {
      const packet = Buffer.alloc(98);
      packet.writeUInt32BE(1, 8);
      packet.write(`-FL0001-${String(number).padStart(12, '0')}`, 36, 'latin1');
      // Everyone is still fetching: then every answer has peers of both kinds, with every tracker.
      packet.writeUInt32BE(1, 68);
      packet.writeUInt32BE(number + 1, 88);
      return packet;
    });
    this.socket = createSocket({
      type: isV6 ? 'udp6' : 'udp4',
      recvBufferSize: 4 << 20,
      sendBufferSize: 4 << 20,
      lookup: (name, _, callback) => callback(null, name, isV6 ? 6 : 4),
    });
    this.socket.on('message', (message) => this.#handle(message));
    this.socket.on('error', () => {});
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) =>
      this.socket.bind(0, isV6 ? '::1' : `127.0.0.${2 + this.number}`, resolve),
    );
    const connected = new Promise<void>((resolve) => (this.#onConnected = resolve));
    const again = setInterval(() => this.connect(), CHECK_MS);
    this.connect();
    await connected;
    clearInterval(again);
  }

  connect(): void {
    this.#send(this.#connect);
  }

  /** Fills every free slot. */
  start(): void {
    for (let slot = 0; slot < this.#packets.length; slot++) if (this.#sentAt[slot] === 0) this.#next(slot);
  }

  /** Lost packets would let the window run dry. */
  repeatLost(now: number): void {
    for (let slot = 0; slot < this.#packets.length; slot++) {
      const at = this.#sentAt[slot]!;
      if (at === 0 || now - at < LOST_MS) continue;
      lost++;
      this.#sentAt[slot] = now;
      this.#send(this.#packets[slot]!);
    }
  }

  #handle(message: Buffer): void {
    const action = message[3];
    if (action === 0) {
      message.copy(this.#id, 0, 8, 16);
      for (const packet of this.#packets) this.#id.copy(packet);
      this.#onConnected();
      return;
    }
    if (action === 3) fatal(`the tracker refuses: ${message.subarray(8).toString('latin1')}`);
    const transaction = message.readUInt32BE(4);
    const slot = transaction & ((1 << SLOT_BITS) - 1);
    if (action !== 1 || !(this.#sentAt[slot]! > 0) || transaction >>> SLOT_BITS !== this.#uses[slot]) return;
    this.#sentAt[slot] = 0;
    outstanding--;
    answers++;
    bytes += message.length;
    this.#next(slot);
  }

  #next(slot: number): void {
    const announce = source(this.number);
    if (announce === undefined) {
      if (outstanding === 0) onIdle();
      return;
    }
    const packet = this.#packets[slot]!;
    this.#uses[slot] = (this.#uses[slot]! + 1) & 0xf_ffff;
    packet.writeUInt32BE(this.#uses[slot]! * (1 << SLOT_BITS) + slot, 12);
    hashes[announce.hash]!.copy(packet, 16);
    packet.writeUInt32BE(announce.isNew ? 2 : 0, 80);
    packet.writeUInt32BE(values.echo ? Math.min(NUM_WANT, Math.max(0, size - 1)) : NUM_WANT, 92);
    packet.writeUInt16BE(FIRST_PORT + announce.peer, 96);
    this.#sentAt[slot] = clock;
    outstanding++;
    this.#send(packet);
  }

  #send(packet: Buffer): void {
    this.socket.send(packet, port, values.host);
  }
}

function fatal(message: string): never {
  console.log(JSON.stringify({ event: 'error', message }));
  process.exit(1);
}

/** Every swarm gets its peer `from`, then every one the next. A peer belongs to the sender that `(hash + peer) % SENDERS` names. */
function growing(from: number, to: number, first: number, count: number): Source {
  const at = Array.from({ length: SENDERS }, (_, sender) => ({
    peer: from,
    hash: (sender + SENDERS - (from % SENDERS)) % SENDERS,
  }));
  return (sender) => {
    const next = at[sender]!;
    while (next.hash >= count) {
      if (++next.peer >= to) return undefined;
      next.hash = (sender + SENDERS - (next.peer % SENDERS)) % SENDERS;
    }
    if (next.peer >= to) return undefined;
    const announce = { hash: first + next.hash, peer: next.peer, isNew: true };
    next.hash += SENDERS;
    return announce;
  };
}

/** Until the time is over. */
function repeating(until: number): Source {
  return (sender) => {
    if (clock >= until) return undefined;
    if (isOne) {
      const peer = prng.below(size / SENDERS) * SENDERS + sender;
      return { hash: hashCount, peer, isNew: false };
    }
    const peer = prng.below(size);
    const hash =
      prng.below(hashCount / SENDERS) * SENDERS + ((sender + SENDERS - (peer % SENDERS)) % SENDERS);
    return { hash, peer, isNew: false };
  };
}

/** Read once every few packets: a clock a packet would cost. */
let clock = performance.now();
const perSender = Math.ceil(Number(values.window) / SENDERS);
const senders = Array.from({ length: SENDERS }, (_, number) => new Sender(number, perSender));
setInterval(() => (clock = performance.now()), 5).unref();
setInterval(() => {
  for (const sender of senders) sender.repeatLost(clock);
}, CHECK_MS);
setInterval(() => {
  for (const sender of senders) sender.connect();
}, RECONNECT_MS);

async function run(next: Source): Promise<Record<string, number>> {
  [answers, bytes, lost] = [0, 0, 0];
  clock = performance.now();
  const started = clock;
  const idle = new Promise<void>((resolve) => (onIdle = resolve));
  source = next;
  for (const sender of senders) sender.start();
  if (outstanding > 0) await idle;
  source = () => undefined;
  const seconds = (performance.now() - started) / 1000;
  return { answers, seconds, perSecond: answers / seconds, answerBytes: bytes / Math.max(1, answers), lost };
}

async function obey(command: {
  id: number;
  cmd: string;
  to?: number;
  seconds?: number;
  peers?: number;
}): Promise<void> {
  let result: Record<string, number>;
  if (command.cmd === 'grow') {
    const from = size;
    size = command.to!;
    result = await run(growing(from, size, 0, hashCount));
  } else if (command.cmd === 'one') {
    isOne = true;
    size = command.peers!;
    // One swarm: each sender has every fourth peer of it.
    const at = Array.from({ length: SENDERS }, (_, sender) => sender);
    result = await run((sender) => {
      const peer = at[sender]!;
      if (peer >= size) return undefined;
      at[sender] = peer + SENDERS;
      return { hash: hashCount, peer, isNew: true };
    });
  } else result = await run(repeating(performance.now() + command.seconds! * 1000));
  console.log(JSON.stringify({ event: `done ${command.id}`, ...result }));
}

await Promise.all(senders.map((sender) => sender.open()));
console.log(JSON.stringify({ event: 'ready' }));
const input = createInterface({ input: process.stdin });
for await (const line of input) await obey(JSON.parse(line) as Parameters<typeof obey>[0]);
process.exit(0);
