/**
 * What this machine allows: one process reads a file and sends it, another receives it, hashes it and writes it, with
 * the calls that measured fastest and no protocol at all. `node bench/pipe.ts send FILE` prints its port;
 * `node bench/pipe.ts receive PORT BYTES OUT TIMES` prints the seconds that each time took: the first is cold.
 */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const CHUNK = 1024 * 1024;
const SLOTS = 16;
const THREADS = 2;
const READY = 1;

interface Ring {
  readonly memory: SharedArrayBuffer;
  /** A word a slot: 0 free or READY; then the lock of the file. */
  readonly states: SharedArrayBuffer;
  readonly positions: SharedArrayBuffer;
  readonly fd: number;
  readonly thread: number;
}

if (!isMainThread) prove(workerData as Ring);
else if (process.argv[2] === 'send') send(process.argv[3]!);
else {
  const [port, total, out, times] = process.argv.slice(3) as [string, string, string, string];
  await receive(Number(port), Number(total), out, Number(times));
}

function send(path: string): void {
  const fd = openSync(path, 'r');
  const server = createServer({ noDelay: true }, (socket) => {
    let readAt = 0;
    const next = (buffer: Uint8Array): void => {
      const got = readSync(fd, buffer, 0, buffer.length, readAt);
      readAt += got;
      if (got > 0) socket.write(buffer.subarray(0, got), () => next(buffer));
      else socket.end();
    };
    socket.on('error', () => socket.destroy());
    for (let i = 0; i < 2; i++) next(new Uint8Array(CHUNK / 4));
  });
  server.listen(0, '127.0.0.1', () =>
    console.log(JSON.stringify({ event: 'ready', port: (server.address() as { port: number }).port })),
  );
  process.stdin.on('end', () => process.exit(0)).resume();
}

async function receive(port: number, total: number, out: string, times: number): Promise<void> {
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
  // As fast as it can be: the threads are there before the first byte, though nothing has run yet.
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const untilFree = (slot: number): void => {
    for (let state = Atomics.load(states, slot); state !== 0; state = Atomics.load(states, slot))
      Atomics.wait(states, slot, state, 10);
  };
  const buffer = Buffer.alloc(64 * 1024);
  /** The slot where the next time begins: the threads go round without a pause. */
  let first = 0;
  for (let time = 0; time < times; time++) {
    // Each time into an empty file: pages that are there already cost less.
    ftruncateSync(ring.fd, 0);
    const seconds = await new Promise<number>((resolve) => {
      let received = 0;
      let started = 0;
      const take = (count: number): boolean => {
        if (received === 0) started = performance.now();
        for (let at = 0; at < count; ) {
          const slot = (first + Math.floor(received / CHUNK)) % SLOTS;
          const inSlot = received % CHUNK;
          if (inSlot === 0) untilFree(slot);
          const step = Math.min(count - at, CHUNK - inSlot);
          // `set` copies to shared memory word by word.
          buffer.copy(bytes, slot * CHUNK + inSlot, at, at + step);
          received += step;
          at += step;
          if (received % CHUNK > 0) continue;
          positions[slot] = received - CHUNK;
          Atomics.store(states, slot, READY);
          Atomics.notify(states, slot);
        }
        if (received >= total) {
          for (let slot = 0; slot < SLOTS; slot++) untilFree(slot);
          resolve((performance.now() - started) / 1000);
        }
        return true;
      };
      connect({ port, host: '127.0.0.1', onread: { buffer, callback: take } });
    });
    first = (first + total / CHUNK) % SLOTS;
    console.log(JSON.stringify({ event: 'done', time, seconds }));
  }
  closeSync(ring.fd);
  await Promise.all(threads.map((thread) => thread.terminate()));
  process.exit(0);
}

/** A thread takes every second slot: hashes it and writes it; one writes at a time. */
function prove({ memory, states: shared, positions: where, fd, thread }: Ring): void {
  const states = new Int32Array(shared);
  const positions = new Float64Array(where);
  const bytes = new Uint8Array(memory);
  parentPort!.postMessage('ready');
  for (let slot = thread; ; slot = (slot + THREADS) % SLOTS) {
    Atomics.wait(states, slot, 0);
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
