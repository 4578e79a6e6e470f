// Publications and follows in plain words, which links are followed, and which paths say where they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FollowSummary, PublicationSummary } from '../api.ts';
import { getText } from '../texts/index.ts';
import { conditionOfFollow, conditionOfPublication, isFollowLink, isFullPath } from './words.ts';

const KEY = 'ab'.repeat(32);
const LINK = `magnet:?xs=urn:btpk:${KEY}&s=78&dn=x`;

const PUBLICATION: PublicationSummary = {
  id: 1,
  name: 'app',
  key: KEY,
  keyName: 'default',
  link: LINK,
  sequence: 3,
  share: 7,
  path: '/srv/app',
  size: 1000,
  stored: 8,
  isSuperseded: false,
  putAt: '2026-01-01T00:00:00Z',
  trouble: null,
};
const FOLLOW: FollowSummary = {
  id: 1,
  link: LINK,
  name: 'app',
  key: KEY,
  folder: '/srv',
  everySeconds: 300,
  state: 'looking',
  sequence: null,
  path: null,
  share: null,
  lookedAt: null,
  totalBytes: 0,
  doneBytes: 0,
  trouble: null,
  events: 0,
};
const text = getText();

const publications: readonly (readonly [Partial<PublicationSummary>, string, string])[] = [
  [{}, 'good', '8 nodes of the DHT hold the link'],
  [{ stored: null, putAt: null }, 'busy', 'Waits for the DHT'],
  [{ stored: 0 }, 'bad', text.noNodeTook],
  [{ isSuperseded: true }, 'bad', text.superseded],
  [{ trouble: 'its share is no longer here', stored: null }, 'bad', 'its share is no longer here'],
];
for (const [given, tone, words] of publications)
  test(`a publication with ${JSON.stringify(given)}`, () =>
    assert.deepEqual(conditionOfPublication({ ...PUBLICATION, ...given }, text), { tone, words }));

const follows: readonly (readonly [Partial<FollowSummary>, string, string])[] = [
  [{}, 'busy', 'Looks for the newest version'],
  [{ lookedAt: '2026-01-01T00:00:00Z' }, 'busy', text.nothingFound],
  [{ state: 'fetching' }, 'busy', 'Fetches a newer version'],
  [
    { state: 'fetching', totalBytes: 2048, doneBytes: 1024 },
    'busy',
    'Fetches a newer version · 1.0 KiB of 2.0 KiB',
  ],
  [{ state: 'paused' }, 'idle', 'Paused'],
  [{ state: 'shown', sequence: 3 }, 'good', 'The newest version is here'],
  [{ state: 'failed', trouble: 'the disk is full' }, 'bad', 'the disk is full'],
];
for (const [given, tone, words] of follows)
  test(`a follow with ${JSON.stringify(given)}`, () =>
    assert.deepEqual(conditionOfFollow({ ...FOLLOW, ...given }, text), { tone, words }));

const links: readonly (readonly [string, boolean])[] = [
  [LINK, true],
  [`<${LINK.toUpperCase()}>`, true],
  [`magnet:?dn=x&amp;xs=urn:btpk:${KEY}`, true],
  [`magnet:?dn=x&xs.1=urn%3abtpk%3a${KEY}`, true],
  // It names a share as well: that is what it always opened.
  [`magnet:?xt=urn:btih:${'a'.repeat(40)}&xs=urn:btpk:${KEY}`, false],
  [`magnet:?xt=urn:btih:${'a'.repeat(40)}`, false],
  [`https://example.org/?of=magnet:?xs=urn:btpk:${KEY}`, false],
  ['words', false],
];
for (const [link, expected] of links)
  test(`"${link.slice(0, 50)}" ${expected ? 'is' : 'is not'} followed`, () =>
    assert.equal(isFollowLink(link), expected));

const paths: readonly (readonly [string, boolean])[] = [
  ['/srv/a', true],
  ['C:\\films', true],
  ['\\\\nas\\films', true],
  ['films', false],
  ['~/films', false],
  ['', false],
];
for (const [path, expected] of paths)
  test(`"${path}" ${expected ? 'is' : 'is not'} a full path`, () => assert.equal(isFullPath(path), expected));
