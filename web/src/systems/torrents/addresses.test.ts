// Addresses of views, also old ones that people have kept: the router and `readShare` together.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComponentProps, createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Router, useRoute } from 'wouter';
import { readShare, SHARE_PATTERN, shareAddress } from './addresses.ts';

function Shown(): string {
  const [isShare, params] = useRoute(SHARE_PATTERN);
  return JSON.stringify(isShare ? (readShare(params) ?? 'no share') : 'not of a share');
}

/** What the router and `readShare` make of an address. */
function open(address: string): unknown {
  const options = { ssrPath: address } as ComponentProps<typeof Router>;
  const shown = renderToStaticMarkup(createElement(Router, options, createElement(Shown)));
  return JSON.parse(shown.replaceAll('&quot;', '"'));
}

const cases: readonly (readonly [string, unknown])[] = [
  ['/', 'not of a share'],
  ['/share/7', { id: 7, tab: 'overview' }],
  ['/share/7/files', { id: 7, tab: 'files' }],
  ['/share/7/nonsense', { id: 7, tab: 'overview' }],
  ['/share/x/files', 'no share'],
  ['/settings', 'not of a share'],
  [shareAddress(12, 'log'), { id: 12, tab: 'log' }],
];
for (const [address, expected] of cases)
  test(`the address ${address}`, () => assert.deepEqual(open(address), expected));
