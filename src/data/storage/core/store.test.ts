// The rules of the machine that keeps pieces: what is done in which order, and what is lost or tried again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGeometry } from '../../../../testkit/geometry.ts';
import { fail, Rig } from '../../../../testkit/store-rig.ts';

test('a piece is noted, written, synced, claimed; a complete file is named last', () => {
  const rig = new Rig();
  rig.machine.handleArrived({ piece: 0 });
  rig.machine.handleArrived({ piece: 1 });
  assert.deepEqual(rig.take(), ['note soon'], 'in one write');
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note 0,1', 'write 0', 'write 1']);
  rig.written(0, 1);
  rig.machine.handleComplete(rig.now, 0);
  assert.deepEqual(rig.take(), []);
  assert.equal(rig.machine.nextTimeout(), rig.now + 1000);
  rig.timeout();
  assert.deepEqual(rig.take(), ['sync 0,1']);
  rig.machine.handleFilesSynced();
  assert.deepEqual(rig.take(), ['sync folders']);
  rig.machine.handleFoldersSynced(rig.now);
  assert.deepEqual(rig.take(), ['look at 0,1']);
  rig.looked();
  assert.deepEqual(rig.take(), ['journal 2 with []']);
  rig.turned();
  assert.deepEqual(rig.take(), ['commit [0,1] journal 2', 'name 0']);
  rig.machine.handleNamed(rig.now);
  assert.deepEqual(rig.take(), ['finished 0', 'sync folders']);
  rig.machine.handleFoldersSynced(rig.now);
  assert.deepEqual(rig.take(), []);
  assert.equal(rig.machine.nextTimeout(), Number.POSITIVE_INFINITY);
});

test('the files of a piece that was asked for are made after it is noted, one piece at a time', () => {
  const rig = new Rig();
  rig.machine.handleExpected(0);
  rig.machine.handleExpected(2);
  assert.deepEqual(rig.take(), ['note 0', 'prepare 0']);
  rig.arrive(0);
  assert.deepEqual(rig.take(), ['note soon', 'write 0'], 'it is noted already');
  rig.machine.handleHold(rig.now);
  rig.written(0);
  assert.deepEqual(rig.take(), [], 'a file is being made: it is not held yet');
  rig.machine.handlePrepared(rig.now);
  assert.deepEqual(rig.take(), ['sync 0']);
});

test('no file is made for a piece that the journal refuses to note', () => {
  const rig = new Rig();
  rig.notesFail = fail('no-space');
  rig.machine.handleExpected(0);
  assert.deepEqual(rig.take(), ['note 0 fails']);
  rig.notesFail = undefined;
  rig.machine.handleExpected(1);
  assert.deepEqual(rig.take(), ['note 1', 'prepare 1']);
});

test('a save is due 30 s after a piece was written, at once after 256 MiB, a second after a file is complete', () => {
  const MIB = 1024 * 1024;
  const rig = new Rig(createGeometry([512 * MIB], { pieceLength: 64 * MIB }));
  rig.put(0);
  assert.equal(rig.machine.nextTimeout(), 31_000);
  rig.now += 10_000;
  rig.put(1, 2);
  assert.equal(rig.machine.nextTimeout(), 31_000, 'not put off');
  rig.machine.handleComplete(rig.now, 0);
  assert.equal(rig.machine.nextTimeout(), 12_000);
  rig.put(3);
  assert.equal(rig.machine.nextTimeout(), rig.now);
});

test('a piece that is wrong is written nowhere, and is not saved', () => {
  const rig = new Rig();
  rig.arrive(0);
  rig.machine.handleMismatch(rig.now);
  assert.equal(rig.machine.nextTimeout(), Number.POSITIVE_INFINITY);
  assert.equal(rig.machine.has(0), false);
  rig.take();
  rig.arrive(0);
  assert.deepEqual(rig.take(), ['note soon', 'write 0'], 'it is noted already');
});

test('a write into a file that lost its name is done again', () => {
  const rig = new Rig();
  rig.arrive(0);
  rig.take();
  rig.machine.handleStaleWrite({ piece: 0 });
  assert.deepEqual(rig.take(), ['write 0']);
});

test('pieces that come while the journal turns are noted in the new one', () => {
  const rig = new Rig();
  rig.put(0);
  rig.timeout();
  rig.synced();
  rig.looked();
  rig.take();
  rig.arrive(2, 3);
  assert.deepEqual(rig.take(), []);
  rig.turned();
  assert.deepEqual(rig.take(), ['commit [0] journal 2', 'note soon']);
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note 2,3', 'write 2', 'write 3']);
});

