// The storage of one share on a real disk, whose calls are listed: the order of a save, changes while it runs, what is
// refused before it begins.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { HandClock } from '../../../../testkit/hand-clock.ts';
import { createMetainfo } from '../../content/node/create.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { FileHandles } from '../../disk/file-handles.ts';
import { PIECE_MISMATCH, PIECE_OK, PIECE_UNWRITABLE } from '../../disk/piece-batch.ts';
import { PiecePool } from '../../disk/piece-pool.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import { type Disk, nodeDisk } from '../../../ground/node/disk.ts';
import { createPrng } from '../../../ground/prng.ts';
import type { FileName, Move, RecordUpdate, ShareRecord, ShareRecords } from '../records.ts';
import { ShareStorage } from './share-storage.ts';
import type { StorageContext, StorageOptions } from './storage-options.ts';

const PIECE = 16_384;
/** File a lies in pieces 0 to 2, b in 2 and 3, c in 3 to 6. */
const SIZES = { a: 40_000, b: 20_000, c: 50_000 };
const NAMES = ['a', 'b', 'c'] as const;
const PIECES = 7;

const pool = new PiecePool(1);
const temporary = mkdtempSync(join(tmpdir(), 'shoal-storage-'));
after(async () => {
  await pool.close();
  rmSync(temporary, { recursive: true });
});

function contentOf(name: keyof typeof SIZES): Buffer {
  return Buffer.alloc(SIZES[name], `${name} is what it is; `);
}

const whole = Buffer.concat(NAMES.map(contentOf));
let metainfo: Metainfo;

/** In memory; lists its calls with those of the disk. */
class MemoryRecords implements ShareRecords {
  readonly #log: string[];
  record: ShareRecord | undefined;
  #move: Move | undefined;
  readonly #names = new Map<number, FileName>();

  constructor(log: string[]) {
    this.#log = log;
  }

  get(): ShareRecord | undefined {
    return this.record;
  }
  put(record: ShareRecord): void {
    this.record = { ...record, have: record.have.slice() };
  }
  update({ prints, have, ...update }: RecordUpdate): void {
    this.#log.push('record');
    const before = this.record!;
    this.record = {
      ...before,
      ...update,
      have: have.slice(),
      prints: new Map([...before.prints, ...prints]),
    };
  }
  beginMove(_key: string, from: string, to: string): void {
    this.#move = { from, to };
  }
  findMove(): Move | undefined {
    return this.#move;
  }
  finishMove(): void {
    this.#move = undefined;
  }
  cancelMove(): void {
    this.#move = undefined;
  }
  setName(_key: string, _folder: string, file: number, name: FileName): void {
    this.#names.set(file, name);
  }
  setNames(_key: string, _folder: string, paths: ReadonlyMap<number, readonly string[]>): void {
    for (const [file, path] of paths) this.#names.set(file, { path, previous: undefined });
  }
  names(): ReadonlyMap<number, FileName> {
    return this.#names;
  }
}

/** A share, its folders, and what happens to it. */
class Rig {
  readonly dir: string = mkdtempSync(join(temporary, 'rig-'));
  readonly log: string[] = [];
  readonly clock = new HandClock();
  readonly records = new MemoryRecords(this.log);
  readonly troubles: string[] = [];
  readonly finished: number[] = [];
  readonly lost: number[] = [];
  disk: Disk = this.#listing();
  storage!: ShareStorage;

  get out(): string {
    return join(this.dir, 'out');
  }

