// What is said of words that are no link.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLink } from './link-source.ts';

const HASH = 'aa46d831'.repeat(5);

for (const [text, code, message] of [
  ['ftp://x/y', 'bad-link', /^ftp addresses are not fetched: only http and https$/],
  [HASH.slice(1), 'bad-link', /is no info hash: it has 39 of 40 digits$/],
  [`${HASH}ab`, 'bad-link', /is no info hash: it has 42 digits, and v1 has 40, v2 has 64$/],
  [`magnet:?xt=urn:btih:${HASH.slice(1)}`, 'bad-link', /broken: it has 39 of 40 digits$/],
  [`magnet:?xt=urn:btih:${'ab'.repeat(32)}`, 'bad-link', /broken: it has 64 digits instead of 40$/],
  [`magnet:?xt=urn:btmh:1220${'ab'.repeat(30)}`, 'bad-link', /broken: it has 64 of 68 digits$/],
  ['magnet:?xt=urn:btih:zz', 'bad-link', /broken: it has the wrong length, or signs/],
  ['no/such.torrent', 'not-found', /no such file/],
  ['nonsense', 'bad-link', /no magnet link, info hash or http address/],
] as const)
  test(`no link: ${text}`, async () => {
    await assert.rejects(readLink(text), { code, message });
  });
