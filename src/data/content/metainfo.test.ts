// Metainfo: what is read, what is refused and why, and that writing inverts reading.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode, type Encodable } from '../../ground/bencode.ts';
import { fromByteString, toByteString, toHex } from '../../ground/bytes.ts';
import { nodeHasher } from '../../ground/node/hasher.ts';
import { buildInfo, sortFiles } from './build-info.ts';
import { Geometry } from './geometry.ts';
import { merkleRoot } from './merkle.ts';
import { decodeMetainfo, encodeMetainfo, hasAllLayers, metainfoFromInfo } from './metainfo.ts';

const hash20 = new Uint8Array(20).fill(1);
const root = new Uint8Array(32).fill(2);
const v1 = { name: 'n', 'piece length': 16384, pieces: hash20, length: 5 };
const leaf = (length: number, extra = {}) => ({ '': { length, 'pieces root': root, ...extra } });
const v1Bytes = toByteString(encodeBencode(v1 as Encodable));
const infoHash = toHex(nodeHasher.sha1(fromByteString(v1Bytes)));
const v2 = { name: 'n', 'piece length': 16384, 'meta version': 2, 'file tree': { n: leaf(5) } };

function read(info: Record<string, unknown>, outer: Record<string, unknown> = {}) {
  return decodeMetainfo(encodeBencode({ info, ...outer } as Encodable), nodeHasher);
}

const refused: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['no name', { ...v1, name: undefined }, 'torrent-name'],
  ['no piece length', { ...v1, 'piece length': undefined }, 'torrent-piece-length'],
  ['piece length 0', { ...v1, 'piece length': 0 }, 'torrent-piece-length'],
  ['no length', { ...v1, length: undefined }, 'torrent-length'],
  ['negative length', { ...v1, length: -1 }, 'torrent-length'],
  ['pieces too short', { ...v1, pieces: new Uint8Array(19) }, 'torrent-pieces'],
  ['pieces for more data', { ...v1, pieces: new Uint8Array(40) }, 'torrent-pieces'],
  ['length far beyond the pieces', { ...v1, length: 2 ** 52 }, 'torrent-pieces'],
  ['empty file list', { ...v1, length: undefined, files: [] }, 'torrent-files'],
  ['empty path', { ...v1, length: undefined, files: [{ length: 5, path: [] }] }, 'torrent-path'],
  [
    'path of 101 folders',
    { ...v1, length: undefined, files: [{ length: 5, path: Array(101).fill('a') }] },
    'torrent-path',
  ],
  ['unknown meta version', { ...v2, 'meta version': 3 }, 'torrent-version'],
  ['v2 piece length not a power of two', { ...v2, 'piece length': 20000 }, 'torrent-piece-length'],
  ['v2 without a tree', { ...v2, 'file tree': undefined }, 'torrent-file-tree'],
  [
    'v2 file with a root of zeros',
    { ...v2, 'file tree': { n: leaf(5, { 'pieces root': new Uint8Array(32) }) } },
    'torrent-pieces-root',
  ],
  ['v2 file without a root', { ...v2, 'file tree': { n: { '': { length: 5 } } } }, 'torrent-pieces-root'],
  [
    'v2 name is file and folder',
    { ...v2, 'file tree': { n: { ...leaf(5), x: leaf(1) } } },
    'torrent-file-tree',
  ],
  ['hybrid with other files', { ...v2, ...v1, length: 6 }, 'torrent-hybrid'],
];
for (const [name, info, code] of refused) {
  test(`refused: ${name}`, () => {
    const result = read(info);
    assert.equal(result.ok ? 'ok' : result.error.code, code);
  });
}

