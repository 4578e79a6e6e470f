// The machine that keeps pieces, asked to hold, to go on, to save everything, and to close.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fail, NO_PRINTS, Rig } from '../../../../testkit/store-rig.ts';

test('found pieces are noted in the next journal, synced and claimed like written ones', () => {
  const rig = new Rig();
  rig.machine.handleHold(rig.now);
  rig.take();
  rig.machine.addFound(rig.now, [0, 1]);
  rig.machine.handleResume(rig.now);
  assert.deepEqual(rig.take(), ['journal 2 with [0,1]']);
  rig.turned();
  assert.deepEqual(rig.take(), ['commit [] journal 2', 'resumed']);
  rig.timeout();
  rig.saved();
  assert.equal(rig.take().at(-1), 'commit [0,1] journal 3');
});

test('held: running writes are finished and saved, new pieces wait, and no timer runs', () => {
  const rig = new Rig();
  rig.arrive(0);
  rig.take();
  rig.machine.handleHold(rig.now);
  rig.machine.handleArrived({ piece: 1 });
  assert.deepEqual(rig.take(), []);
  rig.written(0);
  assert.deepEqual(rig.take(), ['sync 0']);
  rig.saved();
  assert.deepEqual(rig.take().slice(-3), ['commit [0] journal 2', 'commit [0] all 2', 'held']);
  rig.machine.handleComplete(rig.now, 0);
  assert.equal(rig.machine.nextTimeout(), Number.POSITIVE_INFINITY);
  rig.machine.discard([0]);
  assert.deepEqual(rig.take(), ['commit [] all 2']);
  rig.machine.handleResume(rig.now);
  rig.turned();
  assert.deepEqual(rig.take(), ['journal 3 with []', 'commit [] journal 3', 'resumed', 'note soon']);
  assert.equal(rig.machine.nextTimeout(), rig.now + 1000);
});

test('asked to hold while a save runs: another one follows it', () => {
  const rig = new Rig();
  rig.put(0);
  rig.timeout();
  rig.put(2);
  rig.machine.handleHold(rig.now);
  rig.saved();
  assert.deepEqual(rig.take().slice(-2), ['commit [0] journal 2', 'sync 1']);
  rig.saved();
  assert.equal(rig.take().at(-1), 'held');
});

test('it does not hold when the disk refuses: it goes on as before', () => {
  const refusing = new Rig();
  refusing.arrive(0, 1);
  refusing.take();
  refusing.machine.handleHold(refusing.now);
  refusing.machine.handleArrived({ piece: 2 });
  refusing.refused(0, fail('no-space', 'full'));
  assert.deepEqual(refusing.take(), ['trouble: full', 'not held: full']);
  const failing = new Rig();
  failing.put(0);
  failing.machine.handleHold(failing.now);
  failing.machine.handleSaveFailed(failing.now, fail('no-space', 'full'));
  assert.deepEqual(failing.take(), ['sync 0', 'trouble: full', 'not held: full']);
  failing.timeout();
  assert.deepEqual(failing.take(), ['sync 0'], 'the save is tried again');
});

test('a new journal cannot be begun: it goes on with the one before', () => {
  const rig = new Rig();
  rig.machine.handleHold(rig.now);
  rig.machine.handleArrived({ piece: 0 });
  rig.machine.handleResume(rig.now);
  rig.take();
  rig.machine.handleJournalFailed(rig.now, fail('no-space', 'full'));
  rig.notesDue();
  assert.deepEqual(rig.take(), ['not resumed: full', 'note soon', 'note 0', 'write 0']);
});

test('settle saves at once, and waits while the disk refuses', () => {
  const rig = new Rig();
  rig.machine.handleSettle(rig.now);
  assert.deepEqual(rig.take(), ['settled']);
  rig.arrive(0);
  rig.take();
  rig.machine.handleSettle(rig.now);
  rig.written(0);
  assert.deepEqual(rig.take(), ['sync 0']);
  rig.machine.handleSaveFailed(rig.now, fail('no-space', 'full'));
  assert.deepEqual(rig.take(), ['trouble: full']);
  rig.timeout();
  rig.saved();
  assert.deepEqual(rig.take().slice(-3), ['commit [0] journal 2', 'recovered', 'settled']);
});

