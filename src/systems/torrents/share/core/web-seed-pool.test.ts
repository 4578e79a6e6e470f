// Which web servers are asked, and when one that failed is asked again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSeedPool, type WebServer } from './web-seed-pool.ts';

const urlsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `http://mirror${at}.example/`);
const closed = { message: 'the server closed the connection', isBanned: false, isOver: false };

/** A pool with one server that is connected as number 1. */
function connected(): { readonly pool: WebSeedPool; readonly server: WebServer } {
  const pool = new WebSeedPool(urlsOf(1));
  const [server] = pool.take(0);
  pool.handleConnecting(server!, 1);
  return { pool, server: server! };
}

test('few are asked at once, and others step in for those that fail', () => {
  const pool = new WebSeedPool(urlsOf(10));
  const first = pool.take(0);
  assert.equal(first.length, 8);
  assert.deepEqual(pool.take(0), []);
  pool.handleFailure(0, first[0]!, 'no such host name');
  assert.deepEqual(
    pool.take(0).map(({ url }) => url),
    ['http://mirror8.example/'],
  );
  assert.equal(new WebSeedPool(urlsOf(1000)).status().length, 100);
});

test('a server that fails rests longer each time, up to ten minutes, until it gives', () => {
  const { pool, server } = connected();
  let now = 0;
  const rests: number[] = [];
  for (let round = 0; round < 8; round++) {
    pool.handleFailure(now, server, 'HTTP 503');
    const until = pool.nextTimeout()!;
    rests.push((until - now) / 1000);
    assert.deepEqual(pool.take(until - 1), []);
    assert.deepEqual(pool.take(until), [server]);
    now = until;
  }
  assert.deepEqual(rests, [10, 20, 40, 80, 160, 320, 600, 600]);
  assert.deepEqual(pool.status(), [{ url: server.url, state: 'asking', message: 'HTTP 503' }]);
  pool.handleConnecting(server, 2);
  pool.handleGiving(server);
  assert.deepEqual(pool.status(), [{ url: server.url, state: 'working' }]);
  pool.handleFailure(now, server, 'HTTP 503');
  assert.equal(pool.nextTimeout()! - now, 10_000);
});

test('a server is left alone for as long as it asks, and no shorter than others that fail', () => {
  const { pool, server } = connected();
  pool.handleFailure(0, server, 'HTTP 503', 1_800_000);
  assert.equal(pool.nextTimeout(), 1_800_000);
  assert.deepEqual(pool.take(1_799_999), []);
  assert.deepEqual(pool.take(1_800_000), [server]);
  pool.handleFailure(1_800_000, server, 'HTTP 503', 1000);
  assert.equal(pool.nextTimeout(), 1_820_000, 'the second failure in a row');
});

test('the end of a connection counts once, however it ends', () => {
  const { pool, server } = connected();
  assert.equal(pool.handleClosed(0, 7, closed), false, 'a peer');
  assert.equal(pool.handleClosed(0, 1, closed), true);
  assert.deepEqual(pool.status()[0], { url: server.url, state: 'failed', message: closed.message });
  const after = pool.nextTimeout();
  assert.equal(pool.handleClosed(0, 1, closed), false);
  assert.equal(pool.nextTimeout(), after);
});

test('a link that says why it gives up is not blamed again when its connection ends', () => {
  const { pool, server } = connected();
  pool.handleFailure(0, server, 'HTTP 404');
  assert.equal(pool.handleClosed(5, 1, closed), false);
  assert.deepEqual([pool.nextTimeout(), pool.status()[0]!.message], [10_000, 'HTTP 404']);
  pool.handleGiving(server);
  assert.equal(pool.status()[0]!.state, 'failed', 'what still comes of a failed link is no news');
});

test('a server that lied is never asked again', () => {
  const { pool } = connected();
  assert.equal(pool.handleClosed(0, 1, { ...closed, message: 'wrong data', isBanned: true }), true);
  assert.deepEqual([pool.take(1e9), pool.nextTimeout()], [[], undefined]);
  assert.equal(pool.status()[0]!.state, 'banned');
});

test('a server without ranges is asked at once for whole files, and fails if it gives none', () => {
  const { pool, server } = connected();
  assert.equal(pool.handleNoRanges(server), true);
  assert.equal(pool.handleClosed(0, 1, closed), false);
  assert.deepEqual(
    pool.take(0).map(({ givesWholeFiles }) => givesWholeFiles),
    [true],
  );
  assert.equal(pool.handleNoRanges(server), false);
});

test('servers wait while nothing is missing', () => {
  const { pool, server } = connected();
  assert.equal(pool.handleClosed(0, 1, { ...closed, isOver: true }), true);
  assert.deepEqual(pool.status(), [{ url: server.url, state: 'waiting' }]);
  pool.take(0);
  pool.handleNeedless(server);
  assert.deepEqual([pool.status()[0]!.state, pool.nextTimeout()], ['waiting', undefined]);
});
