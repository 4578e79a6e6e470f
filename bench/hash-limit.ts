/**
 * What two cores can read and hash: `node bench/hash-limit.ts FILE v1|v2|hybrid` lets threads take the mebibytes of a
 * file in turn and prints the seconds, threads' start included. Piece hashes are not assembled into anything.
 */
import { hash } from 'node:crypto';
import { fstatSync, openSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const CHUNK = 1024 * 1024;
const BLOCK = 16_384;

if (isMainThread) {
  const [, , path, mode] = process.argv;
  const fd = openSync(path!, 'r');
  const started = performance.now();
  const next = new SharedArrayBuffer(4);
  let running = availableParallelism();
  for (let i = running; i > 0; i--) {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { fd, mode, next, size: fstatSync(fd).size },
    });
    worker.once('exit', () => {
      if (--running > 0) return;
      console.log(JSON.stringify({ event: 'done', seconds: (performance.now() - started) / 1000 }));
    });
  }
} else {
  const { fd, mode, next, size } = workerData as {
    fd: number;
    mode: string;
    next: SharedArrayBuffer;
    size: number;
  };
  const counter = new Int32Array(next);
  const buffer = new Uint8Array(CHUNK);
  const level = new Uint8Array((CHUNK / BLOCK) * 32);
  for (;;) {
    const at = Atomics.add(counter, 0, 1) * CHUNK;
    if (at >= size) break;
    const got = readSync(fd, buffer, 0, CHUNK, at);
    if (mode !== 'v2') hash('sha1', buffer.subarray(0, got), 'buffer');
    if (mode === 'v1') continue;
    let width = 0;
    for (let block = 0; block < got; block += BLOCK)
      level.set(hash('sha256', buffer.subarray(block, Math.min(block + BLOCK, got)), 'buffer'), 32 * width++);
    for (; width > 1; width >>= 1)
      for (let i = 0; i < width; i += 2)
        level.set(hash('sha256', level.subarray(32 * i, 32 * i + 64), 'buffer'), 16 * i);
  }
}
