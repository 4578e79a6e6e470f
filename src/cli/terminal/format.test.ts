// Widths of what people name their files, as terminals draw them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, fit, fitEnd, padTo, printable } from './format.ts';

test('columns of text', () => {
  const cases: Readonly<Record<string, number>> = {
    '': 0,
    'plain ASCII ~': 13,
    tööl: 4,
    // A letter and its mark apart.
    'to\u0308o\u0308l': 4,
    日本語: 6,
    한국: 4,
    // Half the width, by name.
    ｶﾅ: 2,
    '（ＡＢ）': 8,
    '🎬 film': 7,
    // Pictures of the first plane.
    '✅⌚⚡': 6,
    '→ ↓ … █ ░': 9,
    '🇩🇪': 2,
    مرحبا: 5,
    नमस्ते: 4,
    𠀋: 2,
  };
  for (const [text, columns] of Object.entries(cases)) assert.equal(columnsOf(text), columns, text);
});

test('what is cut fits, says that it was cut, and keeps the end that was asked for', () => {
  for (const text of ['日本語.iso', '🎬🎬🎬🎬', 'plain.iso', 'to\u0308o\u0308l.tar.zst'])
    for (let width = 1; width <= columnsOf(text) + 2; width++) {
      for (const cut of [fit(text, width, '~'), fitEnd(text, width, '~')])
        assert.ok(columnsOf(cut) <= width, `${width}: ${cut}`);
      assert.equal(columnsOf(padTo(fit(text, width, '~'), width)), width);
    }
  assert.equal(fit('日本語.iso', 5, '~'), '日本~');
  assert.equal(fitEnd('日本語.iso', 5, '~'), '~.iso');
});

test('nothing that a name holds moves the cursor or turns the text', () => {
  assert.equal(printable('a\u001b[2Jb\u202ec\u200d\n'), 'a\ufffd[2Jb\ufffdc\ufffd\ufffd');
});
