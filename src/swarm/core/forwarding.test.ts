// Who passes on what a seed gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Forwarding } from './forwarding.ts';

test('who keeps rare pieces to itself is found out; passing them on or time redeems', () => {
  const forwarding = new Forwarding();
  for (let piece = 0; piece < 41; piece++) forwarding.handleGiven(0, 1, piece);
  assert.ok(forwarding.keepsToItself(1) && !forwarding.keepsToItself(2));
  forwarding.handleHave(1, 0);
  assert.ok(forwarding.keepsToItself(1), 'its own HAVE proves nothing');
  forwarding.handleHave(2, 0);
  assert.ok(!forwarding.keepsToItself(1));
  for (let piece = 100; piece < 141; piece++) forwarding.handleGiven(1000, 1, piece);
  assert.ok(forwarding.keepsToItself(1));
  forwarding.handleTick(30_000);
  assert.ok(forwarding.keepsToItself(1));
  forwarding.handleTick(31_000);
  assert.ok(!forwarding.keepsToItself(1));
});
