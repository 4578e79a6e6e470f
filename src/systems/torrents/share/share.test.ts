// The life of a share: what it goes through from start to stop, and what it says meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestMetainfo, PIECE_LENGTH, TestShare } from '../../../../testkit/fake-share.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';

const ALL = [0, 1, 2, 3];
const metainfo = createTestMetainfo();
const magnet = { infoHashV1: metainfo.infoHashV1!, trackers: [], webSeeds: [], peers: [] };
const noSpace = new ShoalError('no-space', 'the disk is full');

/** What is due in this turn of the event loop has happened. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error as ShoalError).code,
  );
}

/** A share that fetches, with these pieces. */
async function fetching(...present: readonly number[]): Promise<TestShare> {
  const it = new TestShare({ metainfo });
  it.onOpen = async () => present;
  await it.share.start();
  assert.equal(it.share.phase, 'fetching');
  return it;
}

async function seeding(): Promise<TestShare> {
  const it = await fetching();
  it.receive(...ALL);
  await it.share.done;
  assert.equal(it.share.phase, 'seeding');
  return it;
}

test('a torrent: checked, fetched, saved, and only then here', async () => {
  const it = new TestShare({ metainfo });
  const { share } = it;
  it.onOpen = async ({ onProgress }) => {
    assert.equal(share.phase, 'checking');
    assert.equal(share.takesLinks, false, 'nobody is told what is here before it is known');
    onProgress(10, 40);
    const { doneBytes, totalBytes } = share.status();
    assert.deepEqual([doneBytes, totalBytes], [10, 40]);
    return [0];
  };
  assert.deepEqual([share.phase, share.name, share.folder], ['metadata', 'pair', '/out']);
  await share.start();
  assert.deepEqual([share.phase, share.takesLinks], ['fetching', true]);
  assert.equal(share.status().doneBytes, PIECE_LENGTH);
  let settle: () => void = () => {};
  it.storage.settling = new Promise((resolve) => (settle = resolve));
  it.receive(1);
  assert.deepEqual(it.storage.whole, [0], 'its first file is whole');
  it.receive(2, 3);
  await turn();
  assert.equal(share.phase, 'fetching', 'what is not saved is not here');
  settle();
  const { path, size } = await share.done;
  assert.deepEqual([path, size], ['/out/pair', 4 * PIECE_LENGTH]);
  assert.equal(share.phase, 'seeding');
  assert.ok(it.storage.hasRemovedEdges);
  await share.stop();
});

test('a link: nothing is known before its metadata comes, and the choice of files waits for that', async () => {
  const it = new TestShare({ magnet, select: ({ info }) => new Set([info.files.length - 1]) });
  const { share } = it;
  await share.start();
  assert.deepEqual([share.phase, share.metainfo, share.takesLinks], ['metadata', undefined, true]);
  assert.equal(await codeOf(share.select(new Set([0]))), 'unsupported');
  share.driver.emit({ type: 'metadata', metainfo });
  assert.equal(share.phase, 'checking');
  assert.equal((await share.whenKnown()).info.name, 'pair');
  assert.equal(share.phase, 'fetching');
  assert.deepEqual([...it.storage.options.wanted], [1]);
  assert.equal(share.status().totalBytes, 2 * PIECE_LENGTH);
  await share.stop();
});

test('a link whose metadata describes nothing fails', async () => {
  const it = new TestShare({ magnet });
  await it.share.start();
  it.share.driver.emit({ type: 'metadata-unusable', error: { code: 'x', message: 'no files' } });
  assert.equal(it.share.phase, 'failed');
  assert.equal(await codeOf(it.share.done), 'bad-torrent');
  await it.share.stop();
});

test('a share in place seeds at once what is right', async () => {
  const place = { kind: 'place', path: '/pair', diskPaths: ['/pair/a', '/pair/b'] } as const;
  const it = new TestShare({ metainfo, place: { ...place, diskPaths: [...place.diskPaths] } });
  const pieces = new Bitfield(4);
  pieces.fillAll();
  it.onOpen = async ({ proved }) => ALL.filter((piece) => proved!.pieces.has(piece));
  await it.share.start({ pieces, prints: new Map() });
  assert.equal(it.share.phase, 'seeding');
  assert.equal((await it.share.done).size, 4 * PIECE_LENGTH);
  await it.share.stop();
});

