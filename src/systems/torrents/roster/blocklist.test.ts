// Block lists in force: long ones stop nothing else, and what was asked for last holds.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ShoalPeer } from '../share/peer.ts';
import { BlockedHosts } from './blocked-hosts.ts';
import { Blocklist } from './blocklist.ts';
import { parseList } from './blocklist-file.ts';

const LINES = 50_000;
const LIST = Array.from({ length: LINES }, (_, i) => {
  const network = `1.${i >> 8}.${i & 255}`;
  return `somebody:${network}.1-${network}.9`;
}).join('\n');

/** A list was fetched before. */
function makeBlocklist(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-blocklist-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'blocklist.txt'), LIST);
  const blocked = new BlockedHosts();
  const peer = { state: { folder } } as unknown as ShoalPeer;
  return { blocked, blocklist: new Blocklist(peer, blocked, undefined) };
}

test('other work goes on while a long list is read', async () => {
  let turns = 0;
  let next: NodeJS.Immediate;
  const count = (): void => {
    turns++;
    next = setImmediate(count);
  };
  count();
  const { filter } = await parseList(Buffer.from(LIST));
  clearImmediate(next!);
  assert.equal(filter.size, LINES);
  assert.ok(turns > 10, `${turns} turns`);
});

test('a list that is switched off while it is read does not come into force', async (t) => {
  const { blocked, blocklist } = makeBlocklist(t);
  const on = blocklist.switch(true);
  const off = blocklist.switch(false);
  await Promise.all([on, off]);
  assert.equal(blocked.ranges.size, 0);
  await blocklist.switch(true);
  assert.equal(blocked.ranges.size, LINES);
});
