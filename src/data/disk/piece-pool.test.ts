// Pieces are proved, written and compared by worker threads.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs, {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  comparedOnly,
  fdToCompare,
  PIECE_MISMATCH,
  PIECE_OK,
  PIECE_UNREADABLE,
  PIECE_UNWRITABLE,
  type PieceJob,
  SLICE_DIFFERS,
} from './piece-batch.ts';
import { waitFor } from '../../../testkit/wait.ts';
import { INLINE_BYTES } from './inline-prover.ts';
import { PiecePool } from './piece-pool.ts';

const LENGTH = 40_000;
const data = Buffer.alloc(LENGTH, 'what a piece holds; ');
const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

const dir = mkdtempSync(join(tmpdir(), 'shoal-pool-'));
const pool = new PiecePool(2);
const open: number[] = [];
after(async () => {
  await pool.close();
  for (const fd of open) closeSync(fd);
  rmSync(dir, { recursive: true });
});

function fileOf(name: string, content: Uint8Array, flags = 'r+'): { path: string; fd: number } {
  const path = join(dir, name);
  writeFileSync(path, content);
  const fd = openSync(path, flags);
  open.push(fd);
  return { path, fd };
}

function inMemory(content: Uint8Array): NonNullable<PieceJob['memory']> {
  const arena = pool.createArena(content.length + 7);
  arena.bytes.set(content, 7);
  return { arena: arena.id, offset: 7 };
}

const proof = { length: LENGTH, hashedLength: LENGTH, treeWidth: 0, expectedV1: sha1(data) };

test('a slice that is only compared keeps its file descriptor', () => {
  for (const fd of [0, 1, 77]) assert.equal(fdToCompare(comparedOnly(fd)), fd);
  for (const fd of [0, 5, -1]) assert.equal(fdToCompare(fd), undefined);
});

test('right data is written to all of its files, and nothing to where nothing lies', async () => {
  const one = fileOf('one', Buffer.alloc(30_100));
  const two = fileOf('two', Buffer.alloc(6000));
  const slices = [
    { fd: one.fd, fileOffset: 100, length: 30_000 },
    { fd: -1, fileOffset: 0, length: 4000 },
    { fd: two.fd, fileOffset: 0, length: 6000 },
  ];
  const { status } = await pool.run({ ...proof, memory: inMemory(data), slices });
  assert.equal(status, PIECE_OK);
  assert.ok(readFileSync(one.path).subarray(100).equals(data.subarray(0, 30_000)));
  assert.ok(readFileSync(two.path).equals(data.subarray(34_000)));
});

test('wrong data is written nowhere, and its blocks are told apart by their hashes', async () => {
  const wrong = Buffer.from(data);
  wrong[20_000]! ^= 1;
  const { path, fd } = fileOf('wrong', Buffer.alloc(LENGTH));
  const slices = [{ fd, fileOffset: 0, length: LENGTH }];
  const { status, blockHashes, v1 } = await pool.run({ ...proof, memory: inMemory(wrong), slices });
  assert.equal(status, PIECE_MISMATCH);
  assert.ok(readFileSync(path).equals(Buffer.alloc(LENGTH)));
  assert.deepEqual(Buffer.from(v1), Buffer.from(sha1(wrong)));
  const blocks = [0, 16_384, 32_768].map((at) => sha256(wrong.subarray(at, at + 16_384)));
  assert.deepEqual(Buffer.from(blockHashes!), Buffer.concat(blocks));
});

test('data in files is proved in its place', async () => {
  const { path, fd } = fileOf('there', data);
  const slices = [{ fd, fileOffset: 0, length: LENGTH }];
  const run = async (): Promise<number> => (await pool.run({ ...proof, slices })).status;
  assert.equal(await run(), PIECE_OK);
  truncateSync(path, LENGTH - 1);
  const short = await pool.run({ ...proof, slices });
  assert.deepEqual([short.status, short.failure?.code, short.failure?.slice], [PIECE_UNREADABLE, 'SHORT', 0]);
});

test('the root of a v2 tree over more leaves than the piece has', async () => {
  const leaves = [0, 16_384, 32_768].map((at) => sha256(data.subarray(at, at + 16_384)));
  const pair = (a: Buffer, b: Buffer): Buffer => sha256(Buffer.concat([a, b]));
  const root = pair(pair(leaves[0]!, leaves[1]!), pair(leaves[2]!, Buffer.alloc(32)));
  const { fd } = fileOf('tree', data);
  const slices = [{ fd, fileOffset: 0, length: LENGTH }];
  const job = { length: LENGTH, hashedLength: 0, treeWidth: 4, slices, expectedV2: root };
  assert.equal((await pool.run(job)).status, PIECE_OK);
});

