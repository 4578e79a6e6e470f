// The program that runs when a share is whole: names of strangers are arguments to it, and no commands.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '../../../../testkit/wait.ts';
import type { RosterEntry } from './entry.ts';
import { findProgram, runOnDone } from './on-done.ts';

test('what a stranger named a file is an argument, and a variable, and nothing more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-done-'));
  const program = join(folder, 'done.sh');
  writeFileSync(
    program,
    `#!/bin/sh\nprintf '%s|%s|%s' "$1" "$2" "$SHOAL_HASH" > '${folder}/telling' && mv '${folder}/telling' '${folder}/told'\n`,
  );
  chmodSync(program, 0o755);
  const name = `a'; touch ${folder}/owned; $(touch ${folder}/owned) \`touch ${folder}/owned\` & #`;
  const stored = { id: 1, key: 'ab'.repeat(20), preferences: { labels: ['x'] } };
  const entry = { stored, downloadDir: '/files', name } as unknown as RosterEntry;
  const notices: string[] = [];
  runOnDone(program, entry, (message) => notices.push(message));
  // It has its name only when all of it is written.
  await waitFor(() => existsSync(join(folder, 'told')), 'the program told');
  assert.equal(readFileSync(join(folder, 'told'), 'utf8'), `/files|${name}|${'ab'.repeat(20)}`);
  assert.equal(existsSync(join(folder, 'owned')), false);
  assert.equal(notices.length, 0);
  runOnDone(join(folder, 'nothing'), entry, (message) => notices.push(message));
  await waitFor(() => notices.length > 0, 'a notice');
  assert.match(notices[0]!, /cannot run/);
});

test('a program that cannot be run is refused before it is needed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-done-'));
  const program = join(folder, 'tell');
  writeFileSync(program, '#!/bin/sh\n');
  assert.throws(() => findProgram(program), { code: 'no-permission', message: /chmod \+x/ });
  assert.throws(() => findProgram('tell', folder), { code: 'no-permission' });
  chmodSync(program, 0o755);
  assert.equal(findProgram(program), program);
  assert.equal(findProgram('tell', `/nonexistent:${folder}`), program);
  assert.throws(() => findProgram('/nonexistent/tell'), { code: 'not-found', message: /no program/ });
  assert.throws(() => findProgram('tell', '/nonexistent'), { code: 'not-found', message: /of PATH/ });
  assert.throws(() => findProgram(''), { code: 'not-found' });
  assert.throws(() => findProgram(folder), { code: 'not-found' });
});
