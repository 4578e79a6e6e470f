// The token in the address is taken for a cookie and does not stay; the view that the address names does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signInByAddress } from './token.ts';

const cases: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['#token=abc', 'abc', '/?open=x#/'],
  ['#/settings&token=a%2Fb', 'a/b', '/?open=x#/settings'],
  ['#/share/7/files', undefined, undefined],
  ['', undefined, undefined],
];
for (const [hash, token, address] of cases)
  test(`the address ends with "${hash}"`, async (t) => {
    const seen: { token?: string; address?: string } = {};
    Object.assign(globalThis, {
      location: { hash, pathname: '/', search: '?open=x' },
      history: { replaceState: (_: null, __: string, url: string) => (seen.address = url) },
    });
    t.mock.method(globalThis, 'fetch', async (_: string, { body }: { body: string }) => {
      Object.assign(seen, JSON.parse(body));
      return new Response(null, { status: 204 });
    });
    await signInByAddress();
    assert.deepEqual([seen.token, seen.address], [token, address]);
  });