test('a slice that is compared and differs keeps the piece from being written at all', async () => {
  const kept = fileOf('kept', Buffer.alloc(20_000));
  const other = fileOf('other', Buffer.alloc(20_000));
  const slices = [
    { fd: kept.fd, fileOffset: 0, length: 20_000 },
    { fd: comparedOnly(other.fd), fileOffset: 0, length: 20_000 },
  ];
  const verdict = await pool.run({ ...proof, memory: inMemory(data), slices });
  assert.deepEqual(
    [verdict.status, verdict.failure?.code, verdict.failure?.slice],
    [PIECE_UNWRITABLE, SLICE_DIFFERS, 1],
  );
  assert.ok(readFileSync(kept.path).equals(Buffer.alloc(20_000)));
  writeFileSync(other.path, data.subarray(20_000));
  assert.equal((await pool.run({ ...proof, memory: inMemory(data), slices })).status, PIECE_OK);
  assert.ok(readFileSync(kept.path).equals(data.subarray(0, 20_000)));
});

test('a failed write names its slice and the reason', async () => {
  const good = fileOf('good', Buffer.alloc(20_000));
  const { fd } = fileOf('closed', Buffer.alloc(20_000), 'r');
  const slices = [
    { fd: good.fd, fileOffset: 0, length: 20_000 },
    { fd, fileOffset: 0, length: 20_000 },
  ];
  const { status, failure } = await pool.run({ ...proof, memory: inMemory(data), slices });
  assert.deepEqual([status, failure?.code, failure?.slice], [PIECE_UNWRITABLE, 'EBADF', 1]);
});

test('many pieces of several groups each get their own verdict', async () => {
  const groups = [pool.newGroup(), pool.newGroup()];
  const verdicts = await Promise.all(
    Array.from({ length: 300 }, (_, i) => {
      const content = Buffer.from(`piece ${i}`);
      const isRight = i % 3 !== 0;
      const job: PieceJob = {
        length: content.length,
        hashedLength: content.length,
        treeWidth: 0,
        memory: inMemory(content),
        slices: [{ fd: -1, fileOffset: 0, length: content.length }],
        expectedV1: isRight ? sha1(content) : new Uint8Array(20),
        group: groups[i % 2],
      };
      return pool.run(job).then(({ status }) => status === (isRight ? PIECE_OK : PIECE_MISMATCH));
    }),
  );
  assert.ok(verdicts.every(Boolean));
  assert.equal(pool.pending, 0);
});

test('small pieces are proved and written without a thread, as by one; what is large, many, or read needs one', async () => {
  const own = new PiecePool(2);
  const arena = own.createArena(2 ** 20 + 1);
  arena.bytes.set(data, 7);
  const memory = { arena: arena.id, offset: 7 };
  try {
    const { path, fd } = fileOf('inline', Buffer.alloc(LENGTH));
    const slices = [
      { fd, fileOffset: 0, length: 30_000 },
      { fd: -1, fileOffset: 0, length: 4000 },
      { fd, fileOffset: 34_000, length: 6000 },
    ];
    const right = await own.run({ ...proof, memory, slices });
    assert.deepEqual([right.status, right.blockHashes, right.failure], [PIECE_OK, undefined, undefined]);
    const written = readFileSync(path);
    assert.ok(written.subarray(0, 30_000).equals(data.subarray(0, 30_000)));
    assert.ok(written.subarray(34_000).equals(data.subarray(34_000)));
    const wrong = await own.run({ ...proof, memory: { ...memory, offset: 6 }, slices });
    assert.equal(wrong.status, PIECE_MISMATCH);
    assert.equal(wrong.blockHashes?.length, 3 * 32);
    const closed = fileOf('inline-closed', Buffer.alloc(LENGTH), 'r').fd;
    const failed = await own.run({
      ...proof,
      memory,
      slices: [{ fd: closed, fileOffset: 0, length: LENGTH }],
    });
    assert.deepEqual(
      [failed.status, failed.failure?.code, failed.failure?.slice],
      [PIECE_UNWRITABLE, 'EBADF', 0],
    );
    const leaves = [0, 16_384, 32_768].map((at) => sha256(data.subarray(at, at + 16_384)));
    const kept = { ...proof, memory, slices, wantsBlockHashes: true };
    assert.deepEqual(Buffer.from((await own.run(kept)).blockHashes!), Buffer.concat(leaves));
    assert.equal(own.threadCount, 0);
    assert.equal(own.pending, 0);

    const length = 2 ** 20 + 1;
    const large = { length, hashedLength: length, treeWidth: 0, memory: { arena: arena.id, offset: 0 } };
    assert.equal((await own.run({ ...large, slices: [{ fd: -1, fileOffset: 0, length }] })).status, PIECE_OK);
    assert.equal(own.threadCount, 1, 'it is large');
  } finally {
    await own.close();
  }
});