test('a file that is not a torrent is named by its kind; where the bytes break is a detail', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['', 'torrent-none', /^it is empty$/],
    ['<!DOCTYPE html><p>Log in', 'torrent-none', /^it is a web page$/],
    ['\n <?xml version="1.0"?>', 'torrent-none', /^it is a web page$/],
    ['magnet:?xt=urn:btih:x', 'torrent-none', /^it is a text with a magnet link/],
    ['dear all,\nhere is the file', 'torrent-none', /^it is a text$/],
    ['{"error":1}', 'torrent-none', /^it is a text$/],
    ['\u0089PNG\r\n\u001a\n\0\0', 'torrent-none', /^it is in another format$/],
    ['d8:announce3:abce', 'torrent-none', /^it holds no "info"/],
    [`d4:info${v1Bytes}`, 'torrent-truncated', /^it is cut off after \d+ bytes/],
    ['d8:announce99:abc', 'torrent-truncated', /^it is cut off/],
    [`d4:info${v1Bytes.replace('i5e', 'i5x')}e`, 'torrent-damaged', /^it is damaged/],
  ];
  for (const [text, code, message] of cases) {
    const result = decodeMetainfo(fromByteString(text), nodeHasher);
    assert.ok(!result.ok, text);
    assert.equal(result.error.code, code, text);
    assert.match(result.error.message, message, text);
    assert.doesNotMatch(result.error.message, /at byte/);
  }
  const broken = decodeMetainfo(fromByteString('d1:ax'), nodeHasher);
  assert.equal(broken.ok ? '' : broken.error.detail, 'no value starts so at byte 4 (bencode-syntax)');
});

test('a pad file needs no path; any number but 0 makes a share private', () => {
  const files = [
    { length: 5, path: ['a'] },
    { length: 11, attr: 'p' },
  ];
  const padded = read({ ...v1, length: undefined, files });
  assert.ok(padded.ok);
  assert.deepEqual(padded.value.info.files[1]!.path, ['.pad', '11']);
  for (const [value, expected] of [
    [0, false],
    [1, true],
    [2, true],
    [-1, true],
    [2n ** 64n, true],
    [undefined, false],
  ] as const) {
    const result = read({ ...v1, private: value });
    assert.equal(result.ok && result.value.info.isPrivate, expected);
  }
});

test('refused: no info, no dictionary', () => {
  assert.equal(decodeMetainfo(encodeBencode({ a: 1 }), nodeHasher).ok, false);
  assert.equal(decodeMetainfo(encodeBencode([1]), nodeHasher).ok, false);
  assert.equal(decodeMetainfo(new Uint8Array(0), nodeHasher).ok, false);
});

test('the info hash is over the bytes as they came, also when their keys are unsorted (BEP 3)', () => {
  const bytes = new TextEncoder().encode('d4:infod4:name1:n12:piece lengthi16384e6:pieces0:6:lengthi0eee');
  const result = decodeMetainfo(bytes, nodeHasher);
  assert.ok(result.ok);
  assert.equal(toHex(result.value.infoHashV1!), toHex(nodeHasher.sha1(bytes.subarray(7, bytes.length - 1))));
});

test('trackers in tiers, web seeds, private, source, comment', () => {
  const result = read(
    { ...v1, private: 1, source: 'S' },
    {
      announce: 'http://a/announce',
      'announce-list': [['http://a/announce', 'udp://b:1'], [], ['http://c/']],
      'url-list': ['http://w/', 'ftp://no/', 'http://w/'],
      comment: 'c',
      'creation date': 7,
    },
  );
  assert.ok(result.ok);
  const { trackers, webSeeds, comment, creationDate, info } = result.value;
  assert.deepEqual(trackers, [['http://a/announce', 'udp://b:1'], ['http://c/']]);
  assert.deepEqual(webSeeds, ['http://w/']);
  assert.deepEqual([comment, creationDate, info.isPrivate, info.source], ['c', 7, true, 'S']);
  const again = decodeMetainfo(encodeMetainfo(result.value), nodeHasher);
  assert.ok(again.ok);
  const { notices, ...rest } = result.value;
  assert.match(notices![0]!.message, /"ftp:\/\/no\/", which is no http address/);
  assert.deepEqual(again.value, rest);
});

function layered() {
  const layer = new Uint8Array(64).fill(3);
  const piecesRoot = merkleRoot(layer, 2, 0, nodeHasher);
  const tree = { n: { '': { length: 20000, 'pieces root': piecesRoot } } };
  return { layer, piecesRoot, info: { ...v2, 'file tree': tree } };
}

