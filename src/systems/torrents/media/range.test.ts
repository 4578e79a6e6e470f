// Ranges, types, names and subtitles, as players ask for them and as strangers name them.
import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { test } from 'node:test';
import { savedAs } from './files.ts';
import { parseRange } from './range.ts';
import { toWebVtt } from './subtitles.ts';
import { mediaTypeOf } from './types.ts';

test('one range of RFC 9110; what is none, or several, is the whole', () => {
  const cases: readonly (readonly [string | undefined, ReturnType<typeof parseRange>])[] = [
    [undefined, undefined],
    ['bytes=0-', { start: 0, end: 100 }],
    ['bytes=10-19', { start: 10, end: 20 }],
    ['bytes=90-1000', { start: 90, end: 100 }],
    ['bytes=-10', { start: 90, end: 100 }],
    ['bytes=-1000', { start: 0, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=20-10', undefined],
    ['bytes=0-1,5-6', undefined],
    ['items=0-1', undefined],
    ['bytes=-', undefined],
    ['bytes=9999999999999999-', 'unsatisfiable'],
    ['bytes=10-9223372036854775807', { start: 10, end: 100 }],
    ['bytes=0-18446744073709551616', { start: 0, end: 100 }],
    [`bytes=5-${'9'.repeat(400)}`, { start: 5, end: 100 }],
    ['bytes=-9223372036854775808', { start: 0, end: 100 }],
    ['bytes=99-99', { start: 99, end: 100 }],
    ['bytes=9007199254740993-9007199254740992', undefined],
    ['bytes=00000000000000000000-00000000000000000001', { start: 0, end: 2 }],
  ];
  for (const [header, range] of cases) assert.deepEqual(parseRange(header, 100), range, header ?? 'none');
  assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
});

test('what could run a script is to be saved', () => {
  assert.deepEqual(mediaTypeOf('Film.MKV'), { kind: 'video', type: 'video/x-matroska' });
  for (const name of ['a.html', 'a.svg', 'a.xml', 'a.js', 'a.pdf', 'a.swf', 'mp4', 'a.mp4.html', ''])
    assert.equal(mediaTypeOf(name), undefined, name);
});

test('SubRip becomes WebVTT, whatever it was written in', () => {
  assert.equal(
    toWebVtt(Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000\nhi')),
    'WEBVTT\n\n00:01.000 --> 00:02.000\nhi',
  );
  assert.match(
    toWebVtt(Buffer.from('1\r\n00:00:01,500 --> 00:00:02,750\r\nGr\xfc\xdfe, 12,5 %', 'latin1')),
    /^WEBVTT\n\n1\n00:00:01\.500 --> 00:00:02\.750\nGrüße, 12,5 %$/,
  );
});

test('a file is saved under its name by every program, and a name starts no header', () => {
  assert.equal(savedAs('a.txt'), 'attachment; filename=a.txt');
  // curl reads the first form, browsers the second.
  assert.equal(savedAs('tööl.mkv'), `attachment; filename="t??l.mkv"; filename*=UTF-8''t%C3%B6%C3%B6l.mkv`);
  for (const name of ['a\r\nset-cookie: x', '\0\u007f', 'a"; filename="b', '\u2028', '', 'x'.repeat(4000)]) {
    const header = savedAs(name);
    validateHeaderValue('content-disposition', header);
    assert.doesNotMatch(header, /[\r\n]/);
    assert.equal(header.replace(/"(?:[^"\\]|\\.)*"/g, '').split('filename=').length, 2, header);
  }
});