test('a save claims nothing that was lost or written while it ran', () => {
  const rig = new Rig();
  rig.put(0, 1, 2);
  rig.machine.handleComplete(rig.now, 0);
  rig.timeout();
  // 0 is lost and comes again; 2 is lost; 3 is new.
  rig.machine.handlePartUnreadable(rig.now, 0, 0, fail('io-error'));
  rig.put(0);
  rig.machine.handlePartUnreadable(rig.now, 1, 2, fail('io-error'));
  rig.put(3);
  rig.synced();
  rig.looked();
  assert.deepEqual(rig.take(), ['sync folders', 'look at 0,1', 'journal 2 with [0,2,3]']);
  rig.turned();
  assert.deepEqual(rig.take(), ['commit [1] journal 2', 'sync folders'], 'file 0 is not named');
  rig.machine.handleFoldersSynced(rig.now);
  rig.timeout();
  assert.deepEqual(rig.take(), ['sync 0,1'], 'what is left is in the next save');
});

test('a complete file waits for the next save when a piece of it came again meanwhile', () => {
  const rig = new Rig();
  rig.put(0, 1);
  rig.machine.handleComplete(rig.now, 0);
  rig.timeout();
  rig.machine.handlePartUnreadable(rig.now, 0, 0, fail('io-error'));
  rig.put(0);
  rig.machine.handleComplete(rig.now, 0);
  rig.saved();
  assert.deepEqual(rig.take().at(-1), 'sync folders', 'it is not named');
  rig.machine.handleFoldersSynced(rig.now);
  assert.equal(rig.machine.nextTimeout(), rig.now + 1000);
  rig.timeout();
  rig.saved();
  assert.deepEqual(rig.take().slice(-2), ['commit [0,1] journal 3', 'name 0']);
});

test('a sync fails: the unsaved part of the file is lost, and only that', () => {
  const rig = new Rig(undefined, [3]);
  rig.put(0, 1, 2);
  rig.timeout();
  rig.take();
  rig.machine.handleFileLost(rig.now, 0, fail('io-error'));
  rig.machine.handleSaveFailed(rig.now, fail('io-error', 'cannot save f0'));
  assert.deepEqual(rig.take(), ['lost 0,1', 'trouble: cannot save f0']);
  assert.deepEqual(
    [0, 1, 2, 3].map((piece) => rig.machine.has(piece)),
    [false, false, true, true],
  );
  rig.timeout();
  assert.deepEqual(rig.take(), ['sync 1']);
  rig.saved();
  assert.deepEqual(rig.take().slice(-2), ['commit [2,3] journal 2', 'recovered']);
});

test('a sync that fails for want of space loses nothing', () => {
  const rig = new Rig();
  rig.put(0);
  rig.timeout();
  rig.machine.handleFileLost(rig.now, 0, fail('no-space'));
  rig.machine.handleSaveFailed(rig.now, fail('no-space'));
  assert.ok(rig.machine.has(0));
  assert.ok(!rig.take().some((text) => text.startsWith('lost')));
});

test('a file is gone: the record says so before anything is made anew, and all of it is lost', () => {
  const rig = new Rig(undefined, [0, 3]);
  rig.put(1, 2);
  rig.machine.handleFileLost(rig.now, 0, fail('not-found'));
  assert.deepEqual(rig.take(), ['commit [3] journal 1 gone 0', 'forget 0', 'reopened 0', 'lost 1,0']);
  // Again, by another read.
  rig.machine.handlePartUnreadable(rig.now, 0, 0, fail('not-found'));
  assert.deepEqual(rig.take(), ['commit [3] journal 1 gone 0', 'forget 0', 'reopened 0']);
});

test('a file is gone and the record cannot be saved: nothing takes its name until it is', () => {
  const rig = new Rig(undefined, [0]);
  rig.commitFails = fail('no-space', 'no record');
  rig.machine.handleFileLost(rig.now, 0, fail('not-found'));
  assert.deepEqual(rig.take(), ['commit [] journal 1 gone 0 fails', 'lost 0', 'trouble: no record']);
  rig.commitFails = undefined;
  rig.machine.handleFileLost(rig.now, 0, fail('not-found'));
  assert.deepEqual(rig.take(), ['commit [] journal 1 gone 0', 'forget 0', 'reopened 0']);
});

test('a piece of a part cannot be read: it is lost once', () => {
  const rig = new Rig(undefined, [0]);
  rig.machine.handlePartUnreadable(rig.now, 0, 0, fail('io-error'));
  rig.machine.handlePartUnreadable(rig.now, 0, 0, fail('io-error'));
  assert.deepEqual(rig.take(), ['lost 0']);
});

