// The clock, the goals and the watch folder.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, type ScheduleEntry } from '../core/settings.ts';
import { reachedGoal } from './goals.ts';
import { defaultInterface, modeOf } from './schedule.ts';
import { WatchFolder } from './watch-folder.ts';

test('the schedule holds at its hours, also over midnight; the strictest wins', () => {
  const work: ScheduleEntry = { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', mode: 'slow' };
  const night: ScheduleEntry = { days: [6], from: '22:00', to: '06:00', mode: 'pause' };
  const settings = { ...DEFAULT_SETTINGS, schedule: [work, night] };
  // 2026-11-21 is a Saturday.
  const at = (text: string): string => modeOf(settings, new Date(`2026-11-${text}:00`), false);
  assert.deepEqual(
    [
      '20T07:59',
      '20T08:00',
      '20T17:59',
      '20T18:00',
      '21T12:00',
      '21T22:00',
      '22T05:59',
      '22T06:00',
      '22T22:30',
    ].map(at),
    ['full', 'slow', 'slow', 'full', 'full', 'pause', 'pause', 'full', 'full'],
  );
  assert.equal(modeOf({ ...settings, isSlow: true }, new Date('2026-11-21T12:00:00'), false), 'slow');
  assert.equal(modeOf(DEFAULT_SETTINGS, new Date(), true), 'pause');
});

test('the interface of the default route is the one with the lowest metric', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-route-'));
  const table = join(folder, 'route');
  const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask';
  const route = (name: string, destination: string, metric: number, mask: string): string =>
    `${name}\t${destination}\t0100A8C0\t0003\t0\t0\t${metric}\t${mask}\t0\t0\t0`;
  await writeFile(
    table,
    [
      head,
      route('wwan0', '00000000', 700, '00000000'),
      route('wlan0', '00000000', 600, '00000000'),
      route('eth0', '0000A8C0', 1, '00FFFFFF'),
    ].join('\n'),
  );
  assert.equal(await defaultInterface(table), 'wlan0');
  assert.equal(await defaultInterface(join(folder, 'none')), undefined);
});

test('a share has given enough by ratio, by time or by idleness; its own goal comes before that of all', () => {
  const given = { uploaded: 200, downloaded: 100, size: 100, seedingMinutes: 90, idleMinutes: 31 };
  const none = { ratioGoal: null, seedingGoal: null, idleGoal: null };
  assert.equal(reachedGoal(given, {}, none), undefined);
  assert.match(reachedGoal(given, {}, { ...none, ratioGoal: 2 })!, /2 times/);
  assert.equal(reachedGoal(given, { ratioGoal: null }, { ...none, ratioGoal: 2 }), undefined);
  assert.equal(reachedGoal(given, { ratioGoal: 3 }, { ...none, ratioGoal: 2 }), undefined);
  assert.match(reachedGoal(given, {}, { ...none, idleGoal: 30 })!, /30 minutes/);
  assert.match(reachedGoal(given, { seedingGoal: 90 }, none)!, /seeded for 90 minutes/);
  assert.match(reachedGoal(given, {}, { ...none, seedingGoal: 1 })!, /seeded for 1 minutes/);
  assert.match(reachedGoal(given, { seedingGoal: 0 }, none)!, /seeded for 0 minutes/);
  assert.equal(reachedGoal(given, { seedingGoal: 91 }, { ...none, seedingGoal: 1 }), undefined);
  assert.equal(reachedGoal(given, { seedingGoal: null }, { ...none, seedingGoal: 1 }), undefined);
  // What was never fetched is measured by its size.
  assert.match(reachedGoal({ ...given, downloaded: 0, size: 100 }, { ratioGoal: 2 }, none)!, /2 times/);
});

test('the watch folder takes files that rest, and renames what it took and what it could not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-watch-'));
  const added: string[] = [];
  const watch = new WatchFolder({
    onTorrent: async (bytes) => {
      if (bytes.length < 3) throw new Error('this is no torrent');
      added.push(`torrent of ${bytes.length}`);
    },
    onLinks: async (link: string) => void added.push(link),
  });
  await writeFile(join(folder, 'a.torrent'), 'long enough');
  await writeFile(join(folder, 'b.torrent'), 'x');
  await writeFile(join(folder, 'c.magnet'), 'magnet:?xt=urn:btih:1\n');
  await writeFile(join(folder, 'notes.txt'), 'left alone');
  assert.deepEqual(await watch.look(folder, false), [], 'it may be growing still');
  await writeFile(join(folder, 'a.torrent'), 'long enough, and longer');
  await watch.look(folder, false);
  assert.deepEqual(added, ['magnet:?xt=urn:btih:1']);
  await watch.look(folder, false);
  assert.deepEqual(added, ['magnet:?xt=urn:btih:1', 'torrent of 23']);
  assert.deepEqual((await readdir(folder)).sort(), [
    'a.torrent.added',
    'b.torrent.invalid',
    'b.torrent.invalid.txt',
    'c.magnet.added',
    'notes.txt',
  ]);
});
