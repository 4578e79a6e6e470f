// Settings and preferences that no interface takes, and what was kept from before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettingsSchema } from '../../../host/settings-check.ts';
import { DEFAULT_SETTINGS, SETTINGS } from '../settings.ts';
import { requireSettings, requirePreferences } from './bounds.ts';

const bad = { code: 'bad-argument' } as const;

test('numbers have bounds, whichever interface they come from', () => {
  const refused = [
    { cacheSize: 1_000_000_000 },
    { cacheSize: 0.5 },
    { maxPeers: 0 },
    { maxPeersEach: 0.5 },
    { downloadLimit: 0 },
    { uploadLimit: Number.NaN },
    { slowDownloadLimit: 1023 },
    { ratioGoal: -1 },
    { ratioGoal: Number.POSITIVE_INFINITY },
    { peerPort: 65_536 },
    { maxSeeds: 1.5 },
    { labels: { films: { uploadLimit: 1 } } },
  ];
  for (const change of refused)
    assert.throws(() => requireSettings(change, DEFAULT_SETTINGS), bad, JSON.stringify(change));
  assert.throws(() => requireSettings({ maxPeers: 0 }, DEFAULT_SETTINGS), {
    message: 'the number of connections of all shares has to be a whole number from 1 to 1000000, not 0',
  });
  const taken = { cacheSize: 0, maxPeers: null, downloadLimit: 1024, ratioGoal: 0.5, peerPort: 0 };
  requireSettings({ ...taken, uploadLimit: undefined }, DEFAULT_SETTINGS);
  for (const preferences of [{ maxPeers: 0.5 }, { downloadLimit: 1 }, { idleGoal: 1e9 }])
    assert.throws(() => requirePreferences(preferences), bad, JSON.stringify(preferences));
  requirePreferences({ maxPeers: 5, ratioGoal: null, seedingGoal: 0 });
});

test('a label has a name, and an interface the name of one', () => {
  const schema = new SettingsSchema('torrents', { SETTINGS });
  for (const change of [
    { labels: { '': {} } },
    { meteredInterfaces: ['../x'] },
    { meteredInterfaces: ['a b'] },
  ])
    assert.throws(() => schema.apply(DEFAULT_SETTINGS, change), bad, JSON.stringify(change));
  schema.apply(DEFAULT_SETTINGS, { labels: { films: {} }, meteredInterfaces: ['wwan0', 'eth0.5'] });
});

test('one of TCP and uTP is left', () => {
  const without = { ...DEFAULT_SETTINGS, usesTcp: false };
  assert.throws(() => requireSettings({ usesTcp: false, usesUtp: false }, DEFAULT_SETTINGS), bad);
  assert.throws(() => requireSettings({ usesUtp: false }, without), bad);
  requireSettings({ usesUtp: false, usesTcp: true }, without);
});

test('what is kept already may be said again', () => {
  requireSettings({ maxPeersEach: 0 }, { ...DEFAULT_SETTINGS, maxPeersEach: 0 });
  requirePreferences({ downloadLimit: 5 }, { downloadLimit: 5 });
  const before = { ...DEFAULT_SETTINGS, bannedAddresses: ['host'], labels: { a: { uploadLimit: 1 } } };
  requireSettings({ bannedAddresses: ['host', '::1'], labels: before.labels }, before);
});

test('what is no address bans nobody, and lists have an end', () => {
  for (const address of ['foo', 'beef', '1.2.3', '1.2.3.4:5', ''])
    assert.throws(() => requireSettings({ bannedAddresses: [address] }, DEFAULT_SETTINGS), bad, address);
  requireSettings({ bannedAddresses: ['1.2.3.4', '2001:db8::1'] }, DEFAULT_SETTINGS);
  const names = Array.from({ length: 10_001 }, (_, n) => `tag${n}`);
  const labels = Object.fromEntries(names.map((name) => [name, {}]));
  assert.throws(() => requireSettings({ tags: names }, DEFAULT_SETTINGS), bad);
  assert.throws(() => requireSettings({ labels }, DEFAULT_SETTINGS), bad);
  const addresses = names.map((_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  assert.throws(() => requireSettings({ bannedAddresses: addresses }, DEFAULT_SETTINGS), bad);
});
