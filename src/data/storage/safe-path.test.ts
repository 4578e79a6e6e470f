// Safe names, and paths that no two files share.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InfoDictionary } from '../content/model.ts';
import { LinkTargets, planPaths, safeName } from './safe-path.ts';

function info(paths: readonly string[], isSingleFile = false): InfoDictionary {
  const files = paths.map((path, i) => ({
    path: path.split('/'),
    lengthBytes: 10,
    offset: 10 * i,
    isPad: false,
    isExecutable: false,
    isHidden: false,
  }));
  return { version: 'v1', name: 'share', isSingleFile, isPrivate: false, pieceLength: 16384, files };
}

const names: readonly (readonly [string, string])[] = [
  ['plain.txt', 'plain.txt'],
  ['a\\b', 'a_b'],
  ['C:x', 'C_x'],
  ['tail. . ', 'tail____'],
  ['...', '___'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['con1', 'con1'],
  ['com1.c', '_com1.c'],
  ['a\u0007\u001b[31m', 'a__[31m'],
  ['\u202egnp.exe', '_gnp.exe'],
  ['日本語', '日本語'],
];
for (const [given, expected] of names) {
  test(`safe name of ${JSON.stringify(given)}`, () => assert.equal(safeName(given), expected));
}

test('long names are cut between characters, keep their ending and stay apart', () => {
  const a = safeName(`${'é'.repeat(200)}1.tar.gz`);
  const b = safeName(`${'é'.repeat(200)}2.tar.gz`);
  assert.ok(new TextEncoder().encode(a).length <= 240 && a.endsWith('.gz') && a !== b);
});

test('any name is made safe, and once safe stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const safe = safeName(text);
      assert.ok(safe !== '' && safe !== '.' && safe !== '..' && !/[/\\\0]/.test(safe.replaceAll('/', '')));
      if (!text.includes('/')) assert.equal(safeName(safe), safe);
    }),
  );
});

test('names that some file system takes for one are numbered', () => {
  const planned = planPaths(info(['README', 'readme', 'caf\u00e9.txt', 'cafe\u0301.txt']));
  assert.ok(planned.ok);
  assert.deepEqual(
    planned.value.paths.map((path) => path!.join('/')),
    ['share/README', 'share/readme (2)', 'share/caf\u00e9.txt', 'share/cafe\u0301 (2).txt'],
  );
});

const planned: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a file and a folder', ['a', 'A/b', 'a'], ['share/a (2)', 'share/A/b', 'share/a (3)']],
  ['a folder and a file', ['a/b', 'A.txt', 'A'], ['share/a/b', 'share/A.txt', 'share/A (2)']],
  ['made equal', ['_/one', '?/one', '*/one'], ['share/_/one', 'share/_/one (2)', 'share/_/one (3)']],
  ['numbered before', ['a (2)', 'a', 'a'], ['share/a (2)', 'share/a', 'share/a (3)']],
  [
    'the part of another',
    ['x', 'x.part', 'y.part', 'y'],
    ['share/x', 'share/x (2).part', 'share/y.part', 'share/y (2)'],
  ],
];
for (const [what, paths, expected] of planned) {
  test(`two files never share a path: ${what}`, () => {
    const result = planPaths(info(paths));
    assert.ok(result.ok);
    assert.deepEqual(
      result.value.paths.map((path) => path!.join('/')),
      expected,
    );
  });
}

test('links lead to the names that files and folders have', () => {
  const described = info(['a?', 'sub:/b', 'l']);
  const paths = ['share/a_', 'share/sub:/b', 'share/l'].map((path) => path.split('/'));
  for (const [target, expected] of [
    ['a?', 'share/a_'],
    ['sub:', 'share/sub:'],
    ['sub:/b', 'share/sub:/b'],
    ['no*where', 'share/no_where'],
  ] as const)
    assert.equal(new LinkTargets(described, paths).find(target.split('/')).join('/'), expected);
});

test('a link for each of a hundred thousand files: their targets are found in linear time', () => {
  const count = 100_000;
  const described = info([...Array(count).keys()].map((i) => `d${i % 100}/f${i}`));
  const paths = described.files.map(({ path }) => ['share', ...path]);
  let looks = 0;
  const counted = new Proxy(paths, {
    get: (target, key) => {
      looks++;
      return Reflect.get(target, key) as unknown;
    },
  });
  const targets = new LinkTargets(described, counted);
  for (const { path } of described.files) assert.deepEqual(targets.find(path), ['share', ...path]);
  assert.ok(looks <= 3 * count, `${looks} looks`);
});

test('a hundred thousand files of one name are planned in linear time', () => {
  const result = planPaths(info(Array<string>(100_000).fill('same.txt')));
  assert.ok(result.ok);
  assert.equal(new Set(result.value.paths.map((path) => path!.join('/'))).size, 100_000);
});