test('closing: running writes are finished and saved, refused ones are given up, and the record has it all', () => {
  const rig = new Rig();
  rig.arrive(0, 1);
  rig.refused(1, fail('no-space', 'full'));
  rig.take();
  rig.machine.handleClose(rig.now);
  rig.machine.handleArrived({ piece: 2 });
  assert.deepEqual(rig.take(), ['drop 1', 'drop 2']);
  rig.written(0);
  rig.saved();
  // 1 was noted, and may have been written in part.
  assert.deepEqual(rig.take().slice(-2), ['commit [0] journal 2', 'closed, in-doubt']);
  const clean = new Rig();
  clean.put(0);
  clean.machine.handleClose(clean.now);
  clean.saved();
  assert.deepEqual(clean.take().slice(-2), ['commit [0] all 2', 'closed, certain']);
  clean.machine.handleArrived({ piece: 1 });
  clean.machine.handleRefused(clean.now, { piece: 2 }, fail('io-error'));
  clean.machine.handleWritten(clean.now, { piece: 3 }, []);
  assert.deepEqual(clean.take(), ['drop 1', 'drop 2']);
});

test('closing: a write that is refused then is given up; a save that fails is told', () => {
  const rig = new Rig();
  rig.put(0);
  rig.arrive(1);
  rig.machine.handleClose(rig.now);
  rig.take();
  rig.refused(1, fail('no-space', 'full'));
  assert.deepEqual(rig.take(), ['drop 1', 'sync 0']);
  rig.machine.handleSaveFailed(rig.now, fail('no-space', 'full'));
  assert.deepEqual(rig.take(), ['closed, failed: full']);
});

for (const isSaving of [false, true]) {
  test(`closing does not wait for a disk that hangs, ${isSaving ? 'saving' : 'writing'}`, () => {
    const rig = new Rig();
    rig.put(0);
    if (!isSaving) rig.arrive(1);
    rig.machine.handleClose(rig.now);
    rig.take();
    rig.machine.handleStalled(rig.now, fail('io-error', 'no answer'));
    assert.deepEqual(rig.take(), ['closed, in-doubt']);
    rig.synced();
    assert.deepEqual(rig.take(), [], 'answers that come too late change nothing');
  });
}

test('closing while it is asked to hold, while held, and while it resumes', () => {
  const asked = new Rig();
  asked.arrive(0);
  asked.machine.handleHold(asked.now);
  asked.take();
  asked.machine.handleClose(asked.now);
  assert.deepEqual(asked.take(), ['not held: the share is being closed']);
  const held = new Rig();
  held.machine.handleHold(held.now);
  held.machine.handleArrived({ piece: 0 });
  held.take();
  held.machine.handleClose(held.now);
  assert.deepEqual(held.take(), ['drop 0', 'commit [] all 1', 'closed, certain']);
  held.machine.relocate(NO_PRINTS);
  held.machine.handleResume(held.now);
  assert.deepEqual(
    held.take(),
    ['commit [] all 1', 'resumed'],
    'where the files lie is recorded all the same',
  );
  const resuming = new Rig();
  resuming.machine.handleHold(resuming.now);
  resuming.machine.handleResume(resuming.now);
  resuming.machine.handleClose(resuming.now);
  resuming.take();
  resuming.turned();
  const expected = ['commit [] journal 2', 'resumed', 'commit [] all 2', 'closed, certain'];
  assert.deepEqual(resuming.take(), expected);
});

test('abandoned, it does nothing more', () => {
  const rig = new Rig();
  rig.put(0);
  rig.timeout();
  rig.take();
  rig.machine.abandon();
  rig.saved();
  rig.machine.handleResponding(rig.now);
  assert.deepEqual([rig.take(), rig.machine.nextTimeout()], [[], Number.POSITIVE_INFINITY]);
});
