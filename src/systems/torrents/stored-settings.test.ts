// Settings of older states move to the host's store once; what the host refuses is left out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsInMemory } from './roster/daemon-settings.ts';
import { openStoredSettings } from './stored-settings.ts';

function tableOf(old: Readonly<Record<string, unknown>>): {
  oldSettings: () => Readonly<Record<string, unknown>>;
  forgetOldSettings: () => void;
} {
  let rows = old;
  return {
    oldSettings: () => rows,
    forgetOldSettings: () => {
      rows = {};
    },
  };
}

test('settings of the old table are in the store and gone from the table', () => {
  const store = settingsInMemory();
  const table = tableOf({ maxSeeds: 3, usesDht: false });
  assert.deepEqual(openStoredSettings(store, {}, table).values, { maxSeeds: 3, usesDht: false });
  assert.deepEqual(store.values, { maxSeeds: 3, usesDht: false });
  assert.deepEqual(table.oldSettings(), {});
});

test('what the store has goes before the table: a move that a crash cut short is done again', () => {
  const store = settingsInMemory();
  store.store({ maxSeeds: 5 });
  const opened = openStoredSettings(
    store,
    { maxSeeds: 5, maxDownloads: null },
    tableOf({ maxSeeds: 3, cacheSize: 1 }),
  );
  assert.deepEqual(opened.values, { maxSeeds: 5, cacheSize: 1 });
  opened.store({ maxSeeds: 6 });
  assert.deepEqual(store.values, { maxSeeds: 6, cacheSize: 1 });
});

test('a stored value counts as the host has checked it, and only what was set counts as set', () => {
  const store = settingsInMemory();
  store.store({ maxSeeds: 'many', attic: true });
  const opened = openStoredSettings(store, { maxSeeds: null, maxDownloads: null }, tableOf({}));
  assert.deepEqual(opened.values, { maxSeeds: null });
});

test('when the store cannot be written, the table keeps them', () => {
  const table = tableOf({ maxSeeds: 3 });
  const store = {
    values: {},
    store: () => {
      throw new Error('the disk is full');
    },
  };
  assert.throws(() => openStoredSettings(store, {}, table), /disk is full/);
  assert.deepEqual(table.oldSettings(), { maxSeeds: 3 });
});
