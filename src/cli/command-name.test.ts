// What is printed for pasting runs where it is pasted.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandLine, commandName, quoteWord } from './command-name.ts';

const dir = mkdtempSync(join(tmpdir(), 'shoal-name-'));
after(() => rmSync(dir, { recursive: true }));
const script = '/usr/lib/node_modules/shoal/dist/cli/main.js';
const call = (env: NodeJS.ProcessEnv): string => commandName({ env, cwd: dir, script });

test('the launcher is named as it was called', () => {
  assert.equal(call({ SHOAL_COMMAND: './shoal' }), './shoal');
  assert.equal(call({ SHOAL_COMMAND: '../src/shoal' }), '../src/shoal');
  assert.equal(call({ SHOAL_COMMAND: 'shoal' }), './shoal', 'as in: sh shoal');
  assert.equal(call({ SHOAL_COMMAND: '/opt/my shoal/shoal', PATH: '/bin' }), "'/opt/my shoal/shoal'");
  assert.equal(call({ SHOAL_COMMAND: '/usr/local/bin/shoal', PATH: '/bin:/usr/local/bin' }), 'shoal');
});

test('the package is npx shoal, or shoal where that is on the PATH', () => {
  assert.equal(call({ npm_command: 'exec', PATH: dir }), 'npx shoal');
  assert.equal(call({ PATH: dir }), 'npx shoal');
  writeFileSync(join(dir, 'shoal'), '#!/bin/sh\n');
  chmodSync(join(dir, 'shoal'), 0o755);
  assert.equal(call({ PATH: `/nonexistent:${dir}` }), 'shoal');
});

test('the sources of a checkout name its launcher', () => {
  mkdirSync(join(dir, 'src', 'app'), { recursive: true });
  const main = join(dir, 'src', 'app', 'main.ts');
  assert.equal(commandName({ env: {}, cwd: dir, script: main }), './shoal');
  assert.equal(commandName({ env: {}, cwd: '/', script: main }), `.${join(dir, 'shoal')}`);
  assert.equal(commandName({ env: {}, cwd: join(dir, 'src'), script: main }), join(dir, 'shoal'));
});

test('words are quoted for a shell when they need it', () => {
  assert.equal(quoteWord("it's"), "'it'\\''s'");
  assert.equal(quoteWord('/a-b/c_d.e'), '/a-b/c_d.e');
});

test('a command for the daemon names the state folder that this call names', () => {
  assert.equal(commandLine('list', ['node', 'main.ts', 'get', 'x']), `${commandName()} list`);
  for (const given of [['--state', 'my state'], ['--state=my state']])
    assert.equal(
      commandLine('remove 1', ['node', 'get', ...given]),
      `${commandName()} remove 1 --state 'my state'`,
    );
  assert.equal(commandLine('list', ['node', 'get', '--state']), `${commandName()} list`);
});
