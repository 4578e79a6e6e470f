// Tables keep to the width of the terminal, and say all of what is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from './format.ts';
import { ASCII, chooseGlyphs, UNICODE } from './glyphs.ts';
import { renderTable, wrap } from './table.ts';

const COLUMNS = [
  { heading: 'No', isRight: true },
  { heading: 'State' },
  { heading: 'Down', isRight: true, dropsAt: 1 },
  { heading: 'Peers', isRight: true, dropsAt: 2 },
  { heading: 'Name' },
];
const ROWS = [
  { cells: ['1', 'fetching', '1.25 MiB/s', '3', 'a rather long name of something 日本語.iso'] },
  { cells: ['12', 'failed', '', '0', 'short'], notes: ['cannot write /a/path: no space left on the disk'] },
];

test('a wide terminal shows all columns under their headings', () => {
  assert.deepEqual(renderTable(COLUMNS, ROWS, Number.POSITIVE_INFINITY), [
    'No  State           Down  Peers  Name',
    ' 1  fetching  1.25 MiB/s      3  a rather long name of something 日本語.iso',
    '12  failed                    0  short',
    '      cannot write /a/path: no space left on the disk',
  ]);
});

test('a narrow one leaves columns out, cuts names, and breaks notes between words', () => {
  for (const width of [30, 40, 60, 80]) {
    const lines = renderTable(COLUMNS, ROWS, width);
    for (const line of lines) assert.ok(columnsOf(line) <= width, `${width}: ${line}`);
    assert.match(
      lines.join(' ').replaceAll(/\s+/g, ' '),
      /cannot write \/a\/path: no space left on the disk/,
    );
  }
  assert.doesNotMatch(renderTable(COLUMNS, ROWS, 40)[0]!, /Down/);
  assert.match(renderTable(COLUMNS, ROWS, 40)[0]!, /Peers/);
});

test('a column that says nothing is left out before one that says something', () => {
  const quiet = ROWS.map(({ cells }) => ({ cells: [cells[0]!, cells[1]!, cells[2]!, '', cells[4]!] }));
  const heading = renderTable(COLUMNS, quiet, 42)[0]!;
  assert.match(heading, /Down/);
  assert.doesNotMatch(heading, /Peers/);
});

test('words that are wider than the line lose nothing', () => {
  assert.equal(
    wrap('x'.repeat(35), 14, 2)
      .map((line) => line.trim())
      .join(''),
    'x'.repeat(35),
  );
});

test('a locale without UTF-8 gets ASCII', () => {
  assert.equal(chooseGlyphs({ LANG: 'de_DE.UTF-8' }, 'linux'), UNICODE);
  assert.equal(chooseGlyphs({ LANG: 'C.utf8' }, 'linux'), UNICODE);
  assert.equal(chooseGlyphs({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'linux'), ASCII);
  assert.equal(chooseGlyphs({ LANG: 'de_DE.ISO-8859-1' }, 'linux'), ASCII);
  assert.equal(chooseGlyphs({}, 'linux'), ASCII);
  assert.equal(chooseGlyphs({}, 'darwin'), UNICODE);
  const signs = Object.values(ASCII).flat().join('');
  assert.doesNotMatch(signs, /[^ -~]/);
});
