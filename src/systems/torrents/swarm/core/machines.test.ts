// The small machines of a swarm: choker, pipeline, pool, priority, allowed fast, blame, request queue.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeHasher } from '../../../../ground/node/hasher.ts';
import { createPrng } from '../../../../ground/prng.ts';
import { allowedFastSet } from './allowed-fast.ts';
import { BlameLedger } from './blame.ts';
import { Choker, type ChokerPeer } from './choker.ts';
import { type DialsEncrypted, PeerPool } from './peer-pool.ts';
import { crc32c, peerPriority } from './peer-priority.ts';
import { Pipeline } from './pipeline.ts';
import { RequestQueue } from './request-queue.ts';

const v4 = (text: string): Uint8Array => Uint8Array.from(text.split('.'), Number);

test('peer priority: the examples of BEP 40', () => {
  assert.equal(peerPriority(v4('123.213.32.10'), 0, v4('98.76.54.32'), 0), 0xec2d7224);
  assert.equal(peerPriority(v4('123.213.32.10'), 0, v4('123.213.32.234'), 0), 0x99568189);
  assert.equal(peerPriority(v4('98.76.54.32'), 0, v4('123.213.32.10'), 0), 0xec2d7224);
  assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
});

test('allowed fast set: the examples of BEP 6', () => {
  const infoHash = new Uint8Array(20).fill(0xaa);
  const set = (count: number) => [...allowedFastSet(v4('80.4.4.200'), infoHash, 1313, count, nodeHasher)];
  assert.deepEqual(set(7), [1059, 431, 808, 1217, 287, 376, 1188]);
  assert.deepEqual(set(9), [1059, 431, 808, 1217, 287, 376, 1188, 353, 508]);
  assert.equal(allowedFastSet(v4('80.4.4.200'), infoHash, 3, 10, nodeHasher).size, 3);
});

function chokerPeer(id: number, fields: Partial<ChokerPeer> = {}): ChokerPeer {
  return {
    id,
    isInterested: true,
    isUnchoked: false,
    isSnubbing: false,
    isInDebt: false,
    connectedAt: 0,
    unchokedAt: undefined,
    sentInSlot: 0,
    downloadRate: 0,
    ...fields,
  };
}

test('trading: the best givers get slots, one is optimistic, snubbers and the uninterested none', () => {
  const choker = new Choker(createPrng(1));
  const peers = [1, 2, 3, 4, 5, 6].map((id) => chokerPeer(id, { downloadRate: id * 1000 }));
  peers.push(
    chokerPeer(7, { downloadRate: 99_000, isSnubbing: true }),
    chokerPeer(8, { isInterested: false, downloadRate: 1e9 }),
  );
  const chosen = choker.decide(100_000, peers, 4, false);
  assert.equal(chosen.size, 4);
  for (const id of [6, 5, 4]) assert.ok(chosen.has(id));
  assert.ok(!chosen.has(8));
});

test('trading: everybody is tried in the end', () => {
  const choker = new Choker(createPrng(2));
  const seen = new Set<number>();
  const peers = Array.from({ length: 10 }, (_, id) => chokerPeer(id, { downloadRate: id < 3 ? 1000 : 0 }));
  for (let now = 0; now < 2_000_000; now += 10_000)
    for (const id of choker.decide(now, peers, 4, false)) seen.add(id);
  assert.equal(seen.size, 10);
});

test('seeding: a peer that has had its share makes room for the one that waited longest', () => {
  const choker = new Choker(createPrng(1));
  const now = 100_000;
  const peers = [
    chokerPeer(1, { isUnchoked: true, unchokedAt: now - 20_000, sentInSlot: 64 * 1024 * 1024 }),
    chokerPeer(2, { isUnchoked: true, unchokedAt: now - 20_000, sentInSlot: 10 }),
    chokerPeer(3, { unchokedAt: 1000 }),
    chokerPeer(4),
  ];
  assert.deepEqual([...choker.decide(now, peers, 2, true)].sort(), [2, 4]);
  assert.deepEqual([...choker.decide(now, peers.slice(0, 2), 2, true)].sort(), [1, 2]);
});

