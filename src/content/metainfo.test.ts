// Metainfo: what is read, what is refused and why, and that writing inverts reading.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode, type Encodable } from '../ground/bencode.ts';
import { toHex } from '../ground/bytes.ts';
import { nodeHasher } from '../ground/node/hasher.ts';
import { buildInfo, sortFiles } from './build-info.ts';
import { Geometry } from './geometry.ts';
import { merkleRoot } from './merkle.ts';
import { decodeMetainfo, decodeStoredMetainfo, encodeMetainfo, metainfoFromInfo } from './metainfo.ts';

const hash20 = new Uint8Array(20).fill(1);
const root = new Uint8Array(32).fill(2);
const v1 = { name: 'n', 'piece length': 16384, pieces: hash20, length: 5 };
const leaf = (length: number, extra = {}) => ({ '': { length, 'pieces root': root, ...extra } });
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
  ['v2 file without a root', { ...v2, 'file tree': { n: { '': { length: 5 } } } }, 'torrent-pieces-root'],
  [
    'v2 name is file and folder',
    { ...v2, 'file tree': { n: { ...leaf(5), x: leaf(1) } } },
    'torrent-file-tree',
  ],
  ['v2 without its piece layer', { ...v2, 'file tree': { n: leaf(20000) } }, 'torrent-layer-missing'],
  ['hybrid with other files', { ...v2, ...v1, length: 6 }, 'torrent-hybrid'],
];
for (const [name, info, code] of refused) {
  test(`refused: ${name}`, () => {
    const result = read(info);
    assert.equal(result.ok ? 'ok' : result.error.code, code);
  });
}

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
  assert.deepEqual(again.value, result.value);
});

function layered() {
  const layer = new Uint8Array(64).fill(3);
  const piecesRoot = merkleRoot(layer, 2, 0, nodeHasher);
  const tree = { n: { '': { length: 20000, 'pieces root': piecesRoot } } };
  return { layer, piecesRoot, info: { ...v2, 'file tree': tree } };
}

test('a piece layer that does not hash to its root is refused, a right one is kept', () => {
  const { layer, piecesRoot, info } = layered();
  const key = String.fromCharCode(...piecesRoot);
  const good = read(info, { 'piece layers': new Map([[key, layer]]) });
  assert.ok(good.ok);
  assert.deepEqual(good.value.pieceLayers.get(toHex(piecesRoot)), layer);
  const wrong = read(info, { 'piece layers': new Map([[key, new Uint8Array(64).fill(4)]]) });
  assert.equal(wrong.ok ? 'ok' : wrong.error.code, 'torrent-layer-wrong');
});

test('a stored torrent may lack its layers', () => {
  const bytes = encodeBencode({ info: layered().info } as Encodable);
  assert.equal(decodeMetainfo(bytes, nodeHasher).ok, false);
  assert.ok(decodeStoredMetainfo(bytes, nodeHasher).ok);
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

// What libtorrent and Transmission read as well; the first line is from a program of 2005.
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
