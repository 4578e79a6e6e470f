// Links as people bring them: one or several, with line breaks, blanks or nothing between them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeLink, splitLinks } from './links.ts';

const A = `magnet:?xt=urn:btih:${'a'.repeat(40)}`;
const B = `magnet:?xt=urn:btih:${'b'.repeat(40)}`;
const WEB = 'https://example.org/a file.torrent';

const splits: readonly (readonly [string, string, readonly string[]])[] = [
  ['nothing', '  \n ', []],
  ['one', ` ${A}\n`, [A]],
  ['a name with blanks', `${A}&dn=two words`, [`${A}&dn=two words`]],
  ['line breaks of any kind', `${A}\r\n\r\n${B}\n${WEB}`, [A, B, WEB]],
  ['blanks before a link', `${A} ${B}\t${WEB}`, [A, B, WEB]],
  ['nothing between two', `${A}${B}`, [A, B]],
  ['a link as a value', `${A}&xs=magnet:?x`, [`${A}&xs=magnet:?x`]],
  ['a web address holds what it likes', `https://example.org/?of=${A}`, [`https://example.org/?of=${A}`]],
];
for (const [what, text, expected] of splits)
  test(`links: ${what}`, () => assert.deepEqual(splitLinks(text), expected));

const looks: readonly (readonly [string, boolean])[] = [
  [A, true],
  [A.toUpperCase(), true],
  [WEB, true],
  ['a'.repeat(40), true],
  ['F'.repeat(64), true],
  ['a2'.repeat(16), true],
  [`${A}\n${WEB}`, true],
  [`${A}\nand words`, false],
  ['a'.repeat(41), false],
  ['words', false],
  ['ftp://example.org/a', false],
  ['', false],
];
for (const [text, expected] of looks)
  test(`"${text.slice(0, 40)}" ${expected ? 'is' : 'is not'} taken for a link`, () =>
    assert.equal(looksLikeLink(text), expected));
