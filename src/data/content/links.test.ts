// Magnet links, piece lengths, Merkle proofs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../ground/bytes.ts';
import { nodeHasher } from '../../ground/node/hasher.ts';
import { HashTree } from './hash-tree.ts';
import { formatMagnet, parseMagnet } from './magnet.ts';
import { isUpdateLink, parseUpdateLink } from './update-link.ts';
import { climb, merkleRoot, padHash } from './merkle.ts';
import { choosePieceLength, isPieceLength } from './piece-length.ts';
import { cpuTimeMs } from '../../../testkit/cpu-time.ts';

const hex40 = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a';
const hex64 = 'caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e';

test('hashes: hex, base32, multihash, bare', () => {
  const forms: readonly (readonly [string, string | undefined, string | undefined])[] = [
    [`magnet:?xt=urn:btih:${hex40}`, hex40, undefined],
    ['magnet:?xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK', hex40, undefined],
    [`magnet:?xt=urn:btmh:1220${hex64}`, undefined, hex64],
    [`MAGNET:?xt.1=urn:btih:${hex40}&xt.2=urn:btmh:1220${hex64}`, hex40, hex64],
    [hex40.toUpperCase(), hex40, undefined],
    [hex64, undefined, hex64],
    [` ${`1220${hex64}`}\n`, undefined, hex64],
  ];
  for (const [text, v1, v2] of forms) {
    const result = parseMagnet(text);
    assert.ok(result.ok, text);
    assert.equal(result.value.infoHashV1 && toHex(result.value.infoHashV1), v1, text);
    assert.equal(result.value.infoHashV2 && toHex(result.value.infoHashV2), v2, text);
  }
});

test('refused links, by code', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['http://x', 'magnet-scheme'],
    ['magnet:?dn=x', 'magnet-no-hash'],
    [`magnet:?xt=urn:btih:${hex40}0`, 'magnet-hash'],
    [`magnet:?xt=urn:btmh:1320${hex64}`, 'magnet-hash'],
    [`magnet:?xt=urn:btih:${hex40} magnet:?xt=urn:btih:${hex40}`, 'magnet-several'],
    [`magnet:?xt=urn:btih:${hex40}\nmagnet:?xt=urn:btih:${hex40}`, 'magnet-several'],
    [`<a href="magnet:?xt=urn:btih:${hex40}">`, 'magnet-scheme'],
    [`magnet%3Axt`, 'magnet-scheme'],
    [`magnet:?${'a'.repeat(70_000)}`, 'magnet-too-long'],
  ];
  for (const [text, code] of refused) {
    const result = parseMagnet(text);
    assert.equal(result.ok ? 'ok' : result.error.code, code, text.slice(0, 80));
  }
});

test('links as people paste them', () => {
  const link = `magnet:?xt=urn:btih:${hex40}&dn=Some+Name&tr=http%3A%2F%2Ft.example%2Fannounce`;
  const plain = parseMagnet(link);
  assert.ok(plain.ok);
  const forms = [
    ` ${link}\r\n`,
    `"${link}"`,
    `'${link}'`,
    `<${link}>`,
    `"<${link}>"`,
    `(${link})`,
    `“${link}”`,
    `\u200b${link}\ufeff`,
    link.replaceAll('&', '&amp;'),
    link.replaceAll('&', '&amp;amp;'),
    link.replaceAll('&', '&#38;'),
    link.replaceAll('&', '&&'),
    encodeURIComponent(link),
    encodeURIComponent(link).replaceAll('%3A', ':').replaceAll('%26', '&'),
    link.replace('magnet:?', 'MAGNET:?'),
    link.replace('magnet:?', 'magnet://?'),
    link.replace('magnet:?', 'magnet:'),
    link.replace('urn:btih:', 'URN:BTIH:').replace(hex40, hex40.toUpperCase()),
    link.replace('xt=urn:btih:', 'xt.1=urn%3Abtih%3A'),
    link.replace(hex40, 'YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK'),
    link.replace(hex40, 'yex6dqdlxisuvhoj6um3gnnkpqjwpkek'),
    link.replace('&dn', '\r\n&dn'),
    link.replace('Some+Name', 'Some%20Name'),
    link.replace('t.example', 't.\n  example'),
  ];
  for (const form of forms) assert.deepEqual(parseMagnet(form), plain, form);
  for (const form of [`"${hex40}"`, `<${hex40}>`, ` ${hex40}\n`]) assert.ok(parseMagnet(form).ok, form);
});

test('links of the greatest length take linear time, whatever is in them', () => {
  const startedMs = cpuTimeMs();
  for (const filler of [' ', '"', '%41', '%', '&amp;', '&', '=', '.1', '\n', 'a.1=', 'magnet:?', 'so=1,']) {
    const long = filler.repeat(Math.floor(65_000 / filler.length));
    parseMagnet(`x${long}x`);
    parseMagnet(`magnet:?${long}x`);
    parseMagnet(`magnet:?so=${long}`);
  }
  // Each takes some milliseconds; with a quadratic step one alone would take longer than this.
  assert.ok(cpuTimeMs() - startedMs < 20_000);
});

