// Nothing leaves that was not proved: files that change, vanish and come back while they are served.
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HandClock } from '../../../../testkit/hand-clock.ts';
import { waitFor } from '../../../../testkit/wait.ts';
import { Geometry } from '../../content/geometry.ts';
import { createMetainfo } from '../../content/node/create.ts';
import { FileHandles } from '../../disk/file-handles.ts';
import { PiecePool } from '../../disk/piece-pool.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { ReadGuard } from './read-guard.ts';
import { ShareFiles } from './share-files.ts';

const PIECE = 16_384;
const right = Buffer.alloc(3 * PIECE, 'what was proved; ');
const wrong = Buffer.from(right);
wrong[PIECE + 5]! ^= 1;

const pool = new PiecePool(1);
const temporary = mkdtempSync(join(tmpdir(), 'shoal-guard-'));
after(async () => {
  await pool.close();
  rmSync(temporary, { recursive: true });
});

/** A file of three pieces that is shared in place, all of it proved. */
async function served(): Promise<{
  path: string;
  guard: ReadGuard;
  clock: HandClock;
  said: string[];
  serve: (piece: number) => Promise<Buffer | undefined>;
}> {
  const path = join(mkdtempSync(join(temporary, 'file-')), 'f');
  write(path, right, 1000);
  const { metainfo } = await createMetainfo(path, { version: 'v1', pieceLength: PIECE, pool });
  const files = ShareFiles.inPlace(new Geometry(metainfo.info), [path], new FileHandles());
  const clock = new HandClock();
  const said: string[] = [];
  const guard = new ReadGuard({
    files,
    metainfo,
    prover: pool,
    group: undefined,
    clock,
    events: {
      onUnreadable: (pieces, { code }) => said.push(`unreadable ${pieces}: ${code}`),
      onPartUnreadable: () => assert.fail('there are no parts'),
      onReadable: (pieces) => said.push(`readable ${pieces}`),
      onStalled: ({ message }) => said.push(message),
      onResponding: () => said.push('responding'),
    },
  });
  await guard.expectAsIs(0);
  const have = new Bitfield(3);
  have.fillAll();
  const serve = async (piece: number): Promise<Buffer | undefined> => {
    const bytes = Buffer.alloc(PIECE);
    try {
      const open = guard.tryAcquire(piece, 0, PIECE) ?? (await guard.acquire(piece, 0, PIECE));
      try {
        await guard.read(piece, open.slices[0]!.fd, [bytes], open.slices[0]!.fileOffset);
        await guard.requireUnchanged(open.slices);
        return bytes;
      } finally {
        open.release();
      }
    } catch (error) {
      guard.handleFailure(piece, error, have);
      return undefined;
    }
  };
  return { path, guard, clock, said, serve };
}

function write(path: string, bytes: Buffer, seconds: number): void {
  writeFileSync(path, bytes);
  utimesSync(path, seconds, seconds);
}

test('unchanged data is read', async () => {
  const { guard, said, serve } = await served();
  assert.ok((await serve(1))!.equals(right.subarray(PIECE, 2 * PIECE)));
  assert.deepEqual([said, guard.troubles], [[], []]);
  guard.close();
});

test('a file that changed is withdrawn before a byte of it leaves; its right pieces are offered when it rests', async () => {
  const { path, guard, clock, said, serve } = await served();
  write(path, wrong, 2000);
  assert.equal(await serve(0), undefined);
  assert.deepEqual(said.splice(0), ['unreadable 0,1,2: file-changed']);
  assert.match(guard.troubles[0]!.message, /was changed: it is not offered/);
  clock.pass(5000);
  // The second look finds it as the first one did.
  await waitFor(() => clock.waiting > 0, 'the first look');
  clock.pass(5000);
  await waitFor(() => said.length > 0, 'the second look');
  assert.deepEqual(said, ['readable 0,2']);
  assert.ok((await serve(0)) !== undefined);
  assert.equal(guard.troubles.length, 1, 'piece 1 is still wrong');
  guard.close();
});

test('a file that vanished is offered again when it is back', async () => {
  const { path, guard, clock, said, serve } = await served();
  await serve(0);
  renameSync(path, `${path}.away`);
  // The open file is what was proved; it is looked at by name once it is closed.
  guard.handleFailure(0, Object.assign(new Error('gone'), { code: 'ENOENT' }), everything());
  assert.deepEqual(said.splice(0), ['unreadable 0,1,2: not-found']);
  clock.pass(5000);
  await waitFor(() => clock.waiting > 0, 'a look');
  assert.deepEqual(said, []);
  renameSync(`${path}.away`, path);
  guard.retry();
  await waitFor(() => said.length > 0, 'another look');
  assert.deepEqual([said, guard.troubles], [['readable 0,1,2'], []]);
  guard.close();
});

test('an error of the device is about one piece', async () => {
  const { guard, said } = await served();
  guard.handleFailure(1, Object.assign(new Error('bad sector'), { code: 'EIO' }), everything());
  assert.deepEqual(said, ['unreadable 1: io-error']);
  guard.close();
  guard.handleFailure(2, new Error('too late'), everything());
  assert.equal(said.length, 1, 'closed');
});

function everything(): Bitfield {
  const all = new Bitfield(3);
  all.fillAll();
  return all;
}
