// Who passes on what a seed gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Forwarding } from './forwarding.ts';

/** Peer `from` gives pieces on within 100 ms, so that it is known to be usual here. */
function passOn(forwarding: Forwarding, from: number, first: number, count: number, takesMs = 100): void {
  for (let piece = first; piece < first + count; piece++) {
    forwarding.handleGiven(0, from, piece);
    forwarding.handleHave(takesMs, from + 1, piece);
  }
}

function give(forwarding: Forwarding, at: number, to: number, first: number, count: number): void {
  for (let piece = first; piece < first + count; piece++) forwarding.handleGiven(at, to, piece);
}

test('a peer that keeps rare pieces to itself is found out; passing them on redeems it', () => {
  const forwarding = new Forwarding();
  passOn(forwarding, 10, 1000, 16);
  give(forwarding, 1000, 1, 0, 5);
  forwarding.handleTick(2999);
  assert.ok(!forwarding.keepsToItself(1), 'it has not had the time');
  forwarding.handleTick(3000);
  assert.ok(forwarding.keepsToItself(1) && !forwarding.keepsToItself(10));
  forwarding.handleHave(3000, 1, 0);
  assert.ok(forwarding.keepsToItself(1), 'its own HAVE proves nothing');
  forwarding.handleHave(3000, 2, 0);
  assert.ok(!forwarding.keepsToItself(1));
});

test('late is what takes much longer than usual: in a large crowd few of those who pass pieces on are seen', () => {
  const forwarding = new Forwarding();
  passOn(forwarding, 10, 1000, 16, 4000);
  give(forwarding, 5000, 1, 0, 5);
  forwarding.handleTick(16_900);
  assert.ok(!forwarding.keepsToItself(1));
  forwarding.handleTick(17_100);
  assert.ok(forwarding.keepsToItself(1));
});

test('time redeems a peer that passes on other pieces, and no other', () => {
  const forwarding = new Forwarding();
  passOn(forwarding, 1, 1000, 16);
  give(forwarding, 1000, 1, 0, 5);
  give(forwarding, 1000, 2, 100, 5);
  forwarding.handleTick(60_999);
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

test('where peers do not tell seeds what they get, none is judged', () => {
  const forwarding = new Forwarding();
  for (let piece = 0; piece < 1000; piece++) forwarding.handleGiven(0, piece % 4, piece);
  forwarding.handleTick(30_000);
  for (let id = 0; id < 4; id++) assert.ok(!forwarding.keepsToItself(id));
  forwarding.handleTick(60_000);
  passOn(forwarding, 10, 2000, 999);
  give(forwarding, 70_000, 1, 0, 9);
  forwarding.handleTick(90_000);
  assert.ok(!forwarding.keepsToItself(1), 'more were not seen than were');
});