test('a part of a link that is broken and not needed is left out, with a notice', () => {
  const base = `magnet:?xt=urn:btih:${hex40}`;
  const cases: readonly (readonly [string, RegExp])[] = [
    ['&tr=nonsense', /tracker \(tr\) "nonsense" is no address/],
    ['&ws=ftp://x/', /web seed \(ws\) "ftp:\/\/x\/"/],
    ['&x.pe=1.2.3.4', /peer \(x\.pe\) "1\.2\.3\.4"/],
    ['&x.pe=1.2.3.4:99999', /peer/],
    ['&so=3-1', /"3-1" in "so"/],
    ['&xt=urn:btih:123', /info hash \(xt\)/],
    [`&xt=urn:btmh:1320${hex64}`, /info hash \(xt\)/],
  ];
  for (const [part, notice] of cases) {
    const result = parseMagnet(`${base}&dn=n${part}&tr=http://good/`);
    assert.ok(result.ok, part);
    const { notices, ...rest } = result.value;
    assert.match(notices?.[0]?.message ?? '', notice);
    assert.deepEqual(rest, {
      infoHashV1: fromHex(hex40),
      name: 'n',
      trackers: ['http://good/'],
      webSeeds: [],
      peers: [],
    });
  }
  const some = parseMagnet(`${base}&so=1,x,4-2,6-7&dn=100%&tr=&x.pe=`);
  assert.ok(some.ok);
  assert.deepEqual(
    [some.value.selectOnly, some.value.name, some.value.notices?.length],
    [
      [
        [1, 1],
        [6, 7],
      ],
      '100%',
      1,
    ],
  );
});

test('a peer may be named by its host name', () => {
  const result = parseMagnet(`magnet:?xt=urn:btih:${hex40}&x.pe=seed.example.net:6881`);
  assert.ok(result.ok);
  assert.deepEqual(result.value.peers, [{ host: 'seed.example.net', port: 6881 }]);
  assert.deepEqual(parseMagnet(formatMagnet(result.value)), result);
});

test('links to publications are read the same way', () => {
  const link = `magnet:?xs=urn:btpk:${'0a'.repeat(32)}&s=6e&dn=a%20b`;
  const plain = parseUpdateLink(link);
  assert.ok(plain.ok);
  for (const form of [
    ` "${link}"\n`,
    link.replaceAll('&', '&amp;'),
    encodeURIComponent(link),
    // Other sources may be named beside it.
    `${link}&xs=http%3A%2F%2Fa%2Fb`,
    link.replace('?', '?xs=http%3A%2F%2Fa%2Fb&'),
  ]) {
    assert.ok(isUpdateLink(form), form);
    assert.deepEqual(parseUpdateLink(form), plain, form);
  }
  assert.ok(!isUpdateLink(`magnet:?xt=urn:btih:${hex40}`));
});

test('everything in a link survives formatting and parsing', () => {
  const text = `magnet:?xt=urn:btih:${hex40}&dn=a+b%26c&tr=udp%3A%2F%2Ft%3A1&ws=http%3A%2F%2Fw%2F&x.pe=1.2.3.4:5&x.pe=%5B%3A%3A1%5D:6&so=0,2-4`;
  const first = parseMagnet(text);
  assert.ok(first.ok);
  assert.equal(first.value.name, 'a b&c');
  assert.deepEqual(first.value.peers, [
    { host: '1.2.3.4', port: 5 },
    { host: '::1', port: 6 },
  ]);
  assert.deepEqual(first.value.selectOnly, [
    [0, 0],
    [2, 4],
  ]);
  const second = parseMagnet(formatMagnet(first.value));
  assert.deepEqual(second, first);
});

test('piece lengths are powers of two that give about a thousand pieces', () => {
  assert.equal(choosePieceLength(1), 16384);
  assert.equal(choosePieceLength(1024 ** 3), 1024 ** 2);
  assert.equal(choosePieceLength(10 * 1024 ** 4), 16 * 1024 ** 2);
  assert.ok(isPieceLength(16384) && !isPieceLength(8192) && !isPieceLength(20000) && !isPieceLength(2 ** 27));
});

test('any stretch of any layer is proved by its uncles', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(6), fc.nat(1000), (count, span, seed) => {
      const base = Uint8Array.from({ length: count * 32 }, (_, i) => (i * 31 + seed) & 255);
      const tree = new HashTree(base, 3, nodeHasher);
      const width = 2 ** tree.height;
      assert.equal(toHex(tree.root), toHex(merkleRoot(base, width, 3, nodeHasher)));
      const length = Math.min(2 ** (span + 1), width);
      if (length < 2) return;
      const index = (seed % (width / length)) * length;
      const stretch = tree.stretch(0, index, length, tree.height - 1)!;
      const top = merkleRoot(stretch.subarray(0, length * 32), length, 3, nodeHasher);
      const uncles = stretch.subarray(length * 32);
      assert.equal(toHex(climb(top, index / length, uncles, nodeHasher)), toHex(tree.root));
    }),
  );
});

test('stretches outside the tree are refused', () => {
  const tree = new HashTree(new Uint8Array(5 * 32), 0, nodeHasher);
  for (const [layer, index, length, proofs] of [
    [0, 8, 2, 0],
    [0, 1, 2, 0],
    [0, 0, 3, 0],
    [4, 0, 1, 0],
    [0, 0, 2, 9],
  ] as const) {
    assert.equal(tree.stretch(layer, index, length, proofs), undefined);
  }
  assert.equal(toHex(padHash(1, nodeHasher)), toHex(nodeHasher.sha256(new Uint8Array(64))));
});
