// State folders of single runs: each has its own, and nothing of them stays.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isStateClaimed } from './state-folder.ts';
import { claimTemporaryState } from './temporary-state.ts';

test('each run has a folder of its own, which goes with it; the leftovers of a killed run go as well', () => {
  const state = mkdtempSync(join(tmpdir(), 'shoal-runs-'));
  try {
    const left = join(state, 'runs', 'left');
    mkdirSync(left, { recursive: true });
    const first = claimTemporaryState(state);
    assert.ok(existsSync(left), 'another process may be about to claim it');
    utimesSync(left, 0, 0);
    const second = claimTemporaryState(state);
    assert.equal(existsSync(left), false);
    assert.notEqual(first.folder, second.folder);
    utimesSync(first.folder, 0, 0);
    claimTemporaryState(state).release();
    assert.ok(isStateClaimed(first.folder), 'one that is in use stays, however old it is');
    first.release();
    second.release();
    assert.deepEqual(readdirSync(join(state, 'runs')), []);
  } finally {
    rmSync(state, { recursive: true });
  }
});