test('the pipeline grows while the rate grows, then holds a second of flow', () => {
  const pipeline = new Pipeline();
  pipeline.setRemoteQueue(2000);
  assert.equal(pipeline.depth, 8);
  let now = 0;
  for (let i = 0; i < 200; i++) pipeline.handleBlock((now += 10), 50, 1_600_000);
  for (let i = 0; i < 500; i++) pipeline.handleBlock((now += 10), 50, 1_638_400);
  assert.ok(pipeline.depth > 95 && pipeline.depth < 120, `${pipeline.depth}`);
  pipeline.handleSnub(now);
  assert.equal(pipeline.depth, 1);
  pipeline.handleBlock(now, 50, 1000);
  assert.ok(pipeline.depth >= 8);
  pipeline.setRemoteQueue(5);
  assert.equal(pipeline.depth, 5);
});

test('the pool: no address twice, back-off grows, bans hold, no address is dialled twice at once', () => {
  const pool = new PeerPool(createPrng(1));
  const a = { host: '10.0.0.1', port: 6881 };
  assert.ok(pool.add(0, a, 'tracker') && !pool.add(0, a, 'tracker'));
  assert.ok(!pool.add(0, { host: '0.0.0.0', port: 6881 }, 'tracker'));
  assert.deepEqual(pool.take(0)?.address, a);
  assert.equal(pool.take(0), undefined);
  pool.handleClosed(0, a, 'failed', false);
  const first = pool.nextRetryAt()!;
  assert.ok(first >= 11_000 && first <= 19_000, `${first}`);
  assert.equal(pool.take(first - 1), undefined);
  assert.ok(pool.take(first));
  pool.handleClosed(first, a, 'failed', false);
  assert.ok(pool.nextRetryAt()! - first > 20_000);
  pool.ban(a, 'liar', true);
  assert.ok(pool.isBanned(a) && pool.isBanned({ ...a, port: 2 }) && !pool.add(0, a, 'person'));
});

/** What the pool dials next with a policy, when each dial ends like that. */
function greetings(
  dialsEncrypted: DialsEncrypted,
  ends: readonly ('useful' | 'unanswered' | 'failed')[],
): string {
  const pool = new PeerPool(createPrng(1), undefined, dialsEncrypted);
  const a = { host: '10.0.0.1', port: 6881 };
  pool.add(0, a, 'person');
  let now = 0;
  const dialled = [...ends, undefined].map((end) => {
    const at = Math.max(now, pool.nextRetryAt()!);
    const waited = at > now ? ' ' : '';
    now = at;
    const { isEncrypted } = pool.take(now)!;
    if (end !== undefined) pool.handleClosed(now, a, end, isEncrypted);
    return waited + (isEncrypted ? 'E' : 'P');
  });
  return dialled.join('');
}

test('the pool tries the other greeting at once where a peer leaves one without an answer, and remembers what it took', () => {
  const allowed: DialsEncrypted = (known) => known === 'encrypted';
  const preferred: DialsEncrypted = (known) => known !== 'plain';
  const [no, lost, good] = ['unanswered', 'failed', 'useful'] as const;
  assert.equal(greetings(allowed, [no, good, good]), 'PE E E');
  assert.equal(greetings(allowed, [no, no, no, no]), 'PE PE P');
  assert.equal(greetings(allowed, [lost, lost]), 'P P P', 'nobody is there: no greeting helps');
  assert.equal(greetings(allowed, [good, no, good]), 'P PE E');
  assert.equal(greetings(preferred, [no, good, good]), 'EP P P');
  assert.equal(
    greetings(() => true, [no, no]),
    'E E E',
    'a policy that has no other greeting waits',
  );
  assert.equal(
    greetings(() => false, [no, no]),
    'P P P',
  );
});

