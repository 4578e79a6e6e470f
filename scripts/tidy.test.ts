// The rules of scripts/tidy.ts can fail: each is fed a file that breaks it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { ROOT, tool } from './steps.ts';
import { checkFile, findCycles, isPure } from './tidy.ts';

const header = '/** A file. */\n';
const cases: readonly (readonly [string, string, string])[] = [
  ['header', 'src/ground/x.ts', "import './y.ts';\n"],
  ['name', 'src/ground/CamelCase.ts', header],
  ['only', 'src/ground/x.test.ts', `${header}test${'.only'}('x', () => {});\n`],
  ['layer', 'src/ground/x.ts', `${header}import { a } from '../data/content/a.ts';\n`],
  ['layer', 'src/net/tracker/node/x.ts', `${header}import { a } from '../../../data/content/model.ts';\n`],
  ['layer', 'src/http/x.ts', `${header}import { a } from '../systems/torrents/share/peer.ts';\n`],
  ['layer', 'src/systems/rules/x.ts', `${header}import { a } from '../torrents/share/peer.ts';\n`],
  ['layer', 'src/cli/x.ts', `${header}import { a } from '../http/guard.ts';\n`],
  ['layer', 'src/elsewhere/x.ts', header],
  ['layer', 'web/src/shell/x.ts', `${header}import { a } from '../systems/torrents/ui.ts';\n`],
  ['layer', 'web/src/shell/x.ts', `${header}import { a } from '../systems/index.ts';\n`],
  ['layer', 'web/src/shell/x.ts', `${header}const a = await import('../systems/torrents/ui.ts');\n`],
  [
    'layer',
    'web/src/shell/x.ts',
    `${header}import { a } from '../../../src/systems/torrents/api/types.ts';\n`,
  ],
  ['layer', 'web/src/systems/rules/x.ts', `${header}import { a } from '../torrents/ui.ts';\n`],
  [
    'layer',
    'web/src/systems/rules/x.ts',
    `${header}import { a } from '../../../../src/systems/torrents/api/types.ts';\n`,
  ],
  [
    'layer',
    'web/src/systems/torrents/x.ts',
    `${header}import { a } from '../../../../src/systems/torrents/settings.ts';\n`,
  ],
  ['layer', 'src/app/x.ts', `${header}import { a } from '../systems/torrents/commands/state.ts';\n`],
  ['layer', 'src/app/x.ts', `${header}await import('../systems/torrents/commands/state.ts');\n`],
  ['room', 'src/systems/torrents/swarm/core/x.ts', `${header}import { a } from '../node/share-driver.ts';\n`],
  ['room', 'src/systems/torrents/swarm/core/x.ts', `${header}import { readFile } from 'node:fs';\n`],
  ['room', 'src/systems/torrents/swarm/wire/x.ts', `${header}import { a } from '../core/swarm.ts';\n`],
  [
    'room',
    'src/systems/torrents/swarm/core/x.ts',
    `${header}import { a } from '../../../../data/storage/safe-path.ts';\n`,
  ],
  ['pure', 'src/systems/torrents/swarm/core/x.ts', `${header}const t = Date.now();\n`],
  ['pure', 'src/systems/torrents/swarm/core/x.ts', `${header}const r = Math.random();\n`],
  ['pure', 'src/systems/torrents/swarm/core/x.ts', `${header}export async function f() {}\n`],
  ['pure', 'src/data/content/x.ts', `${header}const p = new Promise(() => {});\n`],
  ['pure', 'src/ground/x.ts', `${header}setTimeout(f, 1);\n`],
  ['mkdir', 'src/cli/x.ts', `${header}await mkdir(path, { mode: 0o700, recursive: true });\n`],
  ['mkdir', 'src/cli/x.ts', `${header}mkdirSync(join(a, b), {\n  recursive: true,\n});\n`],
  ['typebox', 'src/systems/x/settings.ts', `${header}import { Type } from 'typebox';\n`],
];

for (const [rule, file, source] of cases) {
  test(`${rule} is found in ${file}`, () => {
    assert.ok(checkFile(file, source).some((finding) => finding.rule === rule));
  });
}

test('a clean file has no findings', () => {
  const source = `${header}import { assert } from '../../../../ground/assert.ts';\n// Date and setTimeout in a comment\nassert(1, 'Promise.all');\n`;
  assert.deepEqual(checkFile('src/systems/torrents/swarm/core/x.ts', source), []);
});

test('a core may import the pure files beside it, and no others', () => {
  const source = (path: string): string => `${header}import { a } from '${path}';\n`;
  assert.deepEqual(checkFile('src/data/storage/core/x.ts', source('../records.ts')), []);
  assert.equal(checkFile('src/data/storage/core/x.ts', source('../../disk/piece-batch.ts')).length, 1);
});

test('a system of the page may import the shell and the types of its API', () => {
  const source = `${header}import { a } from '../../shell/request.ts';\nimport type { A } from '../../../../src/systems/torrents/api/types.ts';\nimport { b } from './ui.ts';\n`;
  assert.deepEqual(checkFile('web/src/systems/torrents/x.ts', source), []);
  const main = `${header}import { a } from './shell/app.tsx';\nimport { SYSTEMS } from './systems/index.ts';\n`;
  assert.deepEqual(checkFile('web/src/main.ts', main), []);
});

test('cycles are found', () => {
  assert.deepEqual(
    findCycles(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['a']],
      ]),
    ),
    [['a', 'b', 'c', 'a']],
  );
  assert.deepEqual(
    findCycles(
      new Map([
        ['a', ['b']],
        ['b', []],
      ]),
    ),
    [],
  );
});

test('pure rooms', () => {
  const pure = [
    'src/systems/torrents/swarm/core/picker.ts',
    'src/ground/bytes.ts',
    'src/data/storage/safe-path.ts',
    'src/systems/torrents/swarm/core/picker.ts',
    'src/net/dht/wire/deeper/krpc.ts',
    'src/data/content/model.ts',
  ];
  const others = [
    'src/swarm/node/x.ts',
    'src/ground/node/x.ts',
    'src/systems/torrents/swarm/core/picker.test.ts',
    'src/systems/torrents/swarm/node/share-driver.ts',
    'src/data/content/node/scan.ts',
    'src/systems/torrents/api.ts',
  ];
  for (const file of pure) assert.ok(isPure(file), file);
  for (const file of others) assert.ok(!isPure(file), file);
});

const PINNED = readFileSync(join(ROOT, 'scripts', 'pure-files.txt'), 'utf8')
  .trim()
  .split('\n');
const tracked = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) => isPure(file));

test('no file leaves the pure rooms unnoticed: who moves or deletes one says so in pure-files.txt', () => {
  assert.deepEqual(
    PINNED.filter((file) => !tracked.includes(file)),
    [],
  );
});

test('the compiler checks as pure what these rules call pure', () => {
  const args = ['-p', join(ROOT, 'tsconfig.pure.json'), '--listFilesOnly'];
  const listed = execFileSync(tool('tsc'), args, { encoding: 'utf8' });
  const files = listed
    .trim()
    .split('\n')
    .map((file) => relative(ROOT, file));
  const compiled = files.filter((file) => file.startsWith('src/') && !file.endsWith('.d.ts'));
  assert.deepEqual(compiled.sort(), tracked.filter((file) => !file.endsWith('.d.ts')).sort());
});
