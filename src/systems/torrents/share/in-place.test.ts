// Shares in place: what is hashed, what is believed from before, and what is said of data that is wrong.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeMetainfo } from '../../../data/content/metainfo.ts';
import { FileHandles } from '../../../data/disk/file-handles.ts';
import type { PieceJob, PieceVerdict } from '../../../data/disk/piece-batch.ts';
import { PiecePool } from '../../../data/disk/piece-pool.ts';
import { StateDb } from '../state/state-db.ts';
import { describePath, findWhole, type WholeShare } from './in-place.ts';
import { keyOf } from './known-torrents.ts';

const PIECE_LENGTH = 16 * 1024;

class CountingPool extends PiecePool {
  hashed = 0;
  override run(job: PieceJob): Promise<PieceVerdict> {
    this.hashed++;
    return super.run(job);
  }
}

interface Setting {
  readonly state: StateDb;
  readonly handles: FileHandles;
  readonly pool: CountingPool;
  /** A folder of two files, of two pieces and one. */
  readonly root: string;
  /** As its storage notes it. */
  remember(whole: WholeShare): void;
}

async function inTemp(work: (setting: Setting) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-in-place-'));
  const state = StateDb.claim(join(dir, 'state'));
  const [handles, pool] = [new FileHandles(), new CountingPool(1)];
  const root = join(dir, 'films');
  mkdirSync(root);
  writeFileSync(join(root, 'a'), new Uint8Array(2 * PIECE_LENGTH).fill(1));
  writeFileSync(join(root, 'b'), new Uint8Array(100).fill(2));
  const remember = ({ metainfo, proved }: WholeShare): void => {
    const at = { key: keyOf(metainfo), folder: root, kind: 'place' } as const;
    const counts = { trust: 'all', epoch: 0, uploaded: 0, downloaded: 0 } as const;
    state.torrents.save(at.key, at, encodeMetainfo(metainfo));
    state.shares.put({ ...at, ...counts, have: proved.pieces.bytes, prints: proved.prints });
  };
  try {
    await work({ state, handles, pool, root, remember });
  } finally {
    await pool.close();
    handles.closeAll();
    state.close();
    rmSync(dir, { recursive: true });
  }
}

test('a path is hashed once, as long as nothing in it changes', () =>
  inTemp(async (it) => {
    const options = { pieceLength: PIECE_LENGTH };
    const first = await describePath(it, it.root, options);
    assert.ok(it.pool.hashed > 0);
    assert.equal(first.proved.pieces.count, 3);
    assert.deepEqual(first.place, {
      kind: 'place',
      path: it.root,
      diskPaths: [join(it.root, 'a'), join(it.root, 'b')],
    });
    it.remember(first);
    it.pool.hashed = 0;
    const second = await describePath(it, it.root, options);
    assert.deepEqual([second.metainfo.infoBytes, it.pool.hashed], [first.metainfo.infoBytes, 0]);
    writeFileSync(join(it.root, 'c'), 'new');
    const third = await describePath(it, it.root, options);
    assert.equal(third.metainfo.info.files.length, 3);
    assert.ok(it.pool.hashed > 0);
  }));

test('the data of a torrent is hashed, unless it is known to be right', () =>
  inTemp(async (it) => {
    const { metainfo } = await describePath(it, it.root, { pieceLength: PIECE_LENGTH });
    it.pool.hashed = 0;
    const whole = await findWhole(it, metainfo, it.root, {});
    assert.deepEqual([whole.proved.pieces.count, it.pool.hashed], [3, 3]);
    it.remember(whole);
    it.pool.hashed = 0;
    await findWhole(it, metainfo, it.root, { isRoot: true });
    assert.equal(it.pool.hashed, 0);
    utimesSync(join(it.root, 'a'), 1, 1);
    await findWhole(it, metainfo, it.root, {});
    assert.equal(it.pool.hashed, 3, 'a file with another time may be another file');
  }));

test('data that is wrong is not shared: it is said which file, and how many more', () =>
  inTemp(async (it) => {
    const { metainfo } = await describePath(it, it.root, { pieceLength: PIECE_LENGTH });
    writeFileSync(join(it.root, 'a'), new Uint8Array(2 * PIECE_LENGTH).fill(9));
    await assert.rejects(findWhole(it, metainfo, it.root, {}), {
      code: 'data-mismatch',
      message: `${it.root}: 1 of 3 pieces are right, 2 wrong, 0 not judged (a is wrong)`,
    });
    rmSync(join(it.root, 'b'));
    await assert.rejects(findWhole(it, metainfo, it.root, {}), {
      message: /\(a is wrong, and 1 more\)$/,
    });
  }));
