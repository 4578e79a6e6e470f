// Files that are chosen before it is known what a share holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode } from '../../../ground/bencode.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { metainfoFromInfo } from '../../../data/content/metainfo.ts';
import { isChosen, settleChoice } from './choose-files.ts';

const info = encodeBencode({
  name: 'album',
  'piece length': 16_384,
  pieces: new Uint8Array(60),
  files: [
    { length: 16_384, path: ['one.flac'] },
    { length: 16_384, path: ['art', 'cover.jpg'] },
    { length: 16_384, path: ['art', 'back.png'] },
  ],
});
const decoded = metainfoFromInfo(info, nodeHasher);
assert.ok(decoded.ok);
const metainfo = decoded.value;

test('globs match the path of a file, or its name alone', () => {
  assert.equal(isChosen('art/cover.jpg', ['*.jpg']), true);
  assert.equal(isChosen('art/cover.jpg', ['art/*']), true);
  assert.equal(isChosen('art/cover.jpg', ['cover.png', '*.flac']), false);
});

test('a choice becomes indexes of unwanted files, once', () => {
  assert.deepEqual(settleChoice({ selectGlobs: ['*.flac', 'back*'] }, metainfo), {
    unwanted: [1],
    selectGlobs: undefined,
    selectRanges: undefined,
  });
  assert.deepEqual(settleChoice({ selectRanges: [[1, 2]] }, metainfo).unwanted, [0]);
  const preferences = { unwanted: [2] };
  assert.equal(settleChoice(preferences, metainfo), preferences);
});

test('a choice of nothing is an error, not a share of nothing', () => {
  assert.throws(() => settleChoice({ selectGlobs: ['*.mkv'] }, metainfo), {
    code: 'bad-argument',
    message: 'the selection matches none of the 3 files',
  });
});
