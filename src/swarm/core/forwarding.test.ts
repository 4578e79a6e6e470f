// Who passes on what a seed gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Forwarding } from './forwarding.ts';

/** Peer `from` gives pieces on, so that it is known to be usual here. */
function passOn(forwarding: Forwarding, from: number, first: number, count: number): void {
  for (let piece = first; piece < first + count; piece++) {
    forwarding.handleGiven(0, from, piece);
    forwarding.handleHave(from + 1, piece);
  }
}

test('who keeps rare pieces to itself is found out; passing them on redeems', () => {
  const forwarding = new Forwarding();
  passOn(forwarding, 10, 1000, 16);
  for (let piece = 0; piece < 7; piece++) forwarding.handleGiven(1000, 1, piece);
  assert.ok(forwarding.keepsToItself(1) && !forwarding.keepsToItself(10));
  forwarding.handleHave(1, 0);
  assert.ok(forwarding.keepsToItself(1), 'its own HAVE proves nothing');
  forwarding.handleHave(2, 0);
  assert.ok(!forwarding.keepsToItself(1));
  forwarding.handleGiven(1000, 1, 20);
  assert.ok(forwarding.keepsToItself(1));
});

test('time redeems who passes on others, and nobody else', () => {
  const forwarding = new Forwarding();
  passOn(forwarding, 1, 1000, 16);
  for (let piece = 0; piece < 7; piece++) {
    forwarding.handleGiven(1000, 1, piece);
    forwarding.handleGiven(1000, 2, 100 + piece);
  }
  forwarding.handleTick(60_000);
  assert.ok(forwarding.keepsToItself(1) && forwarding.keepsToItself(2));
  forwarding.handleTick(61_000);
  assert.ok(!forwarding.keepsToItself(1) && forwarding.keepsToItself(2));
  forwarding.handleClosed(2);
  assert.ok(!forwarding.keepsToItself(2));
});

test('what one was given is not scarce while it may be passing it on', () => {
  const forwarding = new Forwarding();
  forwarding.handleGiven(0, 1, 7);
  assert.ok(forwarding.isGivenToAnother(4999, 2, 7) && !forwarding.isGivenToAnother(4999, 1, 7));
  assert.ok(!forwarding.isGivenToAnother(5000, 2, 7));
});

test('where nobody tells seeds what it gets, nobody is judged', () => {
  const forwarding = new Forwarding();
  for (let piece = 0; piece < 1000; piece++) forwarding.handleGiven(0, piece % 4, piece);
  for (let id = 0; id < 4; id++) assert.ok(!forwarding.keepsToItself(id));
  forwarding.handleTick(60_000);
  passOn(forwarding, 10, 2000, 999);
  for (let piece = 0; piece < 9; piece++) forwarding.handleGiven(70_000, 1, piece);
  assert.ok(!forwarding.keepsToItself(1), 'more were not seen than were');
});
