// What the daemon publishes and follows, in its table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseSync } from '../../../host/state/sqlite.ts';
import { HELD_TABLES, HeldTable } from './held-table.ts';

function open(): HeldTable {
  const db = new DatabaseSync(':memory:');
  db.exec(HELD_TABLES);
  return new HeldTable(db);
}

test('a publication keeps its number when a new version is published; numbers are never used again', () => {
  const table = open();
  const first = table.savePublication({ publicKey: 'aa', name: 'app', keyName: 'default', shareKey: '1' });
  assert.equal(table.savePublication({ ...first, shareKey: '2' }).id, first.id);
  const other = table.savePublication({ ...first, name: 'site' });
  assert.deepEqual(
    table.publications().map(({ id, name, shareKey }) => [id, name, shareKey]),
    [
      [first.id, 'app', '2'],
      [other.id, 'site', '1'],
    ],
  );
  table.removePublication(other.id);
  assert.ok(table.savePublication({ ...first, name: 'site' }).id > other.id);
});

test('a follow is known by what is followed, and where to; its preferences may change', () => {
  const table = open();
  const preferences = { everySeconds: 300, peers: ['localhost:1'], usesLsd: false };
  const first = table.saveFollow({ link: 'magnet:?a', target: '11', folder: '/a', preferences });
  assert.deepEqual(table.follows(), [first]);
  const again = table.saveFollow({ ...first, preferences: { everySeconds: 5, peers: [] } });
  assert.equal(again.id, first.id);
  assert.notEqual(table.saveFollow({ ...first, folder: '/b' }).id, first.id);
  table.removeFollow(first.id);
  assert.deepEqual(
    table.follows().map(({ folder }) => folder),
    ['/b'],
  );
});
