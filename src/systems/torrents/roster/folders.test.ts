// Which folders of a change of settings are made and tried, and what is said of those that cannot be used.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { requireFolders } from './folders.ts';

test('a new folder is made; one that was set before is left alone', async () => {
  const root = mkdtempSync(join(tmpdir(), 'shoal-folders-'));
  try {
    const [fresh, gone] = [join(root, 'a', 'b'), join(root, 'gone')];
    await requireFolders({ downloadDir: fresh }, DEFAULT_SETTINGS);
    assert.ok(existsSync(fresh));
    await requireFolders({ watchDir: gone, doneDir: null }, { ...DEFAULT_SETTINGS, watchDir: gone });
    assert.equal(existsSync(gone), false);
    await requireFolders({ labels: { films: { folder: join(root, 'films') } } }, DEFAULT_SETTINGS);
    assert.ok(existsSync(join(root, 'films')));
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('what cannot be a folder is refused with the reason', async () => {
  const root = mkdtempSync(join(tmpdir(), 'shoal-folders-'));
  try {
    const file = join(root, 'file');
    writeFileSync(file, '');
    const refused = (downloadDir: string): Promise<void> => requireFolders({ downloadDir }, DEFAULT_SETTINGS);
    await assert.rejects(refused('films'), { code: 'bad-argument', message: /full path/ });
    await assert.rejects(refused(join(file, 'x')), { message: /cannot make the folder/ });
    if (process.platform === 'linux') await assert.rejects(refused('/proc/nope'), { message: /cannot make/ });
  } finally {
    rmSync(root, { recursive: true });
  }
});
