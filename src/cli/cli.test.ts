// What people see: numbers, names, bars and the live view at any width; option values; completions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../ground/bitfield.ts';
import { encodeHave, type ShareReport } from '../systems/torrents/share/report.ts';
import {
  collectPeer,
  collectTracker,
  parsePieceLength,
  parsePort,
  parseRate,
  parseSeconds,
} from './options.ts';
import { UNICODE } from './terminal/glyphs.ts';
import { createPalette, drawBar, drawPieceMap } from './terminal/draw.ts';
import {
  columnsOf,
  fit,
  fitEnd,
  formatBytes,
  formatDuration,
  mixedScripts,
  printable,
} from './terminal/format.ts';
import { renderShare } from '../systems/torrents/commands/share-view.ts';

test('numbers', () => {
  assert.deepEqual([0, 1023, 1024, 1536 * 1024, 5 * 1024 ** 4].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.00 KiB',
    '1.50 MiB',
    '5.00 TiB',
  ]);
  assert.deepEqual([5, 65, 3725, 200_000].map(formatDuration), ['5 s', '1 min 5 s', '1 h 2 min', '2 days']);
});

test('escape sequences and bidirectional marks never reach the terminal', () => {
  assert.equal(printable('a\u001b[2Jb\u202ec\u0000\u009b1m'), 'a\ufffd[2Jb\ufffdc\ufffd\ufffd1m');
});

test('columns of wide and combining characters', () => {
  assert.deepEqual(['abc', '日本', 'e\u0301'].map(columnsOf), [3, 4, 1]);
  assert.equal(fit('日本語テキスト', 7, UNICODE.cut), '日本語…');
  assert.equal(fit('short', 10), 'short');
});

test('NO_COLOR and dumb terminals get no colour, others do', () => {
  const before = { ...process.env };
  try {
    process.env.TERM = 'xterm';
    delete process.env.NO_COLOR;
    assert.match(createPalette({ isTTY: true }).good('x'), /\u001b\[32m/);
    process.env.NO_COLOR = '1';
    assert.equal(createPalette({ isTTY: true }).good('x'), 'x');
    delete process.env.NO_COLOR;
    process.env.TERM = 'dumb';
    assert.equal(createPalette({ isTTY: true }).good('x'), 'x');
  } finally {
    process.env.TERM = before.TERM;
    if (before.NO_COLOR !== undefined) process.env.NO_COLOR = before.NO_COLOR;
  }
});

test('bars and maps', () => {
  assert.equal(drawBar(0.5, 4, UNICODE), '██░░');
  assert.equal(drawBar(2, 3, UNICODE), '███');
  const have = new Bitfield(8);
  for (const piece of [0, 1, 2, 3, 6]) have.add(piece);
  assert.equal(drawPieceMap(have, 4, UNICODE), '██ ▄');
});

const status: ShareReport = {
  phase: 'fetching',
  name: 'a rather long name \u001b[31m of something that somebody shares with the world.iso',
  totalBytes: 1000,
  doneBytes: 250,
  downloadRate: 100,
  uploadRate: 0,
  downloadedBytes: 250,
  uploadedBytes: 0,
  peers: 1,
  seeds: 1,
  known: 1,
  secondsLeft: 7,
  pieceCount: 100,
  troubles: [],
  trackers: [
    { url: 'http://t/', tier: 0, state: 'failed', message: 'nobody listens there', nextAt: 0, peerCount: 0 },
  ],
  webSeeds: [],
  webSeedCount: 0,
  isDone: false,
  isFinished: false,
};

test('the live view fits 40, 60, 80 and 200 columns and says the same', () => {
  const have = new Bitfield(100);
  for (let piece = 0; piece < 25; piece++) have.add(piece);
  for (const columns of [40, 60, 80, 200]) {
    const lines = renderShare(
      { ...status, have: encodeHave(have) },
      columns,
      createPalette({ isTTY: false }),
    );
    for (const line of lines) assert.ok(columnsOf(line) <= columns, `${columns}: ${line}`);
    assert.match(lines.join('\n'), /25\.0 %/);
    assert.doesNotMatch(lines.join('\n'), /\u001b/);
    assert.match(lines.join('\n'), /tracker/);
  }
});

test('a share without peers says what the DHT does for it', () => {
  const search = (dht: ShareReport['dht']): string =>
    renderShare(
      { ...status, phase: 'metadata', peers: 0, trackers: [], dht },
      60,
      createPalette({ isTTY: false }),
    ).join('\n');
  assert.match(search({ rounds: 0, stored: 0, found: 0, isReady: false }), /no DHT node has answered/);
  assert.match(search({ rounds: 0, stored: 0, found: 0, isReady: true }), /asking the DHT/);
  assert.match(search({ rounds: 1, stored: 8, found: 0, isReady: true }), /knows no peer/);
  assert.match(search({ rounds: 1, stored: 8, found: 1, isReady: true }), /names 1 peer/);
});

test('option values', () => {
  assert.deepEqual(
    ['4K', '1.5M', '2MiB/s', '5MB/s', '500kB', '100000'].map(parseRate),
    [4096, 1_572_864, 2_097_152, 5_000_000, 500_000, 100_000],
  );
  assert.deepEqual([parsePort('0'), parsePieceLength('1M'), parseSeconds('1.5')], [0, 1_048_576, 1.5]);
  assert.deepEqual(collectPeer('[::1]:5', undefined), [{ host: '::1', port: 5 }]);
  assert.deepEqual(collectTracker('http://a/,udp://b:1', ['x']), ['x', 'http://a/,udp://b:1']);
  for (const wrong of [
    () => parsePort('65536'),
    () => parsePort('x'),
    () => parseRate('1'),
    () => parseRate('fast'),
    () => parsePieceLength('3M'),
    () => parseSeconds('-1'),
    () => parseSeconds(''),
    () => collectPeer('a', []),
    () => collectTracker('ftp://x', []),
  ]) {
    assert.throws(wrong, { code: 'commander.invalidArgument' });
  }
});

test('letters that look alike but are not are pointed out', () => {
  assert.deepEqual(mixedScripts('p\u0430ypal.exe'), ['Latin', 'Cyrillic']);
  assert.deepEqual(mixedScripts('\u03b1pple'), ['Latin', 'Greek']);
  for (const name of [
    'plain name.txt',
    'русский файл',
    'Ελληνικά',
    'mix of русский and English',
    '日本語 name',
  ])
    assert.deepEqual(mixedScripts(name), [], name);
});

test('a long message keeps its end', () => {
  assert.equal(
    fitEnd('cannot write /a/very/long/path: no space left', 20, UNICODE.cut),
    '…path: no space left',
  );
  assert.equal(fitEnd('short', 20), 'short');
  assert.equal(columnsOf(fitEnd('日本語日本語日本語', 9, UNICODE.cut)), 9);
});