test('the journal refuses: nothing is written; one piece tries for all, at growing intervals', () => {
  const rig = new Rig();
  rig.notesFail = fail('no-space', 'no journal');
  rig.arrive(0, 1);
  assert.deepEqual(rig.take(), ['note soon', 'note 0,1 fails', 'trouble: no journal']);
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    waits.push(rig.machine.nextTimeout() - rig.now);
    rig.timeout();
    rig.notesDue();
    assert.deepEqual(rig.take(), ['note soon', `note ${i % 2} fails`], 'it is said once');
  }
  assert.deepEqual(waits, [2000, 4000, 8000, 16_000, 30_000, 30_000]);
  rig.notesFail = undefined;
  rig.machine.handleRetry(rig.now);
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note soon', 'note 0', 'write 0']);
  rig.written(0);
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note soon', 'note 1', 'write 1'], 'the next follows');
  rig.written(1);
  assert.deepEqual(rig.take(), ['recovered']);
  rig.refused(9, fail('no-space'));
  assert.equal(rig.machine.nextTimeout(), rig.now + 2000, 'the first wait is short again');
});

test('while there is trouble, new pieces wait in memory', () => {
  const rig = new Rig();
  rig.arrive(0);
  rig.refused(0, fail('no-space', 'full'));
  rig.take();
  rig.arrive(1);
  assert.deepEqual(rig.take(), []);
  rig.timeout();
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note soon', 'write 0']);
  rig.refused(0, fail('no-space', 'full'));
  assert.deepEqual(rig.take(), [], 'the same trouble');
  rig.timeout();
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note soon', 'note 1', 'write 1'], 'another takes its turn');
});

test('the next journal cannot be made: the present one goes on, and the save is tried again', () => {
  const rig = new Rig();
  rig.put(0);
  rig.timeout();
  rig.synced();
  rig.looked();
  rig.machine.handleJournalFailed(rig.now, fail('no-space', 'no journal'));
  assert.equal(rig.take().at(-1), 'trouble: no journal');
  rig.timeout();
  assert.deepEqual(rig.take(), ['sync 0']);
  rig.synced();
  rig.looked();
  assert.equal(rig.take().at(-1), 'journal 2 with []');
});

test('until the record names the new journal, nothing is noted and no other journal is begun', () => {
  const rig = new Rig();
  rig.put(0);
  rig.commitFails = fail('no-space', 'no record');
  rig.timeout();
  rig.saved();
  assert.deepEqual(rig.take().slice(-2), ['commit [0] journal 2 fails', 'trouble: no record']);
  rig.timeout();
  rig.synced();
  rig.looked();
  assert.deepEqual(rig.take().slice(-1), ['commit [0] journal 2 fails'], 'no journal 3');
  rig.machine.handleArrived({ piece: 1 });
  rig.machine.handleRetry(rig.now);
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note soon', 'commit [0] journal 2 fails'], 'no note, no write');
  rig.commitFails = undefined;
  rig.timeout();
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note soon', 'commit [0] journal 2', 'note 1', 'write 1']);
});

test('a name is taken: the file keeps waiting for it', () => {
  const rig = new Rig();
  rig.put(0, 1);
  rig.machine.handleComplete(rig.now, 0);
  rig.timeout();
  rig.saved();
  rig.machine.handleNameFailed(rig.now, 0, fail('name-conflict', 'taken'));
  assert.equal(rig.take().at(-1), 'trouble: taken');
  rig.timeout();
  rig.saved();
  assert.equal(rig.take().at(-1), 'name 0');
});

test('a part is gone when it is to be named: it is lost', () => {
  const rig = new Rig();
  rig.put(0, 1);
  rig.machine.handleComplete(rig.now, 0);
  rig.timeout();
  rig.saved();
  rig.take();
  rig.machine.handleNameFailed(rig.now, 0, fail('not-found', 'gone'));
  const expected = ['commit [] journal 2 gone 0', 'forget 0', 'reopened 0', 'lost 0,1', 'trouble: gone'];
  assert.deepEqual(rig.take(), expected);
});

test('a disk that hangs is trouble until it answers', () => {
  const rig = new Rig();
  rig.arrive(0);
  rig.machine.handleStalled(rig.now, fail('io-error', 'no answer'));
  rig.arrive(1);
  rig.written(0);
  assert.deepEqual(rig.take().slice(-2), ['write 0', 'trouble: no answer'], 'one answer is not enough');
  rig.machine.handleResponding(rig.now);
  rig.notesDue();
  assert.deepEqual(rig.take(), ['note soon', 'note 1', 'write 1']);
  rig.written(1);
  assert.deepEqual(rig.take(), ['recovered']);
});
