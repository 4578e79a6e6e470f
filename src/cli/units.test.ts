// One unit everywhere: binary ones, written as such, on the command line and on the page.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');

test('no text of the page or of the command line counts in kB, MB or GB', () => {
  const files = globSync(['web/src/**/*.{ts,tsx}', 'src/{app,cli}/**/*.ts', 'src/systems/*/commands/*.ts'], {
    cwd: ROOT,
  }).filter((path) => !path.endsWith('.test.ts'));
  assert.ok(files.length > 50);
  for (const path of files) {
    const code = readFileSync(join(ROOT, path), 'utf8');
    // What a person may type is read to the letter: only there decimal units are named.
    const texts = code.replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '').replaceAll(/\d(kB|MB)\/s/g, '');
    assert.doesNotMatch(texts, /\b[kMGT]B\b/, path);
  }
});
