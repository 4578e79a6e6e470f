// What options of the start decide, no setting changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DecidedAtStart, requireChangeable } from './in-effect.ts';

const isRefused = (given: Parameters<typeof requireChangeable>[0], decided: DecidedAtStart[]): boolean => {
  try {
    requireChangeable(given, decided);
    return false;
  } catch (error) {
    assert.equal((error as { code: string }).code, 'unsupported');
    return true;
  }
};

test('what an option switched off is not switched on, and may be set as it is', () => {
  assert.equal(isRefused({ usesUtp: true }, ['usesUtp']), true);
  assert.equal(isRefused({ usesUtp: false }, ['usesUtp']), false);
  assert.equal(isRefused({ usesTcp: true }, ['usesTcp']), true);
  assert.equal(isRefused({ usesUtp: true }, []), false);
});

test('with --utp neither of both is switched off, and both may be set as they are', () => {
  const decided: DecidedAtStart[] = ['usesTcp', 'usesUtp'];
  assert.equal(isRefused({ usesUtp: false }, decided), true);
  assert.equal(isRefused({ usesTcp: false }, decided), true);
  assert.equal(isRefused({ usesTcp: true, usesUtp: true }, decided), false);
});
