// Trackers: wire forms of HTTP and UDP, the announcer's tiers, events and back-off, the registry's answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode } from '../ground/bencode.ts';
import { createPrng } from '../ground/prng.ts';
import { Announcer } from './core/announcer.ts';
import { Registry } from './core/registry.ts';
import type { AnnounceRequest } from './wire/announce.ts';
import {
  announceUrl,
  decodeAnnounce,
  decodeScrape,
  encodeAnnounce,
  encodeScrape,
  escapeBytes,
  scrapeUrl,
  unescapeBytes,
} from './wire/http.ts';
import {
  decodeUdpRequest,
  decodeUdpResponse,
  encodeConnect,
  encodeUdpAnnounce,
  encodeUdpResponse,
  encodeUdpScrape,
} from './wire/udp.ts';

const request: AnnounceRequest = {
  infoHash: Uint8Array.from({ length: 20 }, (_, i) => i * 13),
  peerId: new Uint8Array(20).fill(0x2d),
  port: 6881,
  uploaded: 1,
  downloaded: 2 ** 40,
  left: 3,
  event: 'started',
  key: 0xdeadbeef,
  numWant: 50,
};

test('HTTP: the query is escaped byte by byte', () => {
  const url = announceUrl('http://t/announce?passkey=x', request, 'id&');
  assert.match(url, /^http:\/\/t\/announce\?passkey=x&info_hash=%00%0d%1a%27/);
  assert.match(url, /&event=started&trackerid=id%26$/);
  assert.deepEqual(unescapeBytes(escapeBytes(request.infoHash)), request.infoHash);
  assert.equal(unescapeBytes('%4'), undefined);
});

test('HTTP: scrape addresses follow the convention of BEP 48', () => {
  assert.match(scrapeUrl('http://t/announce', [request.infoHash])!, /^http:\/\/t\/scrape\?info_hash=/);
  assert.match(
    scrapeUrl('http://t/x/announce.php?k=1', [request.infoHash])!,
    /^http:\/\/t\/x\/scrape\.php\?k=1&info_hash=/,
  );
  assert.equal(scrapeUrl('http://t/other', []), undefined);
});

test('HTTP: compact, dictionary, IPv6 and mixed answers', () => {
  const peers = [
    { host: '1.2.3.4', port: 5 },
    { host: '2001:db8::1', port: 6 },
  ];
  for (const isCompact of [true, false]) {
    const answer = decodeAnnounce(
      encodeAnnounce({ intervalSeconds: 60, peers, seeders: 1, leechers: 2 }, isCompact),
    );
    assert.ok(answer.ok && 'response' in answer.value);
    assert.deepEqual(
      [...answer.value.response.peers].sort((a, b) => a.port - b.port),
      peers,
    );
  }
});

test('HTTP: refusals carry their reason and advice (BEP 31)', () => {
  const never = decodeAnnounce(encodeBencode({ 'failure reason': 'no', 'retry in': 'never' }));
  assert.deepEqual(never, { ok: true, value: { failure: { reason: 'no', retryInMinutes: 'never' } } });
  assert.equal(decodeAnnounce(new TextEncoder().encode('<html>')).ok, false);
  assert.equal(decodeAnnounce(encodeBencode({ interval: 1, peers: 7 })).ok, false);
});

test('HTTP: scrape', () => {
  const entry = { infoHash: request.infoHash, seeders: 1, completed: 2, leechers: 3 };
  const decoded = decodeScrape(encodeScrape([entry]));
  assert.deepEqual(decoded, { ok: true, value: [entry] });
});

test('UDP: requests and responses go both ways (BEP 15), URL data too (BEP 41)', () => {
  assert.deepEqual(decodeUdpRequest(encodeConnect(7)), {
    ok: true,
    value: { action: 'connect', transaction: 7 },
  });
  const connection = new Uint8Array(8).fill(4);
  const path = `/announce?${'k'.repeat(300)}`;
  const announce = decodeUdpRequest(encodeUdpAnnounce(connection, 9, request, path));
  assert.deepEqual(announce, {
    ok: true,
    value: { action: 'announce', transaction: 9, connection, request, urlData: path },
  });
  const scrape = decodeUdpRequest(encodeUdpScrape(connection, 1, [request.infoHash]));
  assert.ok(scrape.ok && scrape.value.action === 'scrape' && scrape.value.infoHashes.length === 1);
  const responses = [
    { action: 'connect', transaction: 1, connection },
    { action: 'error', transaction: 2, message: 'no' },
    { action: 'scrape', transaction: 3, counts: [{ seeders: 1, completed: 2, leechers: 3 }] },
    {
      action: 'announce',
      transaction: 4,
      response: { intervalSeconds: 5, leechers: 6, seeders: 7, peers: [{ host: '1.2.3.4', port: 8 }] },
    },
  ] as const;
  for (const response of responses)
    assert.deepEqual(decodeUdpResponse(encodeUdpResponse(response), 4), { ok: true, value: response });
});