test('a right piece layer is kept; a wrong or missing one is left to peers, with a notice', () => {
  const { layer, piecesRoot, info } = layered();
  const key = String.fromCharCode(...piecesRoot);
  const good = read(info, { 'piece layers': new Map([[key, layer]]) });
  assert.ok(good.ok && hasAllLayers(good.value));
  assert.deepEqual(good.value.pieceLayers.get(toHex(piecesRoot)), layer);
  assert.equal(good.value.notices, undefined);
  const faulty: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ 'piece layers': new Map([[key, new Uint8Array(64).fill(4)]]) }, 'torrent-layer-wrong'],
    [{ 'piece layers': new Map([[key, layer.subarray(0, 32)]]) }, 'torrent-layer-wrong'],
    [{ 'piece layers': new Map([[key, 7]]) }, 'torrent-layer-wrong'],
    [{ 'piece layers': new Map([['x', layer]]) }, 'torrent-layer-missing'],
    [{ 'piece layers': [] }, 'torrent-layer-missing'],
    [{}, 'torrent-layer-missing'],
  ];
  for (const [outer, code] of faulty) {
    const result = read(info, outer);
    assert.ok(result.ok && !hasAllLayers(result.value));
    assert.equal(result.value.pieceLayers.size, 0);
    assert.deepEqual(
      result.value.notices?.map((notice) => notice.code),
      [code],
    );
    assert.deepEqual(result.value.infoHashV2, good.value.infoHashV2);
  }
});

/** The outer dictionary in forms that are not canonical: only the info dictionary counts, and its hash stays. */
const generous: readonly (readonly [string, string, readonly string[]])[] = [
  ['a line end behind it', `d4:info${v1Bytes}e\r\n`, ['bencode-trailing']],
  ['a page behind it', `d4:info${v1Bytes}e<b>Warning</b>: x`, ['bencode-trailing']],
  ['a key twice', `d7:comment1:a7:comment1:b4:info${v1Bytes}e`, ['bencode-duplicate-key']],
  ['info twice', `d4:info${v1Bytes}4:infodee`, ['bencode-duplicate-key']],
  ['keys out of order', `d4:info${v1Bytes}7:comment1:ae`, ['bencode-unsorted']],
  ['a leading zero', `d13:creation datei007e4:info${v1Bytes}e`, ['bencode-number']],
  ['minus zero', `d13:creation datei-0e4:info${v1Bytes}e`, ['bencode-number']],
  ['a length with a zero before it', `d07:comment1:a4:info${v1Bytes}e`, ['bencode-number']],
];
for (const [name, text, codes] of generous) {
  test(`a torrent with ${name} is taken, with a notice, and keeps its hash`, () => {
    const result = decodeMetainfo(fromByteString(text), nodeHasher);
    assert.ok(result.ok);
    assert.equal(toHex(result.value.infoHashV1!), infoHash);
    assert.deepEqual(
      result.value.notices?.map((notice) => notice.code),
      codes,
    );
    assert.ok(['a', undefined].includes(result.value.comment), 'of a key that stands twice the first counts');
    const again = decodeMetainfo(encodeMetainfo(result.value), nodeHasher);
    assert.ok(again.ok && again.value.notices === undefined);
    assert.deepEqual(again.value.infoBytes, fromByteString(v1Bytes));
  });
}

test('a v1 info dictionary that is not canonical keeps its bytes and their hash; a v2 one is refused (BEP 52)', () => {
  const departures = [
    ['6:lengthi5e', '6:lengthi05e'],
    ['6:lengthi5e', '6:lengthi5e6:lengthi7e'],
    ['4:name1:n', '1:zi1e4:name1:n'],
    ['4:name1:n', '04:name1:n'],
  ] as const;
  const v2Bytes = toByteString(encodeBencode({ ...v2, length: 5 } as Encodable));
  for (const [from, to] of departures) {
    const info = v1Bytes.replace(from, to);
    assert.notEqual(info, v1Bytes);
    const result = decodeMetainfo(fromByteString(`d4:info${info}e`), nodeHasher);
    assert.ok(result.ok, to);
    assert.equal(result.value.info.files[0]!.lengthBytes, 5);
    assert.equal(toHex(result.value.infoHashV1!), toHex(nodeHasher.sha1(fromByteString(info))));
    assert.match(result.value.notices![0]!.message, /in the info dictionary/);
    assert.deepEqual(
      encodeMetainfo(result.value).subarray(0, info.length + 8),
      fromByteString(`d4:info${info}e`),
    );
    const strict = decodeMetainfo(fromByteString(`d4:info${v2Bytes.replace(from, to)}e`), nodeHasher);
    assert.match(strict.ok ? 'ok' : strict.error.code, /^bencode-(number|duplicate-key|unsorted)$/, to);
  }
});

