// Finding the files of a share on a disk: their own names first, then the safe ones, then those of other clients.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { InfoDictionary } from '../../content/model.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import { safeName } from '../safe-path.ts';
import { findPaths, locate } from './find-paths.ts';

/** A file of each path; its length is its number, from 1. */
function describe(name: string, paths: readonly string[], isSingleFile = false): InfoDictionary {
  const files = paths.map((path, i) => ({
    path: path.split('/'),
    lengthBytes: i + 1,
    offset: 0,
    isPad: false,
    isExecutable: false,
    isHidden: false,
  }));
  return { version: 'v1', name, isSingleFile, isPrivate: false, pieceLength: 16384, files };
}

function inTemp(
  there: Readonly<Record<string, number>>,
  work: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-find-'));
  for (const [path, length] of Object.entries(there)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), new Uint8Array(length));
  }
  return work(dir).finally(() => rmSync(dir, { recursive: true }));
}

const LONG = 'l'.repeat(251);

interface Case {
  readonly what: string;
  readonly name?: string;
  readonly paths: readonly string[];
  readonly there: Readonly<Record<string, number>>;
  readonly found: readonly string[];
  readonly isFetched?: boolean;
  readonly known?: Readonly<Record<number, string>>;
}

const cases: readonly Case[] = [
  {
    what: 'its own names, however awkward',
    name: 'What? A "Test"',
    paths: ['a: b.txt', 'con', 'sub. /x|y', 'README', 'readme', '\u0007bell', `${LONG}.txt`],
    there: {
      'What? A "Test"/a: b.txt': 1,
      'What? A "Test"/con': 2,
      'What? A "Test"/sub. /x|y': 3,
      'What? A "Test"/README': 4,
      'What? A "Test"/readme': 5,
      'What? A "Test"/\u0007bell': 6,
      [`What? A "Test"/${LONG}.txt`]: 7,
    },
    found: [
      'What? A "Test"/a: b.txt',
      'What? A "Test"/con',
      'What? A "Test"/sub. /x|y',
      'What? A "Test"/README',
      'What? A "Test"/readme',
      'What? A "Test"/\u0007bell',
      `What? A "Test"/${LONG}.txt`,
    ],
  },
  {
    what: 'safe names',
    name: 'What?',
    paths: ['a:', 'README', 'readme'],
    there: { 'What_/a_': 1, 'What_/README': 2, 'What_/readme (2)': 3 },
    found: ['What_/a_', 'What_/README', 'What_/readme (2)'],
  },
  {
    what: 'nothing yet: safe names',
    name: 'What?',
    paths: ['a:', 'x'],
    there: {},
    found: ['What_/a_', 'What_/x'],
  },
  {
    what: 'what is missing goes to the folder that exists, under a safe name',
    name: 'What?',
    paths: ['a:', 'x', 'sub?/y*'],
    there: { 'What?/x': 2 },
    found: ['What?/a_', 'What?/x', 'What?/sub_/y_'],
  },
  {
    what: 'some lie here, some there',
    name: 'What?',
    paths: ['a:', 'x'],
    there: { 'What?/x': 2, 'What_/a_': 1 },
    found: ['What_/a_', 'What?/x'],
  },
  {
    what: "a safe name that is another file's own name: all are there under their own names",
    paths: ['a?', 'a_'],
    there: { 'n/a?': 1, 'n/a_': 2 },
    found: ['n/a?', 'n/a_'],
  },
  {
    what: "a safe name that is another file's own name: all are there under safe names",
    paths: ['a?', 'a_'],
    there: { 'n/a_': 1, 'n/a_ (2)': 2 },
    found: ['n/a_', 'n/a_ (2)'],
  },
  {
    what: 'a new file does not take the name of one that is there',
    paths: ['a?', 'a_', 'A_'],
    there: { 'n/a_': 2 },
    found: ['n/a_ (2)', 'n/a_', 'n/A_ (3)'],
  },
  {
    what: 'the same path twice is two files',
    paths: ['x', 'x'],
    there: { 'n/x': 1 },
    found: ['n/x', 'n/x (2)'],
  },
  {
    what: 'parts of ours and of qBittorrent',
    paths: ['a?', 'b?', 'c?'],
    there: { 'n/a?.part': 1, 'n/b?.!qB': 1 },
    found: ['n/a?', 'n/b?', 'n/c_'],
  },
  {
    what: 'parts are nothing that is shared in place',
    paths: ['a?', 'b?'],
    there: { 'n/a?.part': 1, 'n/b?': 2 },
    found: ['n/a_', 'n/b?'],
    isFetched: false,
  },
  {
    what: 'names that libtorrent and Transmission make',
    paths: ['a\\b\u200e', ' c:. '],
    there: { 'n/ab': 1, 'n/c_': 2 },
    found: ['n/ab', 'n/c_'],
  },
  {
    what: 'files that libtorrent numbers',
    paths: ['README', 'readme', 'A.txt', 'a.txt', 'a.TXT', 'x (2)', 'x'],
    there: {
      'n/README': 1,
      'n/readme.1': 2,
      'n/A.txt': 3,
      'n/a.1.txt': 4,
      'n/a.2.TXT': 5,
      'n/x (2)': 6,
      'n/x': 7,
    },
    found: ['n/README', 'n/readme.1', 'n/A.txt', 'n/a.1.txt', 'n/a.2.TXT', 'n/x (2)', 'n/x'],
  },
  {
    what: 'a file of the share that is called like the part of another',
    paths: ['x.part', 'x', 'y?.!qB', 'y?'],
    there: { 'n/x.part': 1, 'n/y_.!qB': 2 },
    found: ['n/x.part', 'n/x (2)', 'n/y_.!qB', 'n/y_'],
  },
  {
    what: 'a folder in the way is not the file',
    paths: ['a?'],
    there: { 'n/a?/x': 1 },
    found: ['n/a_'],
  },
  {
    what: 'a name that no system can have',
    paths: [`${'é'.repeat(200)}`],
    there: {},
    found: [`n/${safeName('é'.repeat(200))}`],
  },
  {
    what: 'a known path comes first, there or not',
    paths: ['a?', 'b', 'c?'],
    there: { 'n/a?': 1, 'n/named': 2, 'n/a_': 1, 'n/c?': 3 },
    known: { 0: 'n/a_', 1: 'n/named', 2: 'n/gone' },
    found: ['n/a_', 'n/named', 'n/c?'],
  },
];
for (const { what, name = 'n', paths, there, found, isFetched = true, known } of cases) {
  test(`found: ${what}`, () =>
    inTemp(there, async (dir) => {
      const info = describe(name, paths);
      const result = await findPaths(nodeDisk, info, {
        folder: dir,
        isFetched,
        known: (file) => known?.[file]?.split('/'),
      });
      assert.deepEqual(
        result.map((path) => path!.join('/')),
        found,
      );
    }));
}

