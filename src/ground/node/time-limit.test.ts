/** Time limits of calls that answer, fail, never answer, or are cancelled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTimeLimit } from './time-limit.ts';

const never = new Promise<string>(() => {});
const LONG_MS = 600_000;

test('an answer or a failure in time is passed on', async () => {
  assert.equal(await withTimeLimit('/x', Promise.resolve('a'), { ms: LONG_MS }), 'a');
  await assert.rejects(withTimeLimit('/x', Promise.reject(new Error('no')), { ms: LONG_MS }), /no/);
});

test('a call that is never answered ends with an error that names the path', async () => {
  await assert.rejects(withTimeLimit('/x', never, { ms: 1 }), {
    code: 'io-error',
    message: /^\/x does not answer/,
  });
});

test('an abort ends the wait at once', async () => {
  const abort = new AbortController();
  const waiting = withTimeLimit('/x', never, { ms: LONG_MS, signal: abort.signal });
  abort.abort();
  await assert.rejects(waiting, { code: 'aborted' });
  await assert.rejects(withTimeLimit('/x', never, { ms: LONG_MS, signal: abort.signal }), {
    code: 'aborted',
  });
});
