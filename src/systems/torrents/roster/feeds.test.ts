// Feeds as they are found in the world, and the words that choose from them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFeed } from './feed-parser.ts';
import { fitsWords } from './feeds.ts';

test('RSS, with enclosures, magnet elements and links; Atom; and what is none of them', () => {
  const rss = `<?xml version="1.0"?><rss version="2.0" xmlns:torrent="http://xmlns.ezrss.it/0.1/"><channel><title>A</title>
    <item><title>One &amp; only</title><guid>id-1</guid><enclosure url="https://example.org/1.torrent" type="application/x-bittorrent"/><link>https://example.org/page</link></item>
    <item><title><![CDATA[Two <b>]]></title><link>https://example.org/2.torrent</link></item>
    <item><title>Three</title><enclosure url="https://example.org/3.torrent"/><torrent:magnetURI>magnet:?xt=urn:btih:33</torrent:magnetURI></item>
    <item><title>No link</title></item><item><title>Bad</title><link>javascript:alert(1)</link></item>
  </channel></rss>`;
  assert.deepEqual(parseFeed(rss), [
    { id: 'id-1', title: 'One & only', link: 'https://example.org/1.torrent' },
    { id: 'https://example.org/2.torrent', title: 'Two <b>', link: 'https://example.org/2.torrent' },
    { id: 'magnet:?xt=urn:btih:33', title: 'Three', link: 'magnet:?xt=urn:btih:33' },
  ]);
  const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:1</id><title>Atom</title><link href="magnet:?xt=urn:btih:44"/></entry></feed>`;
  assert.deepEqual(parseFeed(atom), [{ id: 'urn:1', title: 'Atom', link: 'magnet:?xt=urn:btih:44' }]);
  for (const text of [
    '',
    '<html><p>no',
    '{}',
    '<rss><item><title>cut',
    '<!DOCTYPE x [<!ENTITY a "b">]><rss>&a;</rss>',
  ])
    assert.deepEqual(parseFeed(text), []);
});

test('entries within entries are no entries of their own', () => {
  const [one, two] = ['magnet:?xt=urn:btih:11', 'magnet:?xt=urn:btih:22'];
  const nested = `<rss><channel><item><link>${one}</link><item><link>${two}</link></item></item></channel></rss>`;
  assert.deepEqual(parseFeed(nested), [{ id: one, title: '', link: one }]);
  const deep = `<rss>${'<item>'.repeat(1_000_000)}<link>${one}</link>`;
  assert.throws(() => parseFeed(deep), { code: 'fetch-failed', message: /too deeply/ });
});

test('words choose', () => {
  assert.ok(fitsWords('Debian 13 netinst amd64', 'debian AMD64'));
  assert.ok(!fitsWords('Debian 13 netinst amd64', 'debian -netinst'));
  assert.ok(fitsWords('anything', ''));
  assert.ok(!fitsWords('Debian', 'ubuntu'));
});
