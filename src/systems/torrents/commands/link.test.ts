// What a person types is fetched by the rules of the state folder.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeFilter } from '../../../../testkit/fake-filter.ts';
import { declareFilters } from '../../../cli/standing-filter.ts';
import { readTypedLink } from './link.ts';

test('an address that the rules deny is not asked for its torrent', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'shoal-link-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
    response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  let closed = 0;
  const standingFilter = async () => ({ filter: new FakeFilter('127.0.0.1'), close: () => void closed++ });
  declareFilters([{ name: 'rules', isOnByDefault: true, standingFilter }]);
  t.after(() => declareFilters([]));
  const link = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.torrent`;
  const { signal } = new AbortController();
  await assert.rejects(readTypedLink(link, { state }, signal), { code: 'denied' });
  assert.deepEqual([requests, closed], [0, 1]);
});
