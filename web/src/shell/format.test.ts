// Sizes, rates, shares of a whole and times, in two languages.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { formatBytes, formatDuration, formatPercent, formatRate } from './format.ts';
import { setLanguage } from './texts/index.ts';

Object.assign(globalThis, { document: { documentElement: {} } });
after(() => setLanguage('en'));

const sizes: readonly (readonly [number, string])[] = [
  [0, '0 B'],
  [-1, '0 B'],
  [1023, '1,023 B'],
  [1024, '1.0 KiB'],
  [99.4 * 1024, '99.4 KiB'],
  [99.6 * 1024, '100 KiB'],
  [1023.6 * 1024, '1.0 MiB'],
  [5 * 1024 ** 4, '5.0 TiB'],
  [2000 * 1024 ** 5, '2,000 PiB'],
];
for (const [bytes, expected] of sizes)
  test(`${bytes} bytes are ${expected}`, () => assert.equal(formatBytes(bytes), expected));

test('what is not complete never says 100 %', () => {
  assert.equal(formatPercent(0.9999), '99%');
  assert.equal(formatPercent(1), '100%');
  assert.equal(formatPercent(0.051), '5.1%');
  assert.equal(formatPercent(0.29), '29%');
  assert.equal(formatPercent(0.0001), '0%');
});

const times: readonly (readonly [number, string])[] = [
  [0, '1 sec'],
  [59, '59 sec'],
  [60, '1 min'],
  [125, '2 min 5 sec'],
  [3600, '1 hr'],
  [7500, '2 hr 5 min'],
  [90_000, '1 day 1 hr'],
];
for (const [seconds, expected] of times)
  test(`${seconds} seconds are ${expected}`, () => assert.equal(formatDuration(seconds), expected));

test('another language has other separators', async () => {
  await setLanguage('de');
  assert.equal(formatRate(1536), '1,5 KiB/s');
});
