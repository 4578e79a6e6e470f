// Reading a share while it loads: what is not here is waited for, what fails is tried again a few times, and the end is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestMetainfo, PIECE_LENGTH } from '../../../../testkit/fake-share.ts';
import { Geometry } from '../../../data/content/geometry.ts';
import type { ShareStorage } from '../../../data/storage/node/share-storage.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import { type ReaderHost, Readers } from './readers.ts';

const geometry = new Geometry(createTestMetainfo().info);

/** A share whose byte at each place is the number of its piece. */
class Host implements ReaderHost {
  readonly here: Bitfield = new Bitfield(geometry.pieceCount);
  readonly readers: Readers = new Readers(this);
  /** What was asked for, each time that it changed: pieces, behind those that are waited for. */
  readonly plans: string[] = [];
  isStopped = false;
  /** Reads that fail. */
  failures = 0;
  failed = 0;
  released = 0;

  async whenKnown(): Promise<void> {}
  have(): Bitfield {
    return this.here;
  }
  isOver(): boolean {
    return this.isStopped;
  }
  setUrgent({ pieces, awaited }: { pieces: readonly number[]; awaited: number }): void {
    this.plans.push(`${pieces.slice(0, awaited)}|${pieces.slice(awaited)}`);
  }
  storage(): ShareStorage {
    const guard = {
      acquire: async (piece: number, _begin: number, length: number) => ({
        slices: [{ file: 0, fd: piece, fileOffset: 0, length }],
        release: () => this.released++,
      }),
      read: async (piece: number, _fd: number, [view]: readonly Uint8Array[]) => {
        if (this.failures-- > 0) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        view!.fill(piece);
        return view!.length;
      },
      requireUnchanged: async () => {},
      handleFailure: () => this.failed++,
    };
    return { files: { geometry }, guard } as unknown as ShareStorage;
  }

  arrive(...pieces: readonly number[]): void {
    for (const piece of pieces) this.here.add(piece);
    this.readers.handlePiece();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Piece and length of each chunk. */
async function collect(chunks: AsyncGenerator<Uint8Array>, into: string[] = []): Promise<string[]> {
  for await (const chunk of chunks) into.push(`${chunk[0]}:${chunk.length}`);
  return into;
}

test('what is here is read at once, across pieces and from the middle of one', async () => {
  const host = new Host();
  host.arrive(2, 3);
  const read = await collect(host.readers.read({ file: 1, start: 10, end: PIECE_LENGTH + 5 }));
  assert.deepEqual(read, [`2:${PIECE_LENGTH - 10}`, '3:5']);
  assert.equal(host.released, 2, 'no file stays in use');
  assert.equal(host.plans.at(-1), '|', 'nothing is asked for when nobody reads');
});

test('what is missing is waited for, and asked for before all others', async () => {
  const host = new Host();
  const read: string[] = [];
  const reading = collect(host.readers.read({ file: 0, start: 0, end: 2 * PIECE_LENGTH }), read);
  await turn();
  assert.equal(host.plans.at(-1), '0,1|');
  host.arrive(0);
  await turn();
  assert.deepEqual(read, [`0:${PIECE_LENGTH}`]);
  assert.equal(host.plans.at(-1), '1|');
  host.arrive(1);
  await reading;
  assert.deepEqual(read, [`0:${PIECE_LENGTH}`, `1:${PIECE_LENGTH}`]);
});

test('a read that fails is tried again; one that goes on failing is told', async () => {
  const host = new Host();
  host.arrive(0);
  host.failures = 2;
  assert.deepEqual(await collect(host.readers.read({ file: 0, start: 0, end: 5 })), ['0:5']);
  assert.deepEqual([host.failed, host.released], [2, 3]);
  host.failures = 3;
  await assert.rejects(collect(host.readers.read({ file: 0, start: 0, end: 5 })), { code: 'EIO' });
});

test('readers end when the share does, and when they are told to', async () => {
  const host = new Host();
  const reading = collect(host.readers.read({ file: 0, start: 0, end: 5 }));
  await turn();
  host.isStopped = true;
  host.readers.handlePiece();
  await assert.rejects(reading, (error) => (error as ShoalError).code === 'aborted');

  const other = new Host();
  const abort = new AbortController();
  const leaving = collect(other.readers.read({ file: 0, start: 0, end: 5 }, abort.signal));
  await turn();
  abort.abort();
  assert.deepEqual(await leaving, []);
  assert.equal(other.plans.at(-1), '|');
});
