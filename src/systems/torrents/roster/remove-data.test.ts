// Removing the data of a share takes its own files, and leaves those of others alone.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createMetainfo } from '../../../data/content/node/create.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import { journalPathOf } from '../../../data/storage/node/fetched-paths.ts';
import { JournalFile } from '../../../data/storage/node/journal-file.ts';
import type { FilePrint } from '../../../data/storage/resume-plan.ts';
import { StateDb } from '../state/state-db.ts';
import { removeData } from './remove-data.ts';

/** A folder with a share of nine files, each a piece, and a state folder. */
async function withFilm(work: (film: Film) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-remove-'));
  const state = StateDb.claim(join(dir, 'state'));
  const folder = join(dir, 'data');
  try {
    const root = join(folder, 'film');
    for (const name of FILM) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), name);
    }
    const { metainfo } = await createMetainfo(root, { version: 'v2' });
    const place = { metainfo, key: 'aa', recordFolder: folder, folder, state };
    const remove = (others: readonly string[] = []): Promise<boolean> =>
      removeData({ ...place, others: new Set(others.map((name) => join(root, name))) });
    const record = (had: readonly number[]): void => {
      const have = new Bitfield(FILM.length);
      for (const file of had) have.add(file);
      const prints = FILM.map((name): [number, FilePrint] => {
        const info = statSync(join(root, name));
        return [FILM.indexOf(name), { size: info.size, modifiedMs: info.mtimeMs }];
      });
      const counts = { trust: 'all', epoch: 0, uploaded: 0, downloaded: 0 } as const;
      const share = { key: 'aa', folder, kind: 'fetch' } as const;
      state.shares.put({ ...share, ...counts, have: have.bytes, prints: new Map(prints) });
    };
    await work({ root, state, folder, remove, record });
  } finally {
    state.close();
    rmSync(dir, { recursive: true });
  }
}

const FILM = ['a', 'b', 'c', 'd', 'e', 'f', 'g/h', 'i', 'j/k'];

interface Film {
  readonly root: string;
  readonly folder: string;
  readonly state: StateDb;
  /** @param others files that another share has */
  remove(others?: readonly string[]): Promise<boolean>;
  /** Notes how the files are now. @param had files whose piece was had */
  record(had: readonly number[]): void;
}

const listFilm = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

test('removing data takes what the share has, whole or not, under the names that it has', () =>
  withFilm(async ({ root, folder, state, remove, record }) => {
    record([...FILM.keys()]);
    renameSync(join(root, 'b'), join(root, 'b.part'));
    renameSync(join(root, 'c'), join(root, 'named'));
    state.shares.setNames('aa', folder, new Map([[2, ['film', 'named']]]));
    // Another program set its time.
    utimesSync(join(root, 'd'), new Date(0), new Date(0));
    writeFileSync(join(root, 'mine'), 'mine');
    assert.equal(await remove(), true);
    assert.deepEqual(listFilm(root), ['mine']);
    assert.equal(existsSync(join(root, 'g')), false);
    assert.equal(await remove(), true);
  }));

test("removing data leaves a person's files under names of the share, and those of other shares", () =>
  withFilm(async ({ root, folder, remove, record }) => {
    // It was never started.
    assert.equal(await remove(), false);
    assert.deepEqual(listFilm(root), [...FILM].sort());
    // Of c and d no piece was ever had.
    record([0, 1, 4, 5, 6, 7, 8]);
    renameSync(join(root, 'd'), join(root, 'd.part'));
    writeFileSync(join(root, 'd.part'), 'my own notes');
    // It took the name while the share was fetching the part.
    renameSync(join(root, 'e'), join(root, 'e.part'));
    writeFileSync(join(root, 'e'), 'my own file');
    // Changed since.
    writeFileSync(join(root, 'f'), 'longer than it was');
    // Behind a link that leads out.
    const outside = join(folder, '..', 'outside');
    renameSync(join(root, 'g'), outside);
    symlinkSync(outside, join(root, 'g'));
    assert.equal(await remove(['i']), false);
    assert.deepEqual(listFilm(root), ['c', 'd.part', 'e', 'f', 'g', 'g/h', 'i']);
    assert.equal(readFileSync(join(root, 'e'), 'utf8'), 'my own file');
    assert.equal(existsSync(join(outside, 'h')), true);
  }));

test('what was noted and never saved is removed as well', () =>
  withFilm(async ({ root, folder, state, remove, record }) => {
    record([]);
    renameSync(join(root, 'a'), join(root, 'a.part'));
    writeFileSync(join(root, 'a.part'), 'A');
    const journal = new JournalFile(nodeDisk, journalPathOf(state, 'aa', folder));
    await journal.start(0, [0]);
    journal.close();
    assert.equal(await remove(), false);
    assert.equal(existsSync(join(root, 'a.part')), false);
    assert.deepEqual(readdirSync(state.journalsFolder), []);
  }));
