// Moving the files of a share: within a file system, across two, and once more after a crash.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Disk, nodeDisk } from '../../../ground/node/disk.ts';
import { detach, type MovePlan, moveFiles, requireFree } from './mover.ts';

const temporary = mkdtempSync(join(tmpdir(), 'shoal-mover-'));
after(() => rmSync(temporary, { recursive: true }));

/** Another file system lies between the two folders. */
const across: Disk = {
  ...nodeDisk,
  rename: (from, to) =>
    from.includes('/from/') && to.includes('/to/')
      ? Promise.reject(Object.assign(new Error('across'), { code: 'EXDEV' }))
      : nodeDisk.rename(from, to),
};

function createPlan(): MovePlan {
  const dir = mkdtempSync(join(temporary, 'move-'));
  const plan = {
    from: join(dir, 'from'),
    to: join(dir, 'to'),
    paths: [
      ['s', 'a'],
      ['s', 'sub', 'b'],
      ['s', 'none'],
    ],
  };
  mkdirSync(join(plan.from, 's', 'sub'), { recursive: true });
  writeFileSync(join(plan.from, 's', 'a'), 'a whole file');
  writeFileSync(
    join(plan.from, 's', 'sub', 'b.part'),
    Buffer.concat([Buffer.alloc(2_000_000), Buffer.from('end')]),
  );
  chmodSync(join(plan.from, 's', 'a'), 0o755);
  utimesSync(join(plan.from, 's', 'a'), 1000, 1000);
  return plan;
}

function requireMoved({ from, to }: MovePlan): void {
  assert.equal(readFileSync(join(to, 's', 'a'), 'utf8'), 'a whole file');
  const { mode, mtimeMs } = statSync(join(to, 's', 'a'));
  assert.deepEqual([mode & 0o777, mtimeMs], [0o755, 1_000_000]);
  const part = readFileSync(join(to, 's', 'sub', 'b.part'));
  assert.deepEqual([part.length, part.subarray(-3).toString()], [2_000_003, 'end']);
  assert.deepEqual(readdirSync(join(to, 's')).sort(), ['a', 'sub'], 'and no copy that is under way');
  assert.ok(!existsSync(join(from, 's')), 'the old folders are gone');
}

for (const [where, disk] of [
  ['within a file system', nodeDisk],
  ['across two', across],
] as const) {
  test(`files and parts move ${where}, with their times and modes`, async () => {
    const plan = createPlan();
    await requireFree(disk, plan);
    await moveFiles(disk, plan);
    requireMoved(plan);
  });

  test(`a move ${where} that was cut short is carried on`, async () => {
    const plan = createPlan();
    let calls = 0;
    const dying: Disk = {
      ...disk,
      remove: (path) => (calls++ === 0 ? Promise.reject(new Error('the power goes')) : disk.remove(path)),
      rename: (from, to) =>
        where === 'within a file system' && calls++ === 1
          ? Promise.reject(new Error('the power goes'))
          : disk.rename(from, to),
    };
    await assert.rejects(moveFiles(dying, plan), /the power goes/);
    await moveFiles(disk, plan);
    requireMoved(plan);
  });
}

test('a name that is taken there is refused before anything moves, and never replaced', async () => {
  const plan = createPlan();
  mkdirSync(join(plan.to, 's'), { recursive: true });
  writeFileSync(join(plan.to, 's', 'a'), 'mine');
  await assert.rejects(requireFree(nodeDisk, plan), { code: 'name-conflict' });
  await assert.rejects(moveFiles(nodeDisk, plan), { code: 'name-conflict' });
  assert.equal(readFileSync(join(plan.to, 's', 'a'), 'utf8'), 'mine');
  assert.ok(existsSync(join(plan.from, 's', 'a')));
});

test('a copy that fails leaves nothing behind, and the file where it was', async () => {
  const plan = createPlan();
  const full: Disk = {
    ...across,
    write: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  };
  await assert.rejects(moveFiles(full, plan), { code: 'no-space', message: /cannot move .*\/s\/a/ });
  assert.deepEqual(readdirSync(join(plan.to, 's')), []);
  assert.ok(existsSync(join(plan.from, 's', 'a')));
});

test('a file that has another name as well is copied before it is written to', async () => {
  const { from } = createPlan();
  const [path, other, part] = ['a', 'other', 'a.part'].map((name) => join(from, 's', name)) as [
    string,
    string,
    string,
  ];
  linkSync(path, other);
  await detach(nodeDisk, path, part);
  writeFileSync(part, 'written since');
  assert.equal(readFileSync(other, 'utf8'), 'a whole file');
  assert.ok(!existsSync(path));
});