test('a disk that hangs under the first small pieces holds up no other share', async (t) => {
  const own = new PiecePool(2);
  const arena = own.createArena(LENGTH);
  arena.bytes.set(data);
  const job = { ...proof, memory: { arena: arena.id, offset: 0 } };
  const hanging: (() => void)[] = [];
  // As on a disk that answers nothing: no file of a test hangs for a positioned write.
  t.mock.method(fs, 'write', ((...given: unknown[]) => {
    const answer = given[5] as (error: null, written: number) => void;
    hanging.push(() => answer(null, LENGTH));
  }) as typeof fs.write);
  syncBuiltinESMExports();
  try {
    const { path, fd } = fileOf('beside-hanging', Buffer.alloc(LENGTH));
    const slices = [{ fd, fileOffset: 0, length: LENGTH }];
    const stuck = [1, 2].map(() => own.run({ ...job, slices, group: 1 }));
    await waitFor(() => hanging.length === 2, 'both are being written');
    assert.equal((await own.run({ ...job, slices, group: 2 })).status, PIECE_OK);
    assert.ok(readFileSync(path).equals(data));
    for (const answer of hanging) answer();
    for (const { status } of await Promise.all(stuck)) assert.equal(status, PIECE_OK);
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
    await own.close();
  }
});

test('more small pieces than are worth it go to threads, and none is lost between', async () => {
  const own = new PiecePool(2);
  const arena = own.createArena(LENGTH);
  arena.bytes.set(data);
  try {
    const count = Math.ceil((1.5 * INLINE_BYTES) / LENGTH);
    const job = {
      ...proof,
      memory: { arena: arena.id, offset: 0 },
      slices: [{ fd: -1, fileOffset: 0, length: LENGTH }],
    };
    const verdicts = await Promise.all(Array.from({ length: count }, () => own.run(job)));
    assert.ok(verdicts.every(({ status }) => status === PIECE_OK));
    assert.ok(own.threadCount > 0);
  } finally {
    await own.close();
  }
});

test('threads start before the first piece when it is told that pieces come, and end when none has come for a while', async () => {
  const own = new PiecePool(2, 50);
  try {
    assert.equal(own.threadCount, 0, 'no piece, no thread');
    own.warm(INLINE_BYTES);
    assert.equal(own.threadCount, 0, 'too little to be worth a thread');
    own.warm(INLINE_BYTES + 1);
    own.warm(INLINE_BYTES + 1);
    assert.equal(own.threadCount, 2);
    await waitFor(() => own.threadCount === 0, 'the threads end');
    own.warm(INLINE_BYTES + 1);
    assert.equal(own.threadCount, 0, 'it was told before, and nothing came');
    const { fd } = fileOf('later', data);
    const slices = [{ fd, fileOffset: 0, length: LENGTH }];
    assert.equal(
      (await own.run({ ...proof, slices })).status,
      PIECE_OK,
      'one begins anew for the next piece',
    );
    await waitFor(() => own.threadCount === 0, 'it ends as well');
    own.warm(INLINE_BYTES + 1);
    assert.equal(own.threadCount, 2, 'where pieces came, they may come again');
  } finally {
    await own.close();
  }
});

test('a thread that works does not end, however long that takes', async () => {
  const own = new PiecePool(1, 1);
  try {
    const { fd } = fileOf('long', Buffer.alloc(64 * 1024 * 1024));
    const length = 64 * 1024 * 1024;
    const job = { length, hashedLength: length, treeWidth: 0, slices: [{ fd, fileOffset: 0, length }] };
    own.warm(length);
    const verdicts = await Promise.all([own.run(job), own.run(job), own.run(job)]);
    assert.deepEqual(
      verdicts.map(({ status }) => status),
      [PIECE_OK, PIECE_OK, PIECE_OK],
    );
  } finally {
    await own.close();
  }
});
