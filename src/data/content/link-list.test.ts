// Several links in one text, as people paste them and as one-line fields garble them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitLinks } from './link-list.ts';

const a = `magnet:?xt=urn:btih:${'a'.repeat(40)}`;
const b = `magnet:?xt=urn:btih:${'b'.repeat(40)}&dn=Holiday film`;
const c = 'https://example.org/get?u=magnet:?xt=1';
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ['nothing', ' \n ', []],
  ['one', ` ${a}\n`, [a]],
  ['one a line', `${a}\r\n${b}\n\n${c}`, [a, b, c]],
  ['with blanks between', `${a} ${b} ${c}`, [a, b, c]],
  ['with nothing between', `${a}${b}${a}`, [a, b, a]],
  ['a link within a link', c, [c]],
  ['a tracker within a magnet link', `${a}&tr=http://t/announce`, [`${a}&tr=http://t/announce`]],
  ['a magnet link within a magnet link', `${a}&as=magnet:?xt=1`, [`${a}&as=magnet:?xt=1`]],
  ['hashes, one a line', `${'c'.repeat(40)}\n${'d'.repeat(40)}`, ['c'.repeat(40), 'd'.repeat(40)]],
  ['a path with blanks', '/srv/my film.torrent', ['/srv/my film.torrent']],
];
for (const [name, text, links] of cases)
  test(`links: ${name}`, () => assert.deepEqual(splitLinks(text), links));

test('a megabyte of links is split in linear time', () => {
  assert.equal(splitLinks(`${a}\n`.repeat(20_000)).length, 20_000);
});