  /** Lists the calls that make an order, by path. */
  #listing(): Disk {
    const paths = new Map<number, string>();
    const say = (what: string, path: string): void => {
      this.log.push(`${what} ${relative(this.dir, path).replace(/[0-9a-f]{40}-[0-9a-f]+/, 'KEY')}`);
    };
    return {
      ...nodeDisk,
      open: async (path, how) => {
        const fd = await nodeDisk.open(path, how);
        paths.set(fd, path);
        return fd;
      },
      writeNow: (fd, bytes, offset) => {
        say('note in', paths.get(fd)!);
        nodeDisk.writeNow(fd, bytes, offset);
      },
      sync: async (fd) => {
        await nodeDisk.sync(fd);
        say('sync', paths.get(fd)!);
      },
      syncFolder: async (path) => {
        await nodeDisk.syncFolder(path);
        say('sync folder', path);
      },
      rename: async (from, to) => {
        await nodeDisk.rename(from, to);
        say('rename to', to);
      },
    };
  }

  async open(wanted: readonly number[] = [0, 1, 2], more: Partial<StorageOptions> = {}): Promise<this> {
    const context: StorageContext = {
      prover: pool,
      handles: new FileHandles(this.disk),
      records: this.records,
      torrents: { has: () => false, save: () => {}, addPlace: () => {}, drop: () => {} },
      journalsFolder: join(this.dir, 'state', 'journals'),
      edgesFolder: join(this.dir, 'state', 'edges'),
      prng: createPrng(1),
      clock: this.clock,
    };
    this.storage = await ShareStorage.open({
      context,
      metainfo,
      key: 'a'.repeat(40),
      folder: this.out,
      place: { kind: 'fetch', outputDir: this.out },
      trackers: [],
      wanted: new Set(wanted),
      signal: new AbortController().signal,
      onProgress: () => {},
      totals: () => ({ uploaded: 0, downloaded: 0 }),
      events: {
        onTrouble: ({ message }) => this.troubles.push(message),
        onRecovered: () => this.troubles.push('recovered'),
        onFinished: (file) => void this.finished.push(file),
        onWarning: () => {},
        onLost: (pieces) => void this.lost.push(...pieces),
        onUnreadable: () => {},
        onReadable: () => {},
      },
      ...more,
    });
    return this;
  }

  /** A piece comes; resolves with the verdict's status. */
  prove(piece: number, data: Buffer = whole.subarray(piece * PIECE, (piece + 1) * PIECE)): Promise<number> {
    const arena = pool.createArena(data.length);
    arena.bytes.set(data);
    return new Promise((resolve) => {
      this.storage.prove(piece, { arena: arena.id, offset: 0 }, false, ({ status }) => {
        pool.dropArena(arena.id);
        resolve(status);
      });
    });
  }

  async proveAll(): Promise<void> {
    await Promise.all(Array.from({ length: PIECES }, (_, piece) => this.prove(piece)));
    for (const file of NAMES.keys()) this.storage.handleComplete(file);
  }

  read(path: string): Buffer {
    return readFileSync(join(this.dir, path));
  }
}

test('the order on the disk: noted, synced, folders, recorded, named', async () => {
  const original = join(temporary, 'share');
  mkdirSync(original);
  for (const name of NAMES) writeFileSync(join(original, name), contentOf(name));
  ({ metainfo } = await createMetainfo(original, { version: 'v1', pieceLength: PIECE, pool }));
  const rig = await new Rig().open();
  rig.log.splice(0);
  await Promise.all([0, 1, 2].map((piece) => rig.prove(piece)));
  assert.deepEqual(rig.log.splice(0), ['note in state/journals/KEY.1'], 'three pieces in one write');
  rig.storage.handleComplete(0);
  await rig.storage.settle();
  const log = rig.log.splice(0);
  const at = (what: string): number => {
    const index = log.indexOf(what);
    assert.ok(index >= 0, `${what} in ${log.join(', ')}`);
    return index;
  };
  for (const part of ['sync out/share/a.part', 'sync out/share/b.part'])
    assert.ok(at(part) < at('sync folder out/share'));
  assert.ok(at('sync folder out/share') < at('record'));
  assert.ok(at('record') < at('rename to out/share/a'));
  assert.ok(at('rename to out/share/a') < log.lastIndexOf('sync folder out/share'));
  assert.deepEqual(
    [rig.finished, rig.records.record!.have[0], rig.records.record!.epoch],
    [[0], 0b1110_0000, 2],
  );
  await rig.storage.close();
});

test('all is fetched and closed: the right files, a record that says it all, no journal', async () => {
  const rig = await new Rig().open();
  assert.equal(await rig.prove(1, Buffer.alloc(PIECE)), PIECE_MISMATCH);
  await rig.proveAll();
  await rig.storage.settle();
  await rig.storage.close();
  for (const name of NAMES) assert.ok(rig.read(`out/share/${name}`).equals(contentOf(name)));
  assert.deepEqual(readdirSync(join(rig.dir, 'out/share')).sort(), [...NAMES]);
  assert.deepEqual([rig.records.record!.trust, rig.records.record!.have[0]], ['all', 0b1111_1110]);
  assert.deepEqual(readdirSync(join(rig.dir, 'state/journals')), []);
  assert.equal(await rig.prove(1), PIECE_UNWRITABLE, 'given up');
});

test('a save comes by itself 30 s after a piece was written', async () => {
  const rig = await new Rig().open();
  await rig.prove(0);
  rig.log.splice(0);
  rig.clock.pass(29_000);
  assert.deepEqual(rig.log, []);
  rig.clock.pass(1000);
  await rig.storage.settle();
  assert.equal(rig.log[0], 'sync out/share/a.part');
  await rig.storage.close();
});

