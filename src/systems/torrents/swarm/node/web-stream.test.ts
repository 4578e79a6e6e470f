// A web server that gives whole files only, as a peer: what is announced, held and given, without sockets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Geometry } from '../../../../data/content/geometry.ts';
import { systemClock } from '../../../../ground/node/clock.ts';
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import { createGeometry } from '../../../../../testkit/geometry.ts';
import { MessageDecoder } from '../wire/decoder.ts';
import { HANDSHAKE_LENGTH } from '../wire/handshake.ts';
import { MessageId, Outbox } from '../wire/messages.ts';
import { WebStreamLink } from './web-stream.ts';

const PIECE_LENGTH = 4 * BLOCK_LENGTH;
const MIB = 1024 * 1024;

/** Each byte tells its place in the share. */
const byteAt = (offset: number): number => (offset * 31 + (offset >> 8)) & 0xff;

/** The server, the link, and a swarm machine that says what the test has it say. */
class World {
  readonly geometry: Geometry;
  readonly link: WebStreamLink;
  readonly had = new Set<number>();
  /** Files that were asked for, and bytes that were read of all. */
  readonly opened: number[] = [];
  read = 0;
  readonly announced: number[] = [];
  readonly blocks = new Map<string, Uint8Array>();
  readonly closed = Promise.withResolvers<Error | undefined>();
  onChange: () => void = () => {};
  readonly #decoder = new MessageDecoder();

  constructor(sizes: readonly number[], had: readonly number[] = []) {
    this.geometry = createGeometry(sizes, { pieceLength: PIECE_LENGTH });
    for (const piece of had) this.had.add(piece);
    const files = { readWhole: (file: number) => this.#readWhole(file), close: () => {} };
    const receiver = {
      onConnected: () => {},
      onData: (chunk: Uint8Array) => this.#receive(chunk),
      onClosed: (failure: Error | undefined) => this.closed.resolve(failure),
    };
    const needs = (piece: number): boolean => !this.had.has(piece);
    this.link = new WebStreamLink({ clock: systemClock, files, geometry: this.geometry, receiver, needs });
    this.link.write(new Uint8Array(HANDSHAKE_LENGTH));
  }

  async *#readWhole(file: number): AsyncGenerator<Uint8Array, void, void> {
    this.opened.push(file);
    const { offset, lengthBytes } = this.geometry.files[file]!;
    for (let at = 0; at < lengthBytes; ) {
      const part = new Uint8Array(Math.min(10_000, lengthBytes - at));
      for (let i = 0; i < part.length; i++) part[i] = byteAt(offset + at + i);
      at += part.length;
      this.read += part.length;
      yield part;
    }
  }

  #receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk, {
      onFrame: (id, payload) => {
        const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
        if (id === MessageId.have) this.announced.push(view.getUint32(0));
        if (id === MessageId.piece)
          this.blocks.set(`${view.getUint32(0)} ${view.getUint32(4)}`, payload.slice(8));
        return true;
      },
      onKeepAlive: () => {},
    });
    queueMicrotask(() => this.onChange());
  }

  ask(piece: number): void {
    const outbox = new Outbox();
    for (let index = 0; index < this.geometry.blockCount(piece); index++)
      outbox.block(MessageId.request, piece, index * BLOCK_LENGTH, this.geometry.blockLength(piece, index));
    this.link.write(outbox.take());
  }

  /** Every block of it came, and is right. */
  isWhole(piece: number): boolean {
    for (let index = 0; index < this.geometry.blockCount(piece); index++) {
      const begin = index * BLOCK_LENGTH;
      const block = this.blocks.get(`${piece} ${begin}`);
      if (block === undefined) return false;
      const start = piece * PIECE_LENGTH + begin;
      assert.ok(
        block.every((byte, i) => byte === byteAt(start + i)),
        `block ${begin} of piece ${piece}`,
      );
    }
    return true;
  }

  /** A machine that asks for what is announced, the last piece first, and has what came. */
  run(): void {
    const asked = new Set<number>();
    this.onChange = () => {
      for (const piece of [...this.announced].reverse()) {
        if (!asked.has(piece)) {
          asked.add(piece);
          this.ask(piece);
        } else if (!this.had.has(piece) && this.isWhole(piece)) this.had.add(piece);
      }
    };
  }
}

test('files are read in order, each once, and pieces over their borders are put together', async () => {
  const world = new World([100_000, 1, 300_000, 70_000]);
  world.run();
  world.link.start();
  assert.equal(await world.closed.promise, undefined);
  assert.deepEqual(world.opened, [0, 1, 2, 3]);
  assert.equal(world.had.size, world.geometry.pieceCount);
});

test('a file of which nothing is missing is not asked for, and pieces that are here are not announced', async () => {
  // Pieces of 64 KiB: the first file is pieces 0 to 3, the second 4 to 7, the third 8 to 11.
  const had = [0, 1, 2, 3, 4, 6, 7];
  const world = new World([4 * PIECE_LENGTH, 4 * PIECE_LENGTH, 4 * PIECE_LENGTH], had);
  world.run();
  world.link.start();
  assert.equal(await world.closed.promise, undefined);
  assert.deepEqual(world.opened, [1, 2]);
  assert.deepEqual(world.announced, [5, 8, 9, 10, 11]);
});

test('a machine that asks for nothing is not read for beyond the window', async () => {
  const world = new World([12 * MIB]);
  const full = Promise.withResolvers<void>();
  let announced = 0;
  world.onChange = () => {
    announced = world.announced.length;
    full.resolve();
  };
  world.link.start();
  await full.promise;
  // Until the stream stands still: every turn of the loop reads a part, if anything does.
  for (let before = -1; before !== world.read; ) {
    before = world.read;
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(announced, (4 * MIB) / PIECE_LENGTH);
  assert.ok(world.read >= 4 * MIB && world.read < 4 * MIB + 20_000, `${world.read} bytes were read`);
  // What it asks for then is there, and makes room.
  world.run();
  world.onChange();
  assert.equal(await world.closed.promise, undefined);
  assert.equal(world.had.size, world.geometry.pieceCount);
  assert.deepEqual(world.opened, [0]);
});

test('a server that fails ends the link with its reason', async () => {
  const world = new World([PIECE_LENGTH]);
  const failure = new Error('gone');
  const link = new WebStreamLink({
    clock: systemClock,
    files: {
      // biome-ignore lint/correctness/useYield: it fails before it gives anything
      readWhole: async function* () {
        throw failure;
      },
      close: () => {},
    },
    geometry: world.geometry,
    receiver: { onConnected: () => {}, onData: () => {}, onClosed: (error) => world.closed.resolve(error) },
    needs: () => true,
  });
  link.start();
  assert.equal(await world.closed.promise, failure);
});

test('pieces that are too long to be held are not streamed, and the reason is told', async () => {
  const world = new World([PIECE_LENGTH]);
  const closed = Promise.withResolvers<Error | undefined>();
  const link = new WebStreamLink({
    clock: systemClock,
    files: { readWhole: () => assert.fail('nothing is asked for'), close: () => {} },
    geometry: createGeometry([PIECE_LENGTH], { pieceLength: 512 * MIB }),
    receiver: { onConnected: () => {}, onData: () => {}, onClosed: closed.resolve },
    needs: () => true,
  });
  link.start();
  assert.match((await closed.promise)!.message, /pieces of 512 MiB are too long/);
  world.link.close();
});