test('a part beside the info dictionary that is broken is left out, with a notice', () => {
  const broken: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ announce: 5 }, /"announce" holds what is no text: ignored/],
    [{ announce: 'no address' }, /"announce" holds "no address", which is no address: ignored/],
    [{ 'announce-list': 5, announce: 'http://t/' }, /"announce-list" is no list: ignored/],
    [{ 'announce-list': [[7], ['http://t/']] }, /"announce-list" holds what is no text/],
    [{ 'url-list': 5 }, /"url-list" is no list/],
    [{ 'url-list': ['x', 'http://w/'] }, /"url-list" holds "x", which is no address/],
    [{ 'url-list': 'ftp://w/' }, /"url-list" names "ftp:\/\/w\/", which is no http address/],
    [{ nodes: 'x' }, /"nodes" is no list/],
    [
      {
        nodes: [
          ['h', 0],
          ['1.2.3.4', 5],
        ],
      },
      /"nodes" holds an entry/,
    ],
    [{ 'creation date': 'today' }, /"creation date" is no time/],
    [{ 'creation date': -1 }, /"creation date" is no time/],
    [{ comment: 5, 'created by': [] }, /"comment" is no text/],
  ];
  for (const [outer, expected] of broken) {
    const result = read(v1, outer);
    assert.ok(result.ok, JSON.stringify(outer));
    assert.match(result.value.notices?.[0]?.message ?? '', expected);
    assert.equal(toHex(result.value.infoHashV1!), infoHash);
  }
  const rest = read(v1, { 'announce-list': [[7], [' http://t/ ']], 'url-list': ['x', ' http://w/'] });
  assert.ok(rest.ok);
  assert.deepEqual([rest.value.trackers, rest.value.webSeeds], [[['http://t/']], ['http://w/']]);
  const fallback = read(v1, { 'announce-list': 5, announce: 'http://t/' });
  assert.ok(fallback.ok);
  assert.deepEqual(fallback.value.trackers, [['http://t/']]);
});

test('a canonical torrent has no notices; empty announces are none either', () => {
  for (const outer of [
    {},
    { announce: '' },
    { 'announce-list': [['']] },
    { 'url-list': '' },
    { 'url-list': [] },
  ]) {
    const result = read(v1, outer);
    assert.ok(result.ok);
    assert.equal(result.value.notices, undefined, JSON.stringify(outer));
  }
});

test('notices are bounded', () => {
  const result = read(v1, { 'url-list': Array.from({ length: 900 }, (_, i) => `x${i}`) });
  assert.ok(result.ok);
  assert.equal(result.value.notices?.length, 20);
});

test('attributes: pads, executables, links (BEP 47)', () => {
  const files = [
    { length: 5, path: ['a'], attr: 'x' },
    { length: 16379, path: ['.pad', '16379'], attr: 'p' },
    { length: 0, path: ['l'], attr: 'l', 'symlink path': ['a'] },
  ];
  const result = read({ ...v1, length: undefined, files });
  assert.ok(result.ok);
  const [a, pad, link] = result.value.info.files;
  assert.ok(a!.isExecutable && pad!.isPad);
  assert.deepEqual(link!.symlinkTarget, ['a']);
});

