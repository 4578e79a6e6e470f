// State outside of components tells its listeners, until they stop listening.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createState } from './state.ts';

test('listeners hear each change until they leave', () => {
  const state = createState(1);
  const heard: number[] = [];
  const stop = state.subscribe(() => heard.push(state.get()));
  state.set(2);
  state.set(3);
  stop();
  state.set(4);
  assert.deepEqual(heard, [2, 3]);
  assert.equal(state.get(), 4);
});
