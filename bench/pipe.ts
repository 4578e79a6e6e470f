/**
 * What this machine allows: one process reads a file and sends it, another receives it, hashes it and writes it, with
 * the calls that measured fastest and no protocol at all. `node bench/pipe.ts send FILE` prints its port;
 * `node bench/pipe.ts receive PORT BYTES OUT` prints the seconds that it took.
 */
import { hash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const CHUNK = 1024 * 1024;
const SLOTS = 16;
const THREADS = 2;
const [READY, STOP] = [1, 2];

interface Ring {
  readonly memory: SharedArrayBuffer;
  /** A word a slot: 0 free, READY, STOP; then the lock of the file. */
  readonly states: SharedArrayBuffer;
  readonly positions: SharedArrayBuffer;
  readonly fd: number;
  readonly thread: number;
}

if (!isMainThread) prove(workerData as Ring);
else if (process.argv[2] === 'send') send(process.argv[3]!);
else receive(Number(process.argv[3]), Number(process.argv[4]), process.argv[5]!);

function send(path: string): void {
  const fd = openSync(path, 'r');
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => process.exit(0));
    socket.once('close', () => process.exit(0));
    const buffers = [new Uint8Array(CHUNK / 4), new Uint8Array(CHUNK / 4)];
    for (const buffer of buffers) next(fd, socket, buffer);
  });
  server.listen(0, '127.0.0.1', () =>
    console.log(JSON.stringify({ event: 'ready', port: (server.address() as { port: number }).port })),
  );
}

let readAt = 0;
function next(fd: number, socket: Socket, buffer: Uint8Array): void {
  const got = readSync(fd, buffer, 0, buffer.length, readAt);
  readAt += got;
  if (got > 0) socket.write(buffer.subarray(0, got), () => next(fd, socket, buffer));
}

function receive(port: number, total: number, out: string): void {
  const ring = {
    memory: new SharedArrayBuffer(SLOTS * CHUNK),
    states: new SharedArrayBuffer((SLOTS + 1) * 4),
    positions: new SharedArrayBuffer(SLOTS * 8),
    fd: openSync(out, 'w'),
  };
  const states = new Int32Array(ring.states);
  const positions = new Float64Array(ring.positions);
  const bytes = new Uint8Array(ring.memory);
  const threads = Array.from(
    { length: THREADS },
    (_, thread) => new Worker(new URL(import.meta.url), { workerData: { ...ring, thread } }),
  );
  const buffer = new Uint8Array(64 * 1024);
  let received = 0;
  let started = 0;
  const take = (count: number): boolean => {
    if (received === 0) started = performance.now();
    for (let at = 0; at < count; ) {
      const slot = Math.floor(received / CHUNK) % SLOTS;
      const inSlot = received % CHUNK;
      if (inSlot === 0) while (Atomics.load(states, slot) !== 0) Atomics.wait(states, slot, READY, 10);
      const step = Math.min(count - at, CHUNK - inSlot);
      bytes.set(buffer.subarray(at, at + step), slot * CHUNK + inSlot);
      received += step;
      at += step;
      if (received % CHUNK > 0) continue;
      positions[slot] = received - CHUNK;
      Atomics.store(states, slot, READY);
      Atomics.notify(states, slot);
    }
    if (received >= total) void finish();
    return true;
  };
  const finish = async (): Promise<void> => {
    for (let i = 0; i < SLOTS; i++) {
      const slot = (received / CHUNK + i) % SLOTS;
      while (Atomics.load(states, slot) !== 0) Atomics.wait(states, slot, READY, 10);
      Atomics.store(states, slot, STOP);
      Atomics.notify(states, slot);
    }
    console.log(JSON.stringify({ event: 'done', seconds: (performance.now() - started) / 1000 }));
    closeSync(ring.fd);
    for (const thread of threads) await thread.terminate();
    process.exit(0);
  };
  connect({ port, host: '127.0.0.1', onread: { buffer, callback: take } });
}

/** A thread takes every second slot: hashes it and writes it; one writes at a time. */
function prove({ memory, states: shared, positions: where, fd, thread }: Ring): void {
  const states = new Int32Array(shared);
  const positions = new Float64Array(where);
  const bytes = new Uint8Array(memory);
  for (let slot = thread; ; slot = (slot + THREADS) % SLOTS) {
    Atomics.wait(states, slot, 0);
    if (Atomics.load(states, slot) === STOP) return;
    const piece = bytes.subarray(slot * CHUNK, (slot + 1) * CHUNK);
    hash('sha1', piece, 'buffer');
    while (Atomics.compareExchange(states, SLOTS, 0, 1) !== 0) Atomics.wait(states, SLOTS, 1);
    writeSync(fd, piece, 0, CHUNK, positions[slot]!);
    Atomics.store(states, SLOTS, 0);
    Atomics.notify(states, SLOTS, 1);
    Atomics.store(states, slot, 0);
    Atomics.notify(states, slot);
  }
}
