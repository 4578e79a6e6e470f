// Requests: what the daemon refuses is told in its words, what the browser cannot do in ours.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApiError, ask, askFully } from './request.ts';

const answering = (t: TestContext, answer: () => Promise<Response>): unknown[][] => {
  const calls: unknown[][] = [];
  t.mock.method(globalThis, 'fetch', (...call: unknown[]) => {
    calls.push(call);
    return answer();
  });
  return calls;
};

test('an answer, with what was sent', async (t) => {
  const calls = answering(t, async () => Response.json({ id: 7 }, { status: 201 }));
  assert.deepEqual(await askFully('POST', 'shares', { link: 'x' }), { status: 201, answer: { id: 7 } });
  assert.deepEqual(calls, [
    [
      '/api/v1/shares',
      { method: 'POST', body: '{"link":"x"}', headers: { 'content-type': 'application/json' } },
    ],
  ]);
});

test('an empty answer', async (t) => {
  answering(t, async () => new Response(null, { status: 204 }));
  assert.equal(await ask('DELETE', 'shares/1'), undefined);
});

test('what the daemon refuses is told in its words', async (t) => {
  answering(t, async () =>
    Response.json({ code: 'not-found', message: 'there is no share 7' }, { status: 404 }),
  );
  await assert.rejects(ask('GET', 'shares/7'), new ApiError(404, 'not-found', 'there is no share 7'));
});

test('an answer that is none of ours', async (t) => {
  answering(t, async () => new Response('<html>', { status: 502, statusText: 'Bad Gateway' }));
  await assert.rejects(ask('GET', 'shares'), new ApiError(502, 'bug', 'Bad Gateway'));
});

test('the browser that reaches nobody is not quoted', async (t) => {
  answering(t, () => Promise.reject(new TypeError('Failed to fetch')));
  await assert.rejects(ask('GET', 'shares'), {
    code: 'offline',
    status: 0,
    message: /^Shoal does not answer/,
  });
});