test('a disk that refuses makes it rest; it goes on by itself', async () => {
  const it = await fetching();
  const { share, storage } = it;
  storage.troubles = [noSpace];
  storage.events.onTrouble(noSpace);
  assert.equal(share.phase, 'resting');
  assert.deepEqual(share.status().troubles, [{ code: 'no-space', message: 'the disk is full' }]);
  share.resume();
  assert.equal(storage.retries, 1);
  storage.troubles = [];
  storage.events.onRecovered();
  assert.equal(share.phase, 'fetching');
  assert.deepEqual(it.notices, ['paused: the disk is full', 'it goes on']);
  storage.events.onTrouble(noSpace);
  it.receive(...ALL);
  await share.done;
  assert.equal(share.phase, 'seeding');
  storage.events.onTrouble(noSpace);
  assert.equal(share.phase, 'seeding', 'what is here is served all the same');
  await share.stop();
});

test('a start that fails says why, gives its lock back, and is over', async () => {
  const it = new TestShare({ metainfo });
  it.onOpen = () => Promise.reject(new ShoalError('name-conflict', 'another file is there'));
  assert.equal(await codeOf(it.share.start()), 'name-conflict');
  assert.equal(it.share.phase, 'failed');
  assert.equal(await codeOf(it.share.done), 'name-conflict');
  assert.equal(await codeOf(it.share.whenKnown()), 'aborted');
  await it.share.stop();
  assert.equal(it.share.phase, 'stopped');
  assert.equal(await codeOf(it.share.done), 'name-conflict', 'why it failed stays');
  assert.deepEqual(it.locks, ['lock 40 /out', 'unlock 40 /out']);
});

test('a share that runs elsewhere is not started, and its lock is left alone', async () => {
  const lockFailure = new ShoalError('directory-in-use', 'it runs already');
  const it = new TestShare({ metainfo }, { lockFailure });
  assert.equal(await codeOf(it.share.start()), 'directory-in-use');
  await it.share.stop();
  assert.deepEqual(it.locks, []);
});

test('stopped while it is checked: hashing ends, what was opened is closed, and only then it has stopped', async () => {
  const it = new TestShare({ metainfo });
  let open: (present: readonly number[]) => void = () => {};
  let signal: AbortSignal | undefined;
  it.onOpen = (options) => {
    signal = options.signal;
    return new Promise((resolve) => (open = resolve));
  };
  const started = it.share.start();
  const stopped = it.share.stop();
  assert.equal(it.share.phase, 'stopped');
  assert.equal(signal!.aborted, true, 'hashing ends');
  let hasStopped = false;
  void stopped.then(() => (hasStopped = true));
  await turn();
  assert.deepEqual([hasStopped, it.locks], [false, ['lock 40 /out']], 'its files are still in use');
  open(ALL);
  await Promise.all([started, stopped]);
  assert.deepEqual([it.share.phase, it.storage.closings, it.sought.size], ['stopped', 1, 0]);
  assert.equal(await codeOf(it.share.done), 'aborted');
});

test('stopping twice stops once; who waits for it is told', async () => {
  const it = await fetching();
  const phases: string[] = [];
  const watching = (async () => {
    for await (const { phase } of it.share.progress({ intervalMs: 1e6 })) phases.push(phase);
  })();
  await turn();
  it.storage.closing = Promise.reject(new Error('the disk is gone'));
  const stops = [it.share.stop(), it.share.stop()];
  assert.equal(stops[0], stops[1]);
  await Promise.all(stops);
  await watching;
  assert.deepEqual(phases, ['fetching', 'stopped']);
  assert.deepEqual([it.storage.closings, it.forgotten], [1, 1]);
  assert.deepEqual(it.locks, ['lock 40 /out', 'unlock 40 /out']);
  assert.deepEqual(it.notices, ['what came last is checked at the next start: the disk is gone']);
  assert.equal(await codeOf(it.share.done), 'aborted');
});

test('what cannot be saved fails the share', async () => {
  const it = await fetching();
  it.storage.settling = Promise.reject(new ShoalError('io-error', 'the disk broke'));
  it.receive(...ALL);
  assert.equal(await codeOf(it.share.done), 'io-error');
  assert.equal(it.share.phase, 'failed');
  it.storage.events.onTrouble(noSpace);
  assert.equal(it.share.phase, 'failed', 'nothing follows');
  await it.share.stop();
});

test('pieces that are lost before all is saved are fetched first', async () => {
  const it = await fetching();
  let settle: () => void = () => {};
  it.storage.settling = new Promise((resolve) => (settle = resolve));
  it.receive(...ALL);
  it.storage.events.onLost([2]);
  settle();
  await turn();
  assert.deepEqual([it.share.phase, it.share.status().doneBytes], ['fetching', 3 * PIECE_LENGTH]);
  it.receive(2);
  await it.share.done;
  assert.equal(it.share.phase, 'seeding');
  await it.share.stop();
});