test('refused writes wait, and go on by themselves', async () => {
  const rig = new Rig();
  let isRefusing = false;
  const { disk } = rig;
  rig.disk = {
    ...disk,
    truncate: (fd, length) => {
      if (isRefusing) return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
      return disk.truncate(fd, length);
    },
  };
  await rig.open();
  isRefusing = true;
  const came = rig.prove(0);
  while (rig.troubles.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.match(rig.troubles[0]!, /cannot write .*a\.part: no space left/);
  isRefusing = false;
  rig.clock.pass(2000);
  assert.equal(await came, PIECE_OK);
  assert.equal(rig.troubles.at(-1), 'recovered');
  await rig.storage.close();
});

test('a share whose journal cannot be begun does not open, and leaves no timer', async () => {
  const rig = new Rig();
  rig.disk = {
    ...rig.disk,
    makeFolder: (path) =>
      path.includes('journals')
        ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
        : nodeDisk.makeFolder(path),
  };
  mkdirSync(join(rig.out, 'share'), { recursive: true });
  writeFileSync(join(rig.out, 'share', 'a'), contentOf('a'));
  await assert.rejects(rig.open(), { code: 'no-space', message: /cannot begin the journal/ });
  assert.equal(rig.clock.waiting, 0);
});

test('too little space, and a folder that takes no files, are said before the first block', async () => {
  const rig = new Rig();
  rig.disk = { ...rig.disk, freeSpace: () => Promise.resolve(1000) };
  await assert.rejects(rig.open(), (error: ShoalError) => {
    assert.deepEqual([error.code, error.shortage?.neededBytes], ['no-space', 110_000]);
    return true;
  });
  rig.disk = {
    ...rig.disk,
    requireWritable: () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })),
  };
  await assert.rejects(rig.open(), { code: 'no-permission', message: /cannot write to / });
});

test('moves, renames and choices come one after another, and pieces that come meanwhile are kept', async () => {
  const rig = await new Rig().open([0]);
  await Promise.all([0, 1].map((piece) => rig.prove(piece)));
  const { storage } = rig;
  const have = storage.present.clone();
  for (const piece of [0, 1, 2]) have.add(piece);
  const there = join(rig.dir, 'there');
  const moving = storage.moveTo(there);
  const renaming = storage.rename(0, ['sub', 'first']);
  const choosing = storage.select(new Set([0, 1]), have);
  const coming = rig.prove(2);
  const [, , { lost, found }] = await Promise.all([moving, renaming, choosing]);
  assert.equal(await coming, PIECE_OK);
  // Piece 2 had its bytes of b in the side file.
  assert.deepEqual([lost, found], [[2], []]);
  assert.equal(await rig.prove(2), PIECE_OK);
  assert.equal(storage.folder, there);
  storage.handleComplete(0);
  await storage.settle();
  assert.ok(rig.read('there/share/sub/first').equals(contentOf('a')));
  assert.ok(existsSync(join(there, 'share/b.part')), 'chosen: no longer in the side file');
  assert.ok(!existsSync(join(rig.out, 'share')));
  await storage.close();
});

test('a change of a share that is being closed is refused', async () => {
  const rig = await new Rig().open();
  const coming = rig.prove(0);
  const moving = rig.storage.moveTo(join(rig.dir, 'there'));
  // It is asked to hold before it is closed.
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([rig.storage.close(), assert.rejects(moving, { code: 'aborted' })]);
  assert.equal(await coming, PIECE_OK);
  assert.ok(existsSync(join(rig.out, 'share/a.part')));
});

test('a share in place is read, never changed', async () => {
  const path = join(temporary, 'share');
  const place = { kind: 'place' as const, path, diskPaths: NAMES.map((name) => join(path, name)) };
  const rig = new Rig();
  const proved = { pieces: new Bitfield(PIECES), prints: new Map() };
  await rig.open([0, 1, 2], { place, folder: path, proved });
  const { storage } = rig;
  await storage.moveTo(path);
  await assert.rejects(storage.moveTo(rig.out), { code: 'unsupported' });
  await assert.rejects(storage.rename(0, ['other']), { code: 'unsupported' });
  await assert.rejects(storage.select(new Set([0]), storage.present), { code: 'unsupported' });
  await assert.rejects(storage.files.prepare(0), { code: 'unsupported' });
  assert.equal(storage.resultPath, path);
  await storage.settle();
  await storage.close();
});

test('what a share in place has sent counts over runs', async () => {
  const rig = new Rig();
  mkdirSync(rig.out);
  const diskPaths = NAMES.map((name) => join(rig.out, name));
  for (const [file, path] of diskPaths.entries()) writeFileSync(path, contentOf(NAMES[file]!));
  const pieces = new Bitfield(PIECES);
  pieces.fillAll();
  for (const sum of [7, 14]) {
    await rig.open([0, 1, 2], {
      place: { kind: 'place', path: rig.out, diskPaths },
      proved: { pieces, prints: new Map() },
      totals: () => ({ uploaded: 7, downloaded: 0 }),
    });
    await rig.storage.close();
    await rig.storage.close();
    assert.equal(rig.records.record!.uploaded, sum);
  }
});
