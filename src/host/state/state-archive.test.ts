// A state in one file: every system's database, the switches and settings, keys and folders; refused where it is not ours.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase } from './database.ts';
import { DatabaseSync } from './sqlite.ts';
import { exportState, importState, type StateContents } from './state-archive.ts';

const CONTENTS: StateContents = {
  databases: [
    { file: 'shoal.db', version: 1 },
    { file: 'rules.db', version: 2 },
    { file: 'never.db', version: 1 },
  ],
  folders: ['torrents'],
};

function tempOf(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-archive-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const TABLE = 'CREATE TABLE things (name TEXT) STRICT';

function makeDatabase(path: string, ...migrations: string[]): DatabaseSync {
  const db = openDatabase({ path, migrations: [TABLE, ...migrations], notices: [] });
  db.exec("INSERT INTO things VALUES ('first')");
  return db;
}

/** With a writer that is still there, as while a daemon runs. */
function makeState(t: TestContext, dir: string): string {
  const folder = join(dir, 'state');
  for (const sub of ['keys', 'torrents', 'journals']) mkdirSync(join(folder, sub), { recursive: true });
  const writers = [
    makeDatabase(join(folder, 'shoal.db')),
    makeDatabase(join(folder, 'rules.db'), 'CREATE TABLE more (name TEXT) STRICT'),
  ];
  t.after(() => {
    for (const writer of writers) writer.close();
  });
  writeFileSync(join(folder, 'systems.json'), '{"rules":true}');
  writeFileSync(join(folder, 'settings.json'), '{"rules":{"level":3}}');
  writeFileSync(join(folder, 'keys', 'me.pem'), 'secret');
  writeFileSync(join(folder, 'torrents', 'a.torrent'), 'torrent');
  // Of this machine alone.
  for (const name of ['api-token', 'journals/a']) writeFileSync(join(folder, name), 'own');
  return folder;
}

const things = (path: string): number => {
  const db = new DatabaseSync(path);
  const { n } = db.prepare('SELECT count(*) AS n FROM things').get()!;
  db.close();
  return n as number;
};

test('every database, the switches, the settings, keys and folders come over, and nothing else', (t) => {
  const dir = tempOf(t);
  const folder = makeState(t, dir);
  const path = join(dir, 'archive');
  const summary = { files: 2, databases: ['shoal.db', 'rules.db'] };
  assert.deepEqual(exportState(folder, path, CONTENTS), summary);
  assert.equal(statSync(path).mode & 0o077, 0);
  assert.ok(!existsSync(`${path}.new`) && !existsSync(`${path}.copy`));
  const copy = join(dir, 'copy');
  const { databases, files } = importState(path, copy, CONTENTS);
  assert.deepEqual([files, [...databases].sort()], [2, ['rules.db', 'shoal.db']]);
  for (const file of databases) assert.equal(things(join(copy, file)), 1);
  for (const name of ['systems.json', 'settings.json', 'keys/me.pem', 'torrents/a.torrent']) {
    assert.deepEqual(readFileSync(join(copy, name)), readFileSync(join(folder, name)), name);
    assert.equal(statSync(join(copy, name)).mode & 0o077, 0, name);
  }
  for (const name of ['api-token', 'journals', 'never.db']) assert.ok(!existsSync(join(copy, name)), name);
});

test('an archive is never overwritten, nor a folder that holds a state', (t) => {
  const dir = tempOf(t);
  const folder = makeState(t, dir);
  const path = join(dir, 'archive');
  exportState(folder, path, CONTENTS);
  assert.throws(() => exportState(folder, path, CONTENTS), { code: 'name-conflict' });
  for (const name of ['shoal.db', 'rules.db', 'systems.json', 'settings.json']) {
    const taken = join(dir, `taken-${name}`);
    mkdirSync(taken);
    writeFileSync(join(taken, name), '');
    assert.throws(() => importState(path, taken, CONTENTS), { code: 'name-conflict' });
  }
  const keyed = join(dir, 'keyed');
  mkdirSync(join(keyed, 'keys'), { recursive: true });
  writeFileSync(join(keyed, 'keys', 'me.pem'), 'another secret');
  assert.throws(() => importState(path, keyed, CONTENTS), { message: /keys are never overwritten/ });
  assert.throws(() => importState(join(dir, 'none'), join(dir, 'x'), CONTENTS), { code: 'not-found' });
});

test('an import that fails leaves nothing of its own, and can be repeated', (t) => {
  const dir = tempOf(t);
  const path = join(dir, 'archive');
  exportState(makeState(t, dir), path, CONTENTS);
  const target = join(dir, 'target');
  // A folder in the way of a file, which comes after the settings.
  mkdirSync(join(target, 'torrents', 'a.torrent', 'full'), { recursive: true });
  writeFileSync(join(target, 'torrents', 'own.torrent'), 'own');
  assert.throws(() => importState(path, target, CONTENTS), { message: /cannot import/ });
  for (const name of ['settings.json', 'systems.json', 'keys/me.pem', 'shoal.db'])
    assert.ok(!existsSync(join(target, name)), name);
  assert.ok(existsSync(join(target, 'torrents', 'own.torrent')));
  rmSync(join(target, 'torrents', 'a.torrent'), { recursive: true });
  assert.equal(importState(path, target, CONTENTS).files, 2);
});

test('an archive of a newer Shoal is refused: its form, a database, or a system that is not known here', (t) => {
  const dir = tempOf(t);
  const folder = makeState(t, dir);
  const path = join(dir, 'archive');
  exportState(folder, path, CONTENTS);
  const target = join(dir, 'target');
  const knows = (...databases: StateContents['databases']): StateContents => ({ ...CONTENTS, databases });
  const [shoal, rules] = CONTENTS.databases;
  for (const contents of [knows(shoal!), knows(shoal!, { file: 'rules.db', version: 1 }), knows(rules!)])
    assert.throws(() => importState(path, target, contents), { code: 'state-too-new' });
  const db = new DatabaseSync(path);
  db.exec('UPDATE archive SET form = 3');
  db.close();
  assert.throws(() => importState(path, target, CONTENTS), { code: 'state-too-new' });
  assert.ok(!existsSync(target));
});

test('a file that is not an archive, or would write elsewhere, is refused', (t) => {
  const dir = tempOf(t);
  const folder = makeState(t, dir);
  writeFileSync(join(dir, 'text'), 'no archive');
  assert.throws(() => importState(join(dir, 'text'), join(dir, 'x'), CONTENTS), { code: 'state-broken' });
  const names = [
    'keys/../../evil',
    '/etc/evil',
    'api-token',
    'other/file',
    'keys/.hidden',
    'keys/a/b',
    'bad.db',
  ];
  for (const [n, name] of names.entries()) {
    const path = join(dir, `prepared-${n}`);
    exportState(folder, path, CONTENTS);
    const raw = new DatabaseSync(path);
    raw.prepare("INSERT INTO archived_files VALUES (?, x'00')").run(name);
    raw.close();
    assert.throws(() => importState(path, join(dir, 'x'), CONTENTS), { code: 'state-broken' }, name);
  }
  assert.ok(!existsSync(join(dir, 'x')));
});

test('an archive of an older Shoal is the database of torrents with the other files in it', (t) => {
  const dir = tempOf(t);
  const path = join(dir, 'old');
  const db = makeDatabase(path);
  db.exec('PRAGMA journal_mode = DELETE');
  db.exec('CREATE TABLE archived_files (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT');
  db.exec("INSERT INTO archived_files VALUES ('keys/me.pem', x'61'), ('torrents/a.torrent', x'62')");
  db.close();
  const copy = join(dir, 'copy');
  assert.deepEqual(importState(path, copy, CONTENTS), { files: 2, databases: ['shoal.db'] });
  assert.equal(things(join(copy, 'shoal.db')), 1);
  const copied = new DatabaseSync(join(copy, 'shoal.db'));
  const kept = copied.prepare("SELECT name FROM sqlite_schema WHERE name = 'archived_files'").get();
  copied.close();
  assert.equal(kept, undefined);
  assert.equal(readFileSync(join(copy, 'keys', 'me.pem'), 'utf8'), 'a');
  const newer = { ...CONTENTS, databases: [{ file: 'shoal.db', version: 0 }] };
  assert.throws(() => importState(path, join(dir, 'x'), newer), { code: 'state-too-new' });
});