test('files that a person changed are not offered until they are as they were', async () => {
  const it = await seeding();
  const before = it.share.briefStatus().revision;
  it.storage.events.onUnreadable([0, 1], new ShoalError('file-changed', 'a was changed'));
  assert.deepEqual([it.share.pieceMap()!.has(0), it.share.status().doneBytes], [false, 2 * PIECE_LENGTH]);
  const between = it.share.briefStatus().revision;
  it.storage.events.onReadable([0, 1], 'a');
  assert.deepEqual([it.share.pieceMap()!.has(0), it.share.status().doneBytes], [true, 4 * PIECE_LENGTH]);
  assert.equal(new Set([before, between, it.share.briefStatus().revision]).size, 3, 'those who watch see it');
  assert.deepEqual(it.notices, ['a was changed (2 pieces)', 'a is offered again (2 pieces)']);
  await it.share.stop();
});

test('other files are chosen: more is fetched, and fewer may be all there is to fetch', async () => {
  const it = new TestShare({ metainfo, select: () => new Set([0]) });
  const { share } = it;
  await share.start();
  it.share.driver.call((swarm, now) => swarm.handleFound(now, [0, 1]));
  for (const piece of [0, 1]) share.driver.emit({ type: 'piece', piece });
  share.driver.call((swarm, now) => swarm.handlePriorities(now, (piece) => (piece < 2 ? 4 : 0)));
  share.driver.emit({ type: 'complete' });
  await share.done;
  assert.equal(share.phase, 'seeding');
  assert.equal(it.storage.hasRemovedEdges, false, 'bytes of files that are not wanted are kept');
  await share.select(new Set([0, 1]));
  assert.deepEqual([share.phase, share.status().totalBytes], ['fetching', 4 * PIECE_LENGTH]);
  await share.select(new Set([0]));
  assert.deepEqual([share.phase, share.status().totalBytes], ['seeding', 2 * PIECE_LENGTH]);
  await share.stop();
});

test('what is found when files are chosen is here; what was lost is fetched again', async () => {
  const it = await fetching(0);
  it.storage.selecting = Promise.resolve({ lost: [0], found: [2, 3] });
  await it.share.select(new Set([0, 1]));
  const have = it.share.pieceMap()!;
  assert.deepEqual(
    ALL.filter((piece) => have.has(piece)),
    [2, 3],
  );
  assert.deepEqual(it.storage.whole, [1]);
  assert.equal(it.share.status().doneBytes, 2 * PIECE_LENGTH);
  await it.share.stop();
});

test('piece layers are saved when the last one is here, and at the end', async () => {
  const it = await fetching();
  const layer = { type: 'layer', piecesRoot: new Uint8Array(32) } as const;
  const before = it.storage.torrentsSaved;
  it.share.driver.emit(layer);
  assert.equal(it.storage.torrentsSaved, before + 1);
  await it.share.stop();
  assert.equal(it.storage.torrentsSaved, before + 1, 'nothing new came');
});

test('the metadata of a link says that it is private: nobody but its trackers hears of it from then on', async () => {
  const secret = createTestMetainfo({ isPrivate: true });
  const it = new TestShare({ magnet: { ...magnet, infoHashV1: secret.infoHashV1! } });
  await it.share.start();
  assert.equal(it.sought.size, 1);
  it.share.driver.emit({ type: 'metadata', metainfo: secret });
  assert.equal(it.sought.size, 0);
  await it.share.whenKnown();
  await it.share.stop();

  const known = new TestShare({ metainfo: secret });
  await known.share.start();
  assert.equal(known.sought.size, 0);
  const own = [{ host: Uint8Array.of(127, 0, 0, 1), port: 1 }];
  assert.ok(!known.share.magnet(own as never).includes('x.pe'));
  assert.ok(known.share.magnet().includes(toHex(secret.infoHashV1!)));
  await known.share.stop();
});

test('how it fetches is known to the machine before the first block, and may change', async () => {
  const it = new TestShare({ metainfo, strategy: { isOnDemand: true, priorities: new Map([[1, 6]]) } });
  await it.share.start();
  const { picker } = it.share.driver.swarm.content!;
  assert.deepEqual([picker.isOnDemand, picker.isSequential], [true, false]);
  it.share.setStrategy({ isOnDemand: false, isSequential: true });
  assert.deepEqual([picker.isOnDemand, picker.isSequential], [false, true]);
  await it.share.stop();
});

test('files that are whole at the start and lost before they are saved are fetched', async () => {
  const it = new TestShare({ metainfo });
  let settle: () => void = () => {};
  const settling = new Promise<void>((resolve) => (settle = resolve));
  it.onOpen = async () => ALL;
  it.onOpened = (storage) => (storage.settling = settling);
  const started = it.share.start();
  await turn();
  assert.equal(it.share.phase, 'checking');
  it.storage.events.onLost([3]);
  settle();
  await started;
  assert.equal(it.share.phase, 'fetching');
  await it.share.stop();
});
