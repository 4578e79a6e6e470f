// A section takes what its schema and its system allow, stores only what was set, and a failure leaves all as it was.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ShoalError } from '../ground/errors.ts';
import { list, orNull, setting, Type } from './schema.ts';
import type { SettingsModule, SettingsValues } from './settings-section.ts';
import { MAX_SETTINGS_BYTES, SettingsStore } from './settings-store.ts';
import { SystemSettings } from './settings.ts';

const MODULE: SettingsModule = {
  SETTINGS: Type.Object({
    level: setting(Type.Integer({ minimum: 1, maximum: 5 }), 2, 'The house has so many floors.'),
    names: setting(list(Type.String({ maxLength: 10 })), [], 'These people live in it.'),
    door: setting(orNull(Type.String()), null, 'The door is on this side.'),
  }),
  checkSettings: (change, before) => {
    const { level, names } = { ...before, ...change };
    if ((names as string[]).length > (level as number))
      throw new ShoalError('bad-argument', 'there is no room for so many names');
  },
};
const system = { name: 'house', settings: async () => MODULE };
const DEFAULTS = { level: 2, names: [], door: null };

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-settings-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const closed = (): undefined => undefined;

test('defaults hold until something is set, and only that is stored', async (t) => {
  const folder = folderOf(t);
  const settings = new SystemSettings(new SettingsStore(folder), closed);
  assert.deepEqual(await settings.read(system), DEFAULTS);
  assert.deepEqual(await settings.change(system, { level: 4 }), { ...DEFAULTS, level: 4 });
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8')), { house: { level: 4 } });
  const again = new SystemSettings(new SettingsStore(folder), closed);
  assert.deepEqual(await again.read(system), { ...DEFAULTS, level: 4 });
});

test('a change is refused with the reason of the schema or of the system', async (t) => {
  const settings = new SystemSettings(new SettingsStore(folderOf(t)), closed);
  for (const [change, reason] of [
    [{ level: 6 }, /house: "level" has to be at most 5/],
    [{ names: ['a', 'much too long'] }, /house: entry 2 of "names" has to have at most 10 characters/],
    [{ windows: 3 }, /house has no setting "windows"/],
    [{ constructor: 3 }, /house has no setting "constructor"/],
    [{ names: ['a', 'b', 'c'] }, /no room for so many/],
    [{ level: '4' }, /"level" has to be a whole number/],
  ] as const)
    await assert.rejects(settings.change(system, change), { code: 'bad-argument', message: reason });
  assert.deepEqual(await settings.read(system), DEFAULTS);
  await assert.rejects(settings.change({ name: 'bare' }, { level: 1 }), { code: 'unsupported' });
  assert.deepEqual(await settings.read({ name: 'bare' }), {});
});

test('an open system puts a change into effect first; a refused change is not stored', async (t) => {
  const store = new SettingsStore(folderOf(t));
  const configured: SettingsValues[] = [];
  const open = {
    configure: async (_: SettingsValues, change: SettingsValues) => {
      configured.push(change);
      if (change.level === 3) throw new ShoalError('unsupported', 'the third floor is closed');
    },
  };
  const settings = new SystemSettings(store, () => open);
  await assert.rejects(settings.change(system, { level: 3 }), { message: /third floor/ });
  assert.deepEqual(store.read('house'), {});
  // Both are taken one after the other: the second is checked against the first.
  await Promise.all([
    settings.change(system, { level: 5 }),
    settings.change(system, { names: ['a', 'b', 'c'] }),
  ]);
  assert.deepEqual(store.read('house'), { level: 5, names: ['a', 'b', 'c'] });
  assert.deepEqual(configured, [{ level: 3 }, { level: 5 }, { names: ['a', 'b', 'c'] }]);
});

test('what is to take effect with a change keeps all of it from being stored when it fails', (t) => {
  const folder = folderOf(t);
  const store = new SettingsStore(folder);
  store.write('house', { level: 3 });
  const files = (): string[] => readdirSync(folder).sort();
  const before = files();
  const fail = (): void => {
    throw new ShoalError('no-space', 'the disk is full');
  };
  // Also where nothing of the file changes.
  for (const level of [4, 3])
    assert.throws(() => store.write('house', { level }, fail), { code: 'no-space' });
  assert.deepEqual([store.read('house'), files()], [{ level: 3 }, before]);
  assert.deepEqual(new SettingsStore(folder).read('house'), { level: 3 });
  let calls = 0;
  store.write('house', { level: 4 }, () => calls++);
  assert.deepEqual([calls, new SettingsStore(folder).read('house')], [1, { level: 4 }]);
});

test('a change that cannot be stored is taken back', async (t) => {
  const store = new SettingsStore(folderOf(t));
  const configured: SettingsValues[] = [];
  const open = { configure: (_: SettingsValues, change: SettingsValues) => void configured.push(change) };
  t.mock.method(store, 'write', () => {
    throw new ShoalError('no-space', 'the disk is full');
  });
  const settings = new SystemSettings(store, () => open);
  await assert.rejects(settings.change(system, { level: 4 }), { code: 'no-space' });
  assert.deepEqual(configured, [{ level: 4 }, { level: 2 }]);
});

test('a system tells the values in effect where they differ from the stored ones', async (t) => {
  const settings = new SystemSettings(new SettingsStore(folderOf(t)), () => ({
    settingsNow: () => ({ ...DEFAULTS, level: 1 }),
  }));
  assert.equal((await settings.read(system)).level, 1);
});

test('a stored value that the schema refuses is left out and told; a broken file is said to be one', async (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'settings.json');
  writeFileSync(path, JSON.stringify({ house: { level: 9, door: 'north', attic: true } }));
  const reasons: string[] = [];
  const settings = new SystemSettings(new SettingsStore(folder), closed);
  assert.deepEqual(await settings.read(system, (reason) => reasons.push(reason)), {
    ...DEFAULTS,
    door: 'north',
  });
  assert.deepEqual(reasons, ['"level" has to be at most 5']);
  for (const text of ['{', '[]', '{"house": 1}']) {
    writeFileSync(path, text);
    assert.throws(() => new SettingsStore(folder).read('house'), { code: 'state-broken' });
  }
});

test('the file is the owner’s alone and bounded', (t) => {
  const folder = folderOf(t);
  const store = new SettingsStore(folder);
  store.write('house', { level: 3 });
  chmodSync(folder, 0o700);
  assert.throws(() => store.write('house', { door: 'x'.repeat(MAX_SETTINGS_BYTES) }), {
    code: 'bad-argument',
  });
  assert.deepEqual(store.read('house'), { level: 3 });
  assert.deepEqual(store.read('constructor'), {});
});
