// Torrents is sure of what no other system names so, and may take what only a fetch would tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimOf } from './link-claim.ts';

const HASH = 'a1'.repeat(20);

test('by its form, a link is surely, maybe or not of torrents', () => {
  for (const [link, claim] of [
    [`magnet:?xt=urn:btih:${HASH}`, 'sure'],
    [` "magnet:?xt=urn:btih:${HASH}&amp;dn=x" `, 'sure'],
    ['magnet:?dn=nothing', 'sure'],
    [HASH, 'sure'],
    ['b2'.repeat(32), 'sure'],
    // A digit is missing: torrents says so.
    [HASH.slice(1), 'sure'],
    ['https://example.org/album.torrent', 'sure'],
    ['https://example.org/album.torrent?passkey=1', 'sure'],
    ['https://example.org/download.php?id=3', 'maybe'],
    ['/home/me/album.torrent', 'sure'],
    ['ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi', 'no'],
    ['gemini://example.org/', 'no'],
    ['/home/me/album', 'no'],
    ['', 'no'],
  ] as const)
    assert.equal(claimOf(link), claim, link);
});

test('of files it takes bencoded dictionaries', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  assert.equal(claimOf(bytes('d8:announce')), 'sure');
  for (const text of ['', 'd', '<!doctype html>', 'i3e', 'does it begin with a d?']) {
    assert.equal(claimOf(bytes(text)), 'no', text);
  }
});
