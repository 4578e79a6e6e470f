// Failures are counted for each client and for all together; the owner's programs are not locked out by others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempts } from './attempts.ts';

const stranger = (n: number): { name: string; isOwn: boolean } => ({ name: `192.0.2.${n}`, isOwn: false });

test('ten of one client, a hundred of all, and the owner in spite of both', () => {
  const attempts = new Attempts();
  for (let i = 0; i < 10; i++) {
    assert.equal(attempts.waitOf(stranger(1)), 0);
    attempts.note(stranger(1));
  }
  const wait = attempts.waitOf(stranger(1));
  assert.ok(wait > 0 && wait <= 60, `${wait} s`);
  assert.equal(attempts.waitOf(stranger(2)), 0);
  for (let i = 2; i < 92; i++) attempts.note(stranger(i));
  assert.ok(attempts.waitOf(stranger(200)) > 0, 'all together are too many');
  const owner = { name: 'program of 1000', isOwn: true };
  assert.equal(attempts.waitOf(owner), 0);
  for (let i = 0; i < 10; i++) attempts.note(owner);
  assert.ok(attempts.waitOf(owner) > 0);
});
