/** Folders that answer, are not there, or hang and come back. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { FolderProbe } from './folder-probe.ts';

test('what is there and what is not both answer', async () => {
  const probe = new FolderProbe();
  await probe.reach(tmpdir());
  await probe.reach('/no/such/folder');
});

test('a folder that hangs is asked once, and who waited is told when it answers', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked: string[] = [];
  const probe = new FolderProbe((folder) => {
    asked.push(folder);
    return folder === '/hangs' ? promise : Promise.resolve();
  }, 1);
  const told: string[] = [];
  const hang = { code: 'io-error', message: /^\/hangs does not answer/ };
  await assert.rejects(probe.reach('/hangs', { onAnswer: () => told.push('first') }), hang);
  await assert.rejects(probe.reach('/hangs', { onAnswer: () => told.push('second') }), hang);
  await new FolderProbe(async () => {}, 600_000).reach('/other');
  assert.deepEqual([asked, told], [['/hangs'], []]);
  resolve();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(told, ['first', 'second']);
});

test('who waits for a folder that hangs is heard when they give up', async () => {
  const probe = new FolderProbe(() => new Promise(() => {}), 600_000);
  const abort = new AbortController();
  const reaching = probe.reach('/hangs', { signal: abort.signal });
  abort.abort();
  await assert.rejects(reaching, { code: 'aborted' });
});
