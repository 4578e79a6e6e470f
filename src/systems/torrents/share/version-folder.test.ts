// Swapping versions: a crash at any step is finished later, what is not ours stays, a journal from elsewhere leads nowhere.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeMetainfo } from '../../../data/content/metainfo.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { encodeBencode } from '../../../ground/bencode.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { VersionFolder } from './version-folder.ts';

const metainfo: Metainfo = (() => {
  const info = {
    files: [{ length: 1, path: ['f'] }],
    name: 'app',
    'piece length': 16_384,
    pieces: new Uint8Array(20),
  };
  const decoded = decodeMetainfo(encodeBencode({ info }), nodeHasher);
  assert.ok(decoded.ok);
  return decoded.value;
})();

function lab(): {
  dir: string;
  folder: VersionFolder;
  stage(text: string, key?: string): string;
  close(): void;
} {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-versions-'));
  const folder = new VersionFolder(dir, 'id');
  return {
    dir,
    folder,
    stage: (text, key = 'key') => {
      const staged = join(folder.stagingOf(key), 'app');
      mkdirSync(staged, { recursive: true });
      writeFileSync(join(staged, 'f'), text);
      return staged;
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const hiddenOf = (dir: string): string => join(dir, '.shoal-follow', 'id');

test('one version after the other; nothing hidden stays', async () => {
  const { dir, folder, stage, close } = lab();
  const shown = await folder.show(stage('1'), undefined, 'memo 1');
  await folder.settle();
  await folder.show(stage('2', 'key2'), { path: shown.path, metainfo, isUntouched: true }, 'memo 2');
  await folder.settle();
  await folder.tidy();
  assert.equal(readFileSync(join(dir, 'app', 'f'), 'utf8'), '2');
  assert.deepEqual(readdirSync(dir), ['app']);
  close();
});

test('a crash after any step: the next start finishes it and says what it was', async () => {
  for (const step of ['journal', 'old aside', 'shown'] as const) {
    const { dir, folder, stage, close } = lab();
    mkdirSync(join(dir, 'app'));
    writeFileSync(join(dir, 'app', 'f'), '1');
    stage('2');
    writeFileSync(
      join(hiddenOf(dir), 'swap.json'),
      JSON.stringify({ key: 'key', name: 'app', old: 'app', memo: 'm' }),
    );
    const { renameSync } = await import('node:fs');
    if (step !== 'journal') renameSync(join(dir, 'app'), join(hiddenOf(dir), 'old'));
    if (step === 'shown') renameSync(join(hiddenOf(dir), 'key', 'app'), join(dir, 'app'));
    assert.equal(await folder.recover(), 'm', step);
    assert.equal(readFileSync(join(dir, 'app', 'f'), 'utf8'), '2', step);
    assert.equal(existsSync(join(hiddenOf(dir), 'old')), false, step);
    await folder.settle();
    assert.equal(await folder.recover(), undefined);
    close();
  }
});

test('what somebody changed or added is kept; what is not ours is not touched', async () => {
  const { dir, folder, stage, close } = lab();
  const { path } = await folder.show(stage('1'), undefined, '');
  writeFileSync(join(path, 'mine'), 'x');
  const { kept } = await folder.show(stage('2', 'b'), { path, metainfo, isUntouched: true }, '');
  assert.equal(readFileSync(join(kept!, 'mine'), 'utf8'), 'x');
  const again = await folder.show(stage('3', 'c'), { path, metainfo, isUntouched: false }, '');
  assert.notEqual(again.kept, kept);
  rmSync(join(dir, 'app'), { recursive: true });
  writeFileSync(join(dir, 'app'), 'a file of somebody');
  await assert.rejects(folder.show(stage('4', 'd'), undefined, ''), { code: 'name-conflict' });
  assert.equal(readFileSync(join(dir, 'app'), 'utf8'), 'a file of somebody');
  close();
});

test('a journal that leads elsewhere is not followed', async () => {
  const { dir, folder, close } = lab();
  const precious = join(dir, 'precious');
  mkdirSync(precious);
  mkdirSync(hiddenOf(dir), { recursive: true });
  for (const journal of [
    'garbage',
    '{}',
    JSON.stringify({ key: '../../precious', name: 'app', memo: '' }),
    JSON.stringify({ key: '..', name: 'app', memo: '' }),
    JSON.stringify({ key: 'k', name: '/etc/passwd', memo: '' }),
    JSON.stringify({ key: 'k', name: 'app', old: '../precious', memo: '' }),
  ]) {
    writeFileSync(join(hiddenOf(dir), 'swap.json'), journal);
    assert.equal(await folder.recover(), undefined, journal);
    assert.equal(existsSync(precious), true);
  }
  close();
});