// libtorrent and Transmission read these as well. The first line is from a program of 2005.
const odd: readonly (readonly [readonly string[], string])[] = [
  [['', 'one.bin'], '_/one.bin'],
  [['.'], '_'],
  [['..', '..', 'etc', 'passwd'], '_/_/etc/passwd'],
  [['/etc/passwd'], '_etc_passwd'],
  [['a/../../b', 'c\0d'], 'a_.._.._b/c_d'],
  [['...'], '...'],
];
for (const [path, expected] of odd) {
  test(`no path leaves its folder: ${JSON.stringify(path)}`, () => {
    const info = { ...v1, length: undefined, files: [{ length: 5, path }] };
    const result = read(info);
    assert.ok(result.ok);
    assert.equal(result.value.info.files[0]!.path.join('/'), expected);
    assert.deepEqual(result.value.infoHashV1, nodeHasher.sha1(encodeBencode(info as Encodable)));
    const name = read({ ...v1, name: path[0] });
    assert.ok(name.ok);
    assert.equal(name.value.info.name, expected.split('/')[0]);
  });
}

test('names in a file tree are made fit, too; both halves of a hybrid still fit each other', () => {
  const files = [
    { length: 5, path: ['..', 'a'] },
    { length: 16379, attr: 'p' },
  ];
  const result = read({ ...v1, ...v2, length: undefined, files, 'file tree': { '..': { a: leaf(5) } } });
  assert.ok(result.ok);
  assert.deepEqual(
    result.value.info.files.map(({ path }) => path.join('/')),
    ['_/a'],
  );
});

test('the target of a link has no steps out of the share', () => {
  const files = [
    { length: 5, path: ['a'] },
    { length: 0, path: ['l'], attr: 'l', 'symlink path': ['..', '.', 'b/c', 'a'] },
  ];
  const result = read({ ...v1, length: undefined, files });
  assert.ok(result.ok);
  assert.deepEqual(result.value.info.files[1]!.symlinkTarget, ['b_c', 'a']);
});

test('files are ordered by raw bytes, folder by folder', () => {
  const sorted = sortFiles([['b'], ['a', 'z'], ['a.x'], ['a', 'B']].map((path) => ({ path })));
  assert.deepEqual(
    sorted.map(({ path }) => path.join('/')),
    ['a/B', 'a/z', 'a.x', 'b'],
  );
});

test('geometry of v1: slices cross files, pads are files', () => {
  const files = [
    { length: 10, path: ['a'] },
    { length: 0, path: ['e'] },
    { length: 16384, path: ['b'] },
  ];
  const result = read({ ...v1, length: undefined, files, pieces: new Uint8Array(40) });
  assert.ok(result.ok);
  const geometry = new Geometry(result.value.info);
  assert.deepEqual([geometry.pieceCount, geometry.pieceLength(1), geometry.blockCount(0)], [2, 10, 1]);
  assert.deepEqual(geometry.slices(0, 5, 100), [
    { file: 0, fileOffset: 5, length: 5 },
    { file: 2, fileOffset: 0, length: 95 },
  ]);
  assert.deepEqual([geometry.filePieces(2), geometry.filePieces(1)], [[0, 1], undefined]);
});

test('geometry of a hybrid: files start pieces, v1 hashes cover the pads', () => {
  const source = [
    { path: ['a'], lengthBytes: 20000, isExecutable: false },
    { path: ['b'], lengthBytes: 7, isExecutable: false },
  ];
  const options = { version: 'hybrid' as const, name: 'n', isSingleFile: false, pieceLength: 32768 };
  const info = buildInfo(source, options, { v1Hashes: new Uint8Array(40), piecesRoots: [root, root] });
  const result = metainfoFromInfo(info, nodeHasher);
  assert.ok(result.ok);
  const geometry = new Geometry(result.value.info);
  assert.deepEqual(
    [geometry.pieceCount, geometry.pieceLength(0), geometry.hashedLength(0)],
    [2, 20000, 32768],
  );
  assert.deepEqual(
    [geometry.pieceLength(1), geometry.hashedLength(1), geometry.blockLength(0, 1)],
    [7, 32768, 3616],
  );
  assert.deepEqual([geometry.treeWidth(0), geometry.treeWidth(1), geometry.dataLength], [2, 1, 20007]);
});