test('UDP: short and foreign packets are refused', () => {
  assert.equal(decodeUdpResponse(new Uint8Array(7), 4).ok, false);
  assert.equal(decodeUdpRequest(new Uint8Array(15)).ok, false);
  assert.equal(decodeUdpRequest(new Uint8Array(16)).ok, false);
});

const answer = { intervalSeconds: 1800, peers: [] };

test('announcer: a tier moves on when a tracker fails, and the one that works moves to the front (BEP 12)', () => {
  const announcer = new Announcer([['http://a/', 'http://b/'], ['http://c/']], createPrng(1));
  const first = announcer.due(0);
  assert.equal(first.length, 2);
  assert.deepEqual(announcer.due(0), []);
  const failed = first[0]!.url;
  announcer.handleFailure(0, failed, { reason: 'down' });
  const second = announcer.due(1);
  assert.equal(second.length, 1);
  assert.notEqual(second[0]!.url, failed);
  announcer.handleResponse(1, second[0]!.url, 'started', answer);
  assert.equal(announcer.status()[0]!.url, second[0]!.url);
  assert.equal(announcer.status().find((tracker) => tracker.url === failed)!.state, 'failed');
});

test('announcer: started until heard, completed once, stopped only to those who heard started', () => {
  const announcer = new Announcer([['http://a/'], ['http://b/']], createPrng(1));
  assert.deepEqual(
    announcer.due(0).map((due) => due.event),
    ['started', 'started'],
  );
  announcer.handleResponse(0, 'http://a/', 'started', { ...answer, trackerId: 'x' });
  announcer.handleFailure(0, 'http://b/', { reason: 'down' });
  announcer.handleCompleted(5);
  assert.deepEqual(announcer.due(5), [{ url: 'http://a/', event: 'completed', trackerId: 'x' }]);
  announcer.handleResponse(6, 'http://a/', 'completed', answer);
  assert.deepEqual(announcer.due(7), []);
  assert.deepEqual(
    announcer.due(60_000).map((due) => [due.url, due.event]),
    [['http://b/', 'started']],
  );
  assert.deepEqual(
    announcer.handleStop().map((due) => [due.url, due.event]),
    [['http://a/', 'stopped']],
  );
  assert.deepEqual(announcer.due(9e9), []);
});

test('announcer: back-off doubles to an hour; advice of the tracker counts more (BEP 31); intervals are clamped', () => {
  const announcer = new Announcer([['http://a/']], createPrng(1));
  let now = 0;
  let wait = 0;
  for (let i = 0; i < 15; i++) {
    announcer.due(now);
    announcer.handleFailure(now, 'http://a/', { reason: 'down' });
    wait = announcer.nextTimeout()! - now;
    now += wait;
  }
  assert.ok(wait > 2_600_000 && wait < 4_600_000, `${wait}`);
  announcer.due(now);
  announcer.handleFailure(now, 'http://a/', { reason: 'go', retryInMinutes: 'never' });
  assert.equal(announcer.nextTimeout(), Number.POSITIVE_INFINITY);
  const eager = new Announcer([['http://a/']], createPrng(1));
  eager.due(0);
  eager.handleResponse(0, 'http://a/', 'started', { intervalSeconds: 0, peers: [] });
  assert.ok(eager.nextTimeout()! >= 28_000);
});

test('registry: peers find each other, seeds are told of no seeds, stopped ones vanish, silence expires', () => {
  const registry = new Registry({ prng: createPrng(1), intervalSeconds: 100 });
  const at = (n: number) => ({ host: `10.0.0.${n}`, port: 1 });
  registry.handleAnnounce(0, { ...request, left: 0 }, at(1));
  registry.handleAnnounce(0, { ...request, left: 0 }, at(2));
  const third = registry.handleAnnounce(0, request, at(3));
  assert.deepEqual([third.seeders, third.leechers, third.peers.length], [2, 1, 2]);
  assert.deepEqual(registry.handleAnnounce(1, { ...request, left: 0 }, at(1)).peers, [at(3)]);
  registry.handleAnnounce(2, { ...request, event: 'completed', left: 0 }, at(3));
  assert.deepEqual(registry.handleScrape([request.infoHash])[0], {
    infoHash: request.infoHash,
    seeders: 3,
    completed: 1,
    leechers: 0,
  });
  registry.handleAnnounce(3, { ...request, event: 'stopped' }, at(3));
  assert.equal(registry.peerCount, 2);
  registry.handleTick(300_000);
  assert.deepEqual([registry.peerCount, registry.swarmCount], [0, 0]);
});

test('registry: bounded swarms and peers', () => {
  const registry = new Registry({ prng: createPrng(1), maxSwarms: 10, maxPeersPerSwarm: 5 });
  for (let i = 0; i < 1000; i++) {
    const infoHash = new Uint8Array(20).fill(i & 255);
    registry.handleAnnounce(i, { ...request, infoHash }, { host: `10.0.${i >> 8}.${i & 255}`, port: 1 });
    registry.handleAnnounce(i, request, { host: `10.1.${i >> 8}.${i & 255}`, port: 1 });
  }
  assert.ok(registry.swarmCount <= 10 && registry.peerCount <= 50);
});
