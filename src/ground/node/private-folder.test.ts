// The state folder is its owner's alone, also where an older version left it looser.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { StateDb } from '../../systems/torrents/state/state-db.ts';

const base = mkdtempSync(join(tmpdir(), 'shoal-private-'));
after(() => rmSync(base, { recursive: true, force: true }));

/** Entries that anybody but the owner may use. */
function looseIn(folder: string): string[] {
  const all = ['.', ...(readdirSync(folder, { recursive: true }) as string[])];
  return all.filter((name) => (lstatSync(join(folder, name)).mode & 0o077) !== 0);
}

test('a new state folder and all in it are for the owner', () => {
  const folder = join(base, 'new');
  const state = StateDb.claim(folder);
  state.torrents.save('ab'.repeat(20), { folder: '/x', kind: 'fetch' }, new Uint8Array([1]));
  assert.ok(existsSync(join(folder, 'shoal.db-wal')), 'what SQLite puts beside it is there');
  assert.deepEqual(looseIn(folder), []);
  assert.deepEqual(state.notices, []);
  state.close();
});

test('a folder for everybody is refused and stays so; one that holds other things is told of', () => {
  const forAll = join(base, 'for-all');
  mkdirSync(forAll);
  chmodSync(forAll, 0o1777);
  for (const open of [StateDb.open, StateDb.claim])
    assert.throws(() => open(forAll), { code: 'bad-argument', message: /name a folder in it with --state/ });
  assert.deepEqual([statSync(forAll).mode & 0o7777, readdirSync(forAll)], [0o1777, []]);
  const home = join(base, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'notes.txt'), 'mine');
  chmodSync(home, 0o755);
  const state = StateDb.claim(home);
  assert.match(state.notices.join(), /could be read by other accounts; it is yours alone now/);
  state.close();
});

test('a loose one is tightened, with a notice; other entries stay as they are', () => {
  const folder = join(base, 'old');
  StateDb.claim(folder).close();
  mkdirSync(join(folder, 'torrents'));
  mkdirSync(join(folder, 'photos'));
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  writeFileSync(join(folder, 'torrents', 'x.torrent'), 'x');
  for (const [name, mode] of [
    ['.', 0o755],
    ['shoal.db', 0o644],
    ['torrents', 0o755],
    ['torrents/x.torrent', 0o644],
    ['notes.txt', 0o644],
    ['photos', 0o755],
  ] as const)
    chmodSync(join(folder, name), mode);
  const state = StateDb.claim(folder);
  assert.deepEqual(looseIn(folder).sort(), ['notes.txt', 'photos']);
  assert.match(state.notices.join(), /could be read by other accounts; it is yours alone now/);
  state.close();
});

test('a loose one that is named by a link is tightened as well', () => {
  const [folder, link] = [join(base, 'linked'), join(base, 'link')];
  mkdirSync(folder, { mode: 0o755 });
  chmodSync(folder, 0o755);
  symlinkSync(folder, link);
  StateDb.claim(link).close();
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});
