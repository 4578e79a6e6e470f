// Compiled modules are kept where no other account can put its own.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCacheFolder } from './cache-folder.ts';

test('the folder is made for the owner alone; one that others may write to is not used', () => {
  const home = mkdtempSync(join(tmpdir(), 'shoal-cache-'));
  try {
    const cache = join(home, 'cache');
    const folder = makeCacheFolder({ XDG_CACHE_HOME: cache });
    assert.equal(folder, join(cache, 'shoal', 'compiled'));
    assert.equal(statSync(folder!).mode & 0o777, 0o700);
    assert.equal(makeCacheFolder({ XDG_CACHE_HOME: cache }), folder);
    chmodSync(cache, 0o777);
    assert.equal(makeCacheFolder({ XDG_CACHE_HOME: cache }), undefined);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test('a place where none can be made does without', () => {
  assert.equal(makeCacheFolder({ XDG_CACHE_HOME: '/proc/none' }), undefined);
  assert.equal(makeCacheFolder({ XDG_CACHE_HOME: '/dev/null/x' }), undefined);
});