test('pads lie nowhere', () =>
  inTemp({ 'n/a?': 1 }, async (dir) => {
    const info = describe('n', ['a?', '.pad/1']);
    const files = info.files.map((file, i) => ({ ...file, isPad: i === 1 }));
    const result = await findPaths(nodeDisk, { ...info, files }, { folder: dir, isFetched: true });
    assert.deepEqual(result, [['n', 'a?'], undefined]);
  }));

test('located: in a folder, as the folder itself, and where it holds more of it', () =>
  inTemp({ 'in/What?/x:': 1, 'music/music/other': 1, 'music/x:': 1, 'Single?': 1 }, async (dir) => {
    const at = async (info: InfoDictionary, path: string, isRoot = false): Promise<readonly unknown[]> => {
      const located = await locate(nodeDisk, info, join(dir, path), isRoot);
      return [located.path.slice(dir.length + 1), located.diskPaths[0]!.slice(dir.length + 1)];
    };
    const what = describe('What?', ['x:']);
    assert.deepEqual(await at(what, 'in'), ['in/What?', 'in/What?/x:']);
    assert.deepEqual(await at(what, 'in/What?'), ['in/What?', 'in/What?/x:']);
    // Its folder holds another of the same name.
    const music = describe('music', ['x:']);
    assert.deepEqual(await at(music, 'music'), ['music', 'music/x:']);
    // Called otherwise, it is found by a person's word alone.
    const renamed = describe('renamed', ['x:']);
    assert.deepEqual(await at(renamed, 'music', true), ['music', 'music/x:']);
    await assert.rejects(at(renamed, 'music'), { code: 'not-found' });
    const single = describe('Single?', ['Single?'], true);
    assert.deepEqual(await at(single, ''), ['Single?', 'Single?']);
    assert.deepEqual(await at(single, 'Single?'), ['Single?', 'Single?']);
  }));