test('an address that is said to prefer encryption is dialled so, and nothing that is known is forgotten for it', () => {
  const pool = new PeerPool(createPrng(1), undefined, (known) => known === 'encrypted');
  const a = { host: '10.0.0.1', port: 6881 };
  pool.noteEncryption(a);
  pool.add(0, a, 'pex');
  pool.noteEncryption(a);
  assert.equal(pool.take(0)?.isEncrypted, true);
  pool.handleClosed(0, a, 'useful', false);
  pool.noteEncryption(a);
  assert.equal(pool.take(pool.nextRetryAt()!)?.isEncrypted, false);
});

test('the pool stays bounded under a flood of addresses', () => {
  const pool = new PeerPool(createPrng(1));
  for (let i = 0; i < 20_000; i++)
    pool.add(0, { host: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, port: 6881 }, 'tracker');
  assert.equal(pool.size, 4000);
});

test('hearsay never crowds out what trackers say, nor sends us to every door of one house', () => {
  const pool = new PeerPool(createPrng(1));
  const host = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  for (let i = 0; i < 10_000; i++) pool.add(0, { host: host(i), port: 6881 }, 'pex');
  assert.equal(pool.size, 2000);
  for (let i = 10_000; i < 13_900; i++)
    assert.ok(pool.add(0, { host: host(i), port: 6881 }, 'tracker'), `${i}`);
  for (let port = 2000; port < 3000; port++) pool.add(0, { host: '198.51.100.1', port }, 'person');
  const other = new PeerPool(createPrng(1));
  for (let port = 1; port < 10_000; port++) other.add(0, { host: '198.51.100.1', port }, 'dht');
  assert.equal(other.size, 8);
  assert.ok(!other.add(0, { host: '198.51.100.2', port: 25 }, 'tracker'));
  assert.ok(other.add(0, { host: '198.51.100.2', port: 25 }, 'person'));
});

const hashes = (...bytes: number[]): Uint8Array =>
  Uint8Array.from(bytes.flatMap((byte) => Array(32).fill(byte)));

test('blame: one sender is guilty at once, of several the one whose block differs', () => {
  const ledger = new BlameLedger();
  assert.deepEqual([...ledger.handleFailure(0, [7, 7], hashes(1, 2))], [7]);
  assert.equal(ledger.handleFailure(1, [3, 4, 3], hashes(1, 2, 3)).size, 0);
  assert.ok(ledger.isSuspect(1));
  assert.deepEqual([...ledger.handleTruth(1, hashes(1, 9, 3))], [4]);
  assert.ok(!ledger.isSuspect(1));
});

test('blame: records are bounded', () => {
  const ledger = new BlameLedger();
  for (let piece = 0; piece < 1000; piece++) ledger.handleFailure(piece, [1, 2], hashes(1, 2));
  assert.ok(!ledger.isSuspect(0) && ledger.isSuspect(999));
});

test('the request queue: front, middle, none, and thousands', () => {
  const queue = new RequestQueue();
  for (let i = 0; i < 5000; i++) queue.add(i, i % 3, i);
  assert.equal(queue.oldestSentAt(), 0);
  assert.equal(queue.remove(0, 0), 0);
  assert.equal(queue.remove(4000, 4000 % 3), 4000);
  assert.equal(queue.remove(4000, 1), undefined);
  assert.ok(queue.has(3999, 0) && !queue.has(0, 0));
  for (let i = 1; i < 3000; i++) assert.equal(queue.remove(i, i % 3), i);
  assert.equal(queue.length, 1999);
  let drained = 0;
  queue.drain(() => drained++);
  assert.deepEqual([drained, queue.length], [1999, 0]);
});

test('choker: no slots are none, and a peer in debt gets none in a crowd', () => {
  const peers = Array.from({ length: 6 }, (_, id) =>
    chokerPeer(id, { downloadRate: id * 100, isInDebt: id < 3 }),
  );
  assert.equal(new Choker(createPrng(1)).decide(0, peers, 0, false).size, 0);
  assert.deepEqual([...new Choker(createPrng(1)).decide(0, peers, 3, false)].sort(), [3, 4, 5]);
  assert.equal(new Choker(createPrng(1)).decide(0, peers, 6, false).size, 3);
  assert.equal(new Choker(createPrng(1)).decide(0, peers, 4, true).size, 3);
});
