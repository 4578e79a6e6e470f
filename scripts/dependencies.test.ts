// The rules for dependencies can fail, and the weights in ARCHITECTURE.md are those of what is installed.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { checkDependencies, packageOf, type Project } from './dependencies.ts';
import { ROOT } from './steps.ts';

const TABLE = `# A
## Dependencies

| dependency | for | licence | weight | imported in |
|---|---|---|---|---|
| \`left\` | padding | MIT | 1 KiB | \`src/cli\`, \`src/app/main.ts\` |
| \`@a/tool\` | checks | ISC | 1 KiB | \`scripts\` |

## Next
| \`other\` | x | MIT | 1 | \`src\` |
`;
const GOOD: Project = {
  manifest: { dependencies: { left: '1.0.0' }, devDependencies: { '@a/tool': '1.0.0', '@types/x': '1.0.0' } },
  lock: {
    packages: {
      'node_modules/left': { license: 'MIT' },
      'node_modules/@a/tool': { license: 'ISC', bin: { tool: 'bin.js' } },
    },
  },
  architecture: TABLE.replace(
    '\n## Next',
    '| `@types/x` | types | MIT | 1 KiB | `tsconfig.json` |\n\n## Next',
  ),
  sources: new Map([
    ['src/cli/x.ts', "import {\n  left,\n} from 'left/deep';\nimport { a } from 'node:fs';\n"],
    ['src/app/main.ts', "const { left } = await import('left');\n"],
    ['scripts/steps.ts', "const command = tool('tool');\n"],
  ]),
};
const messagesOf = (change: Partial<Project>): string[] =>
  checkDependencies({ ...GOOD, ...change }).map(({ file, message }) => `${file}: ${message}`);

test('what the table allows has no findings', () => assert.deepEqual(messagesOf({}), []));

test('an import elsewhere is found, however it is written', () => {
  for (const source of ["import { left } from 'left';", "void import('left/deep');", "require('left');"])
    assert.deepEqual(messagesOf({ sources: new Map([...GOOD.sources, ['src/net/x.ts', `${source}\n`]]) }), [
      'src/net/x.ts: left may be imported in src/cli, src/app/main.ts only',
    ]);
});

test('a dependency without a row, without a use, with another licence, and a row without a dependency', () => {
  const manifest = { dependencies: { ...GOOD.manifest.dependencies, right: '1.0.0' } };
  assert.deepEqual(messagesOf({ manifest: { ...GOOD.manifest, ...manifest } }), [
    'ARCHITECTURE.md: right has no row under "Dependencies"',
    'package.json: nothing uses right',
  ]);
  assert.deepEqual(messagesOf({ architecture: GOOD.architecture.replace('ISC', 'MIT') }), [
    'ARCHITECTURE.md: @a/tool has the licence ISC, not MIT',
  ]);
  assert.deepEqual(messagesOf({ manifest: { ...GOOD.manifest, dependencies: {} } }), [
    'ARCHITECTURE.md: left is no dependency',
  ]);
});

test('names of packages', () => {
  const cases = { 'a/b/c': 'a', '@a/b/c': '@a/b', './a': undefined, '../a': undefined, 'node:fs': undefined };
  for (const [specifier, name] of Object.entries(cases)) assert.equal(packageOf(specifier), name, specifier);
});

/** Bytes of a package and of all that it brings, each counted once. */
function weightOf(name: string): number {
  const seen = new Set<string>();
  const visit = (wanted: string, from: string): void => {
    let folder = from;
    while (!existsSync(join(folder, 'node_modules', wanted))) {
      if (folder === dirname(folder)) return;
      folder = dirname(folder);
    }
    const path = join(folder, 'node_modules', wanted);
    if (seen.has(path)) return;
    seen.add(path);
    const { dependencies } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    for (const below of Object.keys(dependencies ?? {})) visit(below, path);
  };
  visit(name, ROOT);
  const sizeOf = (folder: string): number =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.name !== 'node_modules')
      .map((entry) => join(folder, entry.name))
      .reduce((sum, path) => sum + (statSync(path).isDirectory() ? sizeOf(path) : statSync(path).size), 0);
  return [...seen].reduce((sum, path) => sum + sizeOf(path), 0);
}

test('the weights in ARCHITECTURE.md are right to a fifth', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const architecture = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  for (const name of Object.keys(manifest.dependencies)) {
    const row = architecture.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    const told = Number(/\| (\d[\d,]*) KiB/.exec(row ?? '')?.[1]?.replaceAll(',', ''));
    const weight = weightOf(name) / 1024;
    assert.ok(Math.abs(weight - told) < weight / 5, `${name} weighs ${weight.toFixed(0)} KiB, not ${told}`);
  }
});

test('nothing that is published, nor what it brings, runs a script when it is installed', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const packages = Object.entries(
    lock.packages as Record<string, { hasInstallScript?: boolean; dev?: boolean }>,
  );
  assert.ok(packages.length > 100);
  const scripted = packages.filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev);
  assert.deepEqual(scripted, []);
});
