// Each setting of the daemon is on the page, or has a reason not to be.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_SETTINGS } from '../../../../../src/systems/torrents/settings.ts';

/** Setting → why it is on no page. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const code = globSync('*.tsx', { cwd: import.meta.dirname })
  .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
  .join('\n')
  // Texts are called as their settings are.
  .replace(/\btext\.\w+/g, '');

/** Where it is changed: `onChange({ name`, or its name in a list of those that are changed alike. */
const isChanged = (name: string): boolean => new RegExp(`onChange\\(\\{\\s*${name}\\b|'${name}'`).test(code);

test('each setting can be changed on the page, or the reason is known', () => {
  const missing = Object.keys(DEFAULT_SETTINGS).filter((name) => !isChanged(name));
  assert.deepEqual(missing.sort(), Object.keys(EXCEPTIONS).sort());
});
