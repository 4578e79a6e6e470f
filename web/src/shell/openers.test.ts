// What a person pastes or drops goes to the system that takes it, also before the page knows which systems run.
import assert from 'node:assert/strict';
import { before, beforeEach, mock, test } from 'node:test';
import { checkConnection } from './connection.ts';
import type { DroppedFile } from './dropped-files.ts';
import { notices } from './notices.ts';
import { openFiles, openWords } from './openers.ts';
import { watchSystems } from './running-systems.ts';
import type { PageSystem } from './system.ts';

Object.assign(globalThis, { document: { documentElement: {} } });
mock.timers.enable({ apis: ['setTimeout'] });
let isUp = true;
mock.method(globalThis, 'fetch', async () => {
  if (!isUp) throw new TypeError('Failed to fetch');
  const systems = ['first', 'second'].map((name) => ({ name, summary: '', isOn: true, isRunning: true }));
  return Response.json({ systems });
});

const opened: string[] = [];
const system = (name: string, pattern: RegExp): PageSystem => ({
  name,
  title: () => name,
  opener: {
    takesLink: (words) => pattern.test(words),
    openLink: (words) => void opened.push(`${name}: ${words}`),
    openFiles: async (files) => void opened.push(`${name}: ${files.length} files`),
  },
});
const FILE = { path: 'a', file: {} as File } satisfies DroppedFile;

before(() =>
  watchSystems([
    { name: 'first', load: async () => system('first', /^magnet:/) },
    { name: 'second', load: async () => system('second', /^ipfs:/) },
  ]),
);
beforeEach(() => void opened.splice(0));

test('before the first answer it waits, and nothing is lost', async () => {
  const [words, files] = [openWords(' magnet:?x\n'), openFiles([FILE, FILE])];
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(opened, []);
  await checkConnection();
  await Promise.all([words, files]);
  assert.deepEqual(opened, ['first: magnet:?x', 'first: 2 files']);
});

test('each link goes to the system that takes it; words that nobody takes are left alone', async () => {
  for (const words of ['ipfs://x', 'words', 'magnet:?y']) await openWords(words);
  assert.deepEqual(opened, ['second: ipfs://x', 'first: magnet:?y']);
});

test('while the daemon does not answer nothing is opened, and a notice says so', async () => {
  isUp = false;
  await checkConnection();
  await openWords('words');
  assert.deepEqual(notices.get(), []);
  await openWords('magnet:?z');
  await openFiles([FILE]);
  assert.deepEqual(opened, []);
  assert.match(notices.get()[0]!.text, /Shoal does not answer/);
});
