// Files that are there when a fetched share starts: the table "What is there already" of docs/storage.md.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FileHandles } from '../../disk/file-handles.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { createGeometry } from '../../../../testkit/geometry.ts';
import { type FileHistory, findExisting, goOnAsPart, settleExisting } from './existing-files.ts';
import { ShareFiles } from './share-files.ts';

/** File 0 lies in pieces 0 and 1, file 1 in 1, 2 and 3. Piece 1 has 50 bytes of each. */
const LENGTHS = [150, 250];

const temporary = mkdtempSync(join(tmpdir(), 'shoal-existing-'));
after(() => rmSync(temporary, { recursive: true }));

const geometry = createGeometry(LENGTHS);

/** Data of a file: `x` where it is written, and zeros. */
function written(...stretches: readonly (readonly [number, number])[]): (length: number) => Buffer {
  return (length) => {
    const bytes = Buffer.alloc(length);
    for (const [from, to] of stretches) bytes.fill('x', Math.min(from, length), Math.min(to, length));
    return bytes;
  };
}
const full = written([0, 1000]);

/** By piece: right, wrong, or not judged. */
function verdictsOf(pieces: string): { right: Bitfield; wrong: Bitfield; wrongFiles: Set<number> } {
  const [right, wrong] = [new Bitfield(4), new Bitfield(4)];
  for (const [piece, verdict] of [...pieces].entries()) {
    if (verdict === 'r') right.add(piece);
    else if (verdict === 'w') wrong.add(piece);
  }
  return { right, wrong, wrongFiles: new Set() };
}

interface Case {
  readonly what: string;
  /** The names in the folder that begin with `f0`, and what they hold. */
  readonly left: Readonly<Record<string, (length: number) => Buffer>>;
  readonly size?: number;
  readonly pieces: string;
  readonly history?: Partial<FileHistory>;
  /** The names afterwards, or the code of the refusal. */
  readonly outcome: string;
  readonly state?: string;
  readonly warns?: boolean;
}

const cases: readonly Case[] = [
  { what: 'every piece is right', left: { f0: full }, pieces: 'rr--', outcome: 'f0', state: 'finished' },
  {
    what: 'its own pieces are right, a shared one is not judged',
    left: { f0: full },
    pieces: 'r---',
    outcome: 'f0',
    state: 'compared',
  },
  {
    what: 'its own pieces are right, a shared one is wrong',
    left: { f0: full },
    pieces: 'rw--',
    outcome: 'f0',
    state: 'compared',
  },
  {
    what: 'nothing is written where a piece is missing',
    left: { f0: written([0, 100]) },
    pieces: 'r---',
    outcome: 'f0.part',
  },
  { what: 'some pieces are right', left: { f0: full }, pieces: 'wr--', outcome: 'f0.part', warns: true },
  { what: 'it holds zeros only', left: { f0: written() }, pieces: 'ww--', outcome: 'f0.part' },
  { what: 'it is short', left: { f0: full }, size: 100, pieces: 'r---', outcome: 'f0.part' },
  { what: 'it is empty', left: { f0: full }, size: 0, pieces: '----', outcome: 'f0.part' },
  { what: 'no piece is right', left: { f0: full }, pieces: 'ww--', outcome: 'name-conflict' },
  { what: 'it is too long', left: { f0: full }, size: 151, pieces: 'rr--', outcome: 'name-conflict' },
  {
    what: 'it was complete here and was changed since',
    left: { f0: full },
    pieces: 'wr--',
    history: { wasComplete: true },
    outcome: 'name-conflict',
  },
  {
    what: 'it is as we left it, and only a neighbour is missing',
    left: { f0: written([0, 100]) },
    pieces: 'r---',
    history: { isOurs: true, wasComplete: true },
    outcome: 'f0',
    state: 'finished',
  },
  {
    what: 'it is unfinished and a part is there as well',
    left: { f0: written([0, 100]), 'f0.part': full },
    pieces: 'r---',
    outcome: 'name-conflict',
  },
  {
    what: 'a part of ours',
    left: { 'f0.part': full },
    pieces: 'ww--',
    history: { isBegun: true },
    outcome: 'f0.part',
  },
  {
    what: "another's part with right pieces",
    left: { 'f0.part': full },
    pieces: 'wr--',
    outcome: 'f0.part',
    warns: true,
  },
  {
    what: "another's part with other content",
    left: { 'f0.part': full },
    pieces: 'ww--',
    outcome: 'name-conflict',
  },
  { what: 'a part of zeros', left: { 'f0.part': written() }, pieces: 'ww--', outcome: 'f0.part' },
  { what: "qBittorrent's, with right pieces", left: { 'f0.!qB': full }, pieces: 'r---', outcome: 'f0.part' },
  {
    what: "qBittorrent's name on other content",
    left: { 'f0.!qB': full },
    pieces: 'ww--',
    outcome: 'f0.!qB',
  },
];

