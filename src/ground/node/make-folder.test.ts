/** Folders that can be made, and those that cannot: every call ends. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { ShoalError } from '../errors.ts';
import { nodeDisk } from './disk.ts';
import { makeFolder, makeFolderSync } from './make-folder.ts';

const base = mkdtempSync(join(tmpdir(), 'shoal-make-folder-'));
after(() => rmSync(base, { recursive: true }));

/** The way that waits and the way that does not are one walk. */
const WAYS: Readonly<Record<string, (path: string, mode?: number) => Promise<string | undefined>>> = {
  makeFolder,
  makeFolderSync: async (path, mode) => makeFolderSync(path, mode),
};

for (const [name, make] of Object.entries(WAYS)) {
  test(`${name} makes the missing folders and returns the uppermost new one`, async () => {
    const top = join(base, name);
    assert.equal(await make(join(top, 'a', 'b')), top);
    assert.equal(await make(join(top, 'a', 'b', 'c')), join(top, 'a', 'b', 'c'));
    assert.equal(await make(join(top, 'a', 'b', 'c')), undefined);
    assert.equal(await make('/'), undefined);
    assert.equal(await make(relative(process.cwd(), join(top, 'near'))), join(top, 'near'));
    await make(join(top, 'own'), 0o700);
    assert.equal(statSync(join(top, 'own')).mode & 0o777, 0o700);
  });

  test(`${name} refuses a file in the way and a link that leads nowhere`, async () => {
    const top = join(base, `${name}-bad`);
    mkdirSync(top);
    writeFileSync(join(top, 'file'), '');
    symlinkSync(join(top, 'nowhere'), join(top, 'link'));
    await assert.rejects(make(join(top, 'file')), { code: 'EEXIST' });
    await assert.rejects(make(join(top, 'file', 'below', 'it')), { code: 'ENOTDIR' });
    await assert.rejects(make(join(top, 'link')), { code: 'EEXIST' });
    await assert.rejects(make(join(top, 'link', 'below')), { code: 'EEXIST' });
    assert.equal(existsSync(join(top, 'nowhere')), false);
  });

  const hasProc = existsSync('/proc/self');
  test(`${name} ends where the parent exists and the file system answers ENOENT`, {
    skip: hasProc ? false : 'no /proc here',
  }, async () => {
    for (const path of ['/proc/shoal', '/proc/shoal/deep/er'])
      await assert.rejects(make(path), (error) => {
        assert.ok(error instanceof ShoalError);
        assert.equal(error.code, 'no-permission');
        assert.match(error.message, /cannot make the folder \/proc\/shoal: the file system of \/proc takes/);
        return true;
      });
  });
}

test('the disk makes its folders by the same walk', { skip: !existsSync('/proc/self') }, async () => {
  await assert.rejects(nodeDisk.makeFolder('/proc/shoal'), { code: 'no-permission' });
});
