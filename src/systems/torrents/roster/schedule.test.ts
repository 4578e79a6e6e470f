// The mode of the moment, by the schedule and by the interface of the default route.
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, type ScheduleEntry } from '../settings.ts';
import { defaultInterface, modeOf } from './schedule.ts';

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
