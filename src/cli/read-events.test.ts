// Server-sent events, however their bytes are cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents } from './read-events.ts';

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const TEXT = 'event: report\ndata: {"name":"tööl"}\n\n: a comment\n\ndata: 1\n\nevent: cut\ndata: {';

for (const size of [1, 2, 7, 1000])
  test(`events in pieces of ${size} bytes; comments, and what was cut off, are none`, async () => {
    const events = await Array.fromAsync(readEvents(cut(TEXT, size)));
    assert.deepEqual(events, [
      { event: 'report', data: { name: 'tööl' } },
      { event: 'message', data: 1 },
    ]);
  });

test('an event without an end is not kept for ever', async () => {
  const endless = cut('data: '.padEnd(5 * 1024 * 1024, 'x'), 65_536);
  await assert.rejects(Array.fromAsync(readEvents(endless)), RangeError);
});
