// An option of a system that is off is refused; one that switches something off is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { requireHeeded } from './heeded-options.ts';

const one = {
  name: 'one',
  addOptions: (up: Command) => void up.option('--depth <n>', 'depth').option('--no-noise', 'be quiet'),
};
const catalog = [one, { name: 'plain' }];

test('what a system that is off would not heed is refused', () => {
  const refused = {
    code: 'unsupported',
    message: /--depth belongs to one, which is off: .*shoal systems on one/,
  };
  assert.throws(() => requireHeeded({ depth: '3' }, catalog, () => false), refused);
  requireHeeded({ depth: '3' }, catalog, () => true);
  for (const noise of [true, false]) requireHeeded({ noise, other: 1 }, catalog, () => false);
});