function rig(): { dir: string; share: ShareFiles } {
  const dir = mkdtempSync(join(temporary, 'out-'));
  mkdirSync(join(dir, 's'));
  const plan = {
    outputDir: dir,
    paths: [
      ['s', 'f0'],
      ['s', 'f1'],
    ],
    wanted: new Set([0, 1]),
    edgesPath: join(dir, 'edges'),
  };
  return { dir, share: ShareFiles.fetched(geometry, plan, new FileHandles()) };
}

for (const { what, left, size = 150, pieces, history = {}, outcome, state, warns = false } of cases) {
  test(`there already: ${what}`, async () => {
    const { dir, share } = rig();
    for (const [name, content] of Object.entries(left)) writeFileSync(join(dir, 's', name), content(size));
    const before = readdirSync(join(dir, 's')).sort().join();
    const warnings: string[] = [];
    const unknown = { isOurs: false, wasComplete: false, isBegun: false };
    const historyOf = (file: number): FileHistory =>
      file === 0 ? { ...unknown, size, ...history } : { ...unknown, size: -1 };
    const run = async (): Promise<void> => {
      const existing = await findExisting(share, undefined);
      await settleExisting(share, existing, verdictsOf(pieces), historyOf, (message) =>
        warnings.push(message),
      );
    };
    const code = await run().then(
      () => undefined,
      (error: unknown) => (error instanceof ShoalError ? error.code : String(error)),
    );
    const names = readdirSync(join(dir, 's')).sort().join();
    assert.equal(code ?? names, outcome);
    if (code !== undefined) assert.equal(names, before, 'nothing was renamed');
    if (code === undefined) assert.equal(share.stateOf(0)?.kind, state);
    assert.equal(warnings.length, warns ? 1 : 0);
    share.handles.closeAll();
  });
}

const slice = { file: 0, fd: -1, fileOffset: 100, length: 50 };

test('a compared file that differs goes on as a part if pieces of it are right, with a warning', async () => {
  const { dir, share } = rig();
  writeFileSync(join(dir, 's', 'f0'), full(150));
  share.compareOnly(0, true);
  const warnings: string[] = [];
  const say = (message: string): void => void warnings.push(message);
  assert.equal(await goOnAsPart(share, slice, (piece) => piece === 0, say), true);
  assert.deepEqual(readdirSync(join(dir, 's')), ['f0.part']);
  assert.match(warnings.join(), /1 of its 2 pieces hold other bytes/);
  assert.equal(await goOnAsPart(share, slice, () => true, say), false, 'it is a part already');
});

test('a compared file that differs is left alone if no piece of it is right, or if it was complete here', async () => {
  for (const [mayBecomePart, isRight] of [
    [true, false],
    [false, true],
  ] as const) {
    const { dir, share } = rig();
    writeFileSync(join(dir, 's', 'f0'), full(150));
    share.compareOnly(0, mayBecomePart);
    await assert.rejects(
      goOnAsPart(share, slice, () => isRight, assert.fail),
      { code: 'name-conflict' },
    );
    assert.deepEqual(readdirSync(join(dir, 's')), ['f0']);
  }
});

test('a compared file that was moved away is fetched', async () => {
  const { share } = rig();
  share.compareOnly(0, true);
  await assert.rejects(
    goOnAsPart(share, slice, () => true, assert.fail),
    { code: 'not-found' },
  );
  assert.equal(share.isFinished(0), false);
});
