// One is one peer, and not one peers.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatCount } from './count.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('the noun follows the number', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => formatCount(count, 'peer')),
    ['0 peers', '1 peer', '2 peers'],
  );
  assert.equal(formatCount(1, 'address', 'addresses'), '1 address');
  assert.equal(formatCount(3, 'address', 'addresses'), '3 addresses');
});

test('no message of the command line or of the session counts by itself', () => {
  const files = globSync(['src/{app,cli}/**/*.ts', 'src/systems/torrents/{commands,roster}/*.ts'], {
    cwd: ROOT,
  }).filter((path) => !path.endsWith('.test.ts'));
  assert.ok(files.length > 50);
  const nouns = 'peers|seeds|files|lines|shares|pieces|nodes|swarms|announces|links|ranges|hashes|torrents';
  const byHand = new RegExp(`\\$\\{[^}]+\\} (known |info )?(${nouns})\\b`, 'g');
  for (const path of files)
    assert.deepEqual(readFileSync(join(ROOT, path), 'utf8').match(byHand) ?? [], [], path);
});
