// Trackers: wire forms of HTTP and UDP, the announcer's tiers, events and back-off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode, type Encodable } from '../../ground/bencode.ts';
import { encodeCompact } from '../../ground/address.ts';
import { createPrng } from '../../ground/prng.ts';
import { Announcer } from './core/announcer.ts';
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
      encodeAnnounce(
        {
          intervalSeconds: 60,
          minIntervalSeconds: 30,
          seeders: 1,
          leechers: 2,
          externalIp: Uint8Array.of(203, 0, 113, 9),
          v4: encodeCompact(peers[0]!)!,
          v6: encodeCompact(peers[1]!)!,
        },
        isCompact,
      ),
    );
    assert.ok(answer.ok && 'response' in answer.value);
    const { intervalSeconds, minIntervalSeconds, seeders, leechers, externalIp } = answer.value.response;
    assert.deepEqual([intervalSeconds, minIntervalSeconds, seeders, leechers], [60, 30, 1, 2]);
    assert.deepEqual(externalIp, Uint8Array.of(203, 0, 113, 9));
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

test('HTTP: failures say when to come again, by BEP 31 or by an interval', () => {
  const cases: readonly (readonly [Record<string, string | number>, number | 'never' | undefined])[] = [
    [{}, undefined],
    [{ 'retry in': 5 }, 5],
    [{ 'retry in': '5' }, 5],
    [{ 'retry in': 'Never' }, 'never'],
    [{ 'retry in': -1 }, undefined],
    [{ 'retry in': 'soon' }, undefined],
    [{ interval: 600 }, 10],
    [{ interval: 600, 'min interval': 1800 }, 30],
    [{ interval: 600, 'retry in': 2 }, 2],
  ];
  for (const [fields, expected] of cases) {
    const answer = decodeAnnounce(encodeBencode({ 'failure reason': 'no', ...fields }));
    assert.ok(answer.ok && 'failure' in answer.value);
    assert.equal(answer.value.failure.retryInMinutes, expected, JSON.stringify(fields));
  }
  const silent = decodeAnnounce(encodeBencode({ 'failure reason': '' }));
  assert.ok(silent.ok && 'failure' in silent.value);
  assert.equal(silent.value.failure.reason, 'it gave no reason');
});

test('HTTP: intervals that are missing, no time, text or absurd', () => {
  const cases: readonly (readonly [string | number | bigint | undefined, number])[] = [
    [undefined, 1800],
    [0, 1800],
    [-5, 1800],
    ['x', 1800],
    ['900', 900],
    [900, 900],
    [10 ** 12, 86_400],
    [2n ** 80n, 86_400],
    [-(2n ** 80n), 1800],
  ];
  for (const [interval, expected] of cases) {
    const answer = decodeAnnounce(encodeBencode({ interval, peers: '' }));
    assert.ok(answer.ok && 'response' in answer.value, String(interval));
    assert.equal(answer.value.response.intervalSeconds, expected, String(interval));
  }
});

test('HTTP: an answer holds peers, an interval or a reason; parts of the wrong type cost only themselves', () => {
  const codeOf = (value: Encodable): string => {
    const answer = decodeAnnounce(encodeBencode(value));
    return answer.ok ? 'ok' : answer.error.code;
  };
  assert.equal(codeOf({}), 'tracker-no-answer');
  assert.equal(codeOf({ error: 'x', complete: 1 }), 'tracker-no-answer');
  assert.equal(codeOf({ interval: 60 }), 'ok');
  assert.equal(codeOf({ peers: '' }), 'ok');
  assert.equal(codeOf({ peers: 7 }), 'tracker-peers');
  assert.equal(codeOf({ peers: 7, peers6: new Uint8Array(18).fill(1) }), 'ok');
  assert.equal(codeOf({ peers: '', complete: 'x', 'tracker id': 5, 'external ip': 'xyz', peers6: [] }), 'ok');
  assert.equal(codeOf([{ peers: '' }]), 'tracker-no-answer');
  const page = decodeAnnounce(new TextEncoder().encode('<html>'));
  assert.deepEqual(page, {
    ok: false,
    error: {
      code: 'tracker-no-answer',
      message: 'it is a web page',
      detail: 'no value starts so at byte 0 (bencode-syntax)',
    },
  });
});

test('HTTP: peers by name are told, a bounded number of them (BEP 3)', () => {
  const entry = (ip: string, port: Encodable = 5): Encodable => ({ ip, port });
  const peersOf = (peers: Encodable[]): string[] => {
    const answer = decodeAnnounce(encodeBencode({ peers }));
    assert.ok(answer.ok && 'response' in answer.value);
    return answer.value.response.peers.map(({ host, port }) => `${host} ${port}`);
  };
  assert.deepEqual(
    peersOf([
      entry('seed.example.net'),
      entry('1.2.3.4', '6'),
      entry('2001:db8::1'),
      entry('[2001:db8::2]'),
      entry('1.2.3.4', 0),
      entry('a b'),
      entry(''),
      entry('x', 70_000),
      'no dictionary',
    ]),
    ['seed.example.net 5', '1.2.3.4 6', '2001:db8::1 5', '2001:db8::2 5'],
  );
  const many = Array.from({ length: 100 }, (_, i) => entry(`h${i}.example`));
  assert.equal(peersOf([...many, entry('1.2.3.4')]).length, 21);
});

test('an announce says which connections we take', () => {
  const wordsOf = (encryption: AnnounceRequest['encryption']): string[] => {
    const { searchParams } = new URL(
      announceUrl('http://t/a', { ...request, port: 7000, encryption: encryption! }),
    );
    assert.equal(searchParams.get('port'), '7000', 'also for trackers that know no other word');
    return ['supportcrypto', 'requirecrypto', 'cryptoport'].map((word) => searchParams.get(word) ?? '');
  };
  assert.deepEqual(wordsOf('off'), ['', '', '']);
  assert.deepEqual(wordsOf('allowed'), ['1', '', '']);
  assert.deepEqual(wordsOf('preferred'), ['1', '', '']);
  assert.deepEqual(wordsOf('required'), ['1', '1', '7000']);
});

test('HTTP: fragments are not sent, and an own query is kept', () => {
  assert.match(announceUrl('http://t/a#frag?x', request), /^http:\/\/t\/a\?info_hash=[^#]*$/);
  assert.match(announceUrl('http://t/a?k=1#frag', request), /^http:\/\/t\/a\?k=1&info_hash=[^#]*$/);
  assert.match(
    scrapeUrl('http://t/announce#x', [request.infoHash])!,
    /^http:\/\/t\/scrape\?info_hash=[^#]*$/,
  );
  assert.match(
    scrapeUrl('http://t/announce.php?k=1#x', [request.infoHash])!,
    /^http:\/\/t\/scrape\.php\?k=1&info_hash=[^#]*$/,
  );
  assert.equal(scrapeUrl('http://t/announce/x', []), undefined);
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

test('UDP: an error ends at its zero, and an empty one is said to be empty', () => {
  const error = (message: string): Uint8Array =>
    encodeUdpResponse({ action: 'error', transaction: 1, message });
  for (const [message, expected] of [
    ['no\0', 'no'],
    ['Connection ID missmatch.\0\0junk', 'Connection ID missmatch.'],
    ['', 'it gave no reason'],
    ['\0', 'it gave no reason'],
  ] as const) {
    const decoded = decodeUdpResponse(error(message), 4);
    assert.ok(decoded.ok && decoded.value.action === 'error');
    assert.equal(decoded.value.message, expected);
  }
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
  const [working] = announcer.status();
  assert.equal(working!.lastAt, 1, 'answered at that time');
  assert.ok(working!.nextAt > 1 && working!.nextAt <= 1 + 1800 * 1000 * 1.1);
  assert.equal(working!.peerCount, 0);
});

test('announcer: started until heard, completed once, stopped only to trackers that heard started', () => {
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

test('announcer: min interval, absurd intervals and "retry in 0" make no loop', () => {
  const waitAfter = (response: { intervalSeconds: number; minIntervalSeconds?: number }): number => {
    const announcer = new Announcer([['http://a/']], createPrng(1));
    announcer.due(0);
    announcer.handleResponse(0, 'http://a/', 'started', { ...response, peers: [] });
    return announcer.nextTimeout()! / 1000;
  };
  for (const [intervalSeconds, minIntervalSeconds, expected] of [
    [0, undefined, 1800],
    [-7, undefined, 1800],
    [1, undefined, 30],
    [600, 900, 900],
    [600, 300, 600],
    [10 ** 9, undefined, 86_400],
    [600, 10 ** 9, 86_400],
  ] as const) {
    const wait = waitAfter({
      intervalSeconds,
      ...(minIntervalSeconds === undefined ? {} : { minIntervalSeconds }),
    });
    assert.ok(
      wait >= expected * 0.95 && wait <= expected,
      `${intervalSeconds}/${minIntervalSeconds}: ${wait}`,
    );
  }
  for (const [retryInMinutes, expected] of [
    [0, 60],
    [5, 300],
    [10 ** 9, 86_400],
  ] as const) {
    const announcer = new Announcer([['http://a/']], createPrng(1));
    announcer.due(0);
    announcer.handleFailure(0, 'http://a/', { reason: 'x', retryInMinutes });
    assert.equal(announcer.nextTimeout(), expected * 1000);
  }
});
