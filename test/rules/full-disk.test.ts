// A full disk under the state folder: what the rules are to keep is refused or told, and what was kept stays in force.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MACHINE_CANNOT } from '../../scripts/steps.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';

const KIB = 1024;
/** A start, and the file of the settings, find room in it; the addresses in a database do not. */
const ROOM_BYTES = 560 * KIB;
const MANY = Array.from({ length: 9000 }, (_, n) => `198.51.${n >> 8}.${n & 255}`);
const isRoot = process.getuid?.() === 0;
const skip = isRoot ? false : 'making a file system needs root';

interface Settings {
  readonly bannedAddresses: readonly string[];
  readonly usesBlocklist: boolean;
  readonly blocklistUrl: string;
  readonly isSlow: boolean;
}

/** A daemon whose state folder is a small file system, with one banned address; `fill` leaves a little room on it. */
async function open(t: TestContext): Promise<{ bench: Bench; state: string; fill: () => void } | undefined> {
  const bench = await Bench.open();
  const state = join(bench.dir, 'daemon-small');
  await bench.folder('daemon-small');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', state]);
  } catch {
    await bench.close();
    t.skip(`${MACHINE_CANNOT} mount a tmpfs`);
    return undefined;
  }
  t.after(async () => {
    await Promise.all(bench.programs.map((program) => program.stop()));
    execFileSync('umount', [state]);
    await bench.close();
  });
  const filler = join(state, 'filler');
  const fill = (): void => {
    rmSync(filler, { force: true });
    const { bavail, bsize } = statfsSync(state);
    writeFileSync(filler, new Uint8Array(Math.max(0, bavail * bsize - ROOM_BYTES)));
  };
  return { bench, state, fill };
}

test('a change of the settings that the rules cannot keep is refused, and nothing has changed', {
  skip,
}, async (t) => {
  const place = await open(t);
  if (place === undefined) return;
  const { bench, state, fill } = place;
  let daemon = await Daemon.up(bench, 'small');
  await daemon.ask('PATCH', 'settings', { bannedAddresses: ['192.0.2.1'], isSlow: true });
  fill();
  const kept = readFileSync(join(state, 'settings.json'), 'utf8');
  for (const path of ['settings', 'systems/torrents/settings']) {
    const change = { bannedAddresses: MANY, usesBlocklist: true, isSlow: false };
    const { status, answer } = await daemon.answer('PATCH', path, change);
    assert.deepEqual(
      [status, answer.code, answer.message],
      [507, 'no-space', 'cannot keep the rules: no space left on the disk'],
    );
    const { bannedAddresses, usesBlocklist, isSlow } = await daemon.ask<Settings>('GET', 'settings');
    assert.deepEqual([bannedAddresses, usesBlocklist, isSlow], [['192.0.2.1'], false, true]);
    assert.equal(readFileSync(join(state, 'settings.json'), 'utf8'), kept);
  }
  const { checked } = await daemon.ask<{ checked: { isDenied: boolean }[] }>(
    'GET',
    'rules/check?what=192.0.2.1',
  );
  assert.equal(checked[0]!.isDenied, true, 'the old list is in force');
  await daemon.stop();
  daemon = await Daemon.up(bench, 'small');
  assert.deepEqual((await daemon.ask<Settings>('GET', 'settings')).bannedAddresses, ['192.0.2.1']);
  await daemon.stop();
});

test('a daemon starts although its rules cannot keep what is set, and says so', { skip }, async (t) => {
  const place = await open(t);
  if (place === undefined) return;
  const { bench, state, fill } = place;
  let daemon = await Daemon.up(bench, 'small');
  await daemon.ask('PATCH', 'settings', { bannedAddresses: ['192.0.2.1'] });
  await daemon.stop();
  // As an older version left it.
  writeFileSync(
    join(state, 'settings.json'),
    JSON.stringify({ torrents: { bannedAddresses: MANY, blocklistUrl: 'http://127.0.0.1:9/list' } }),
  );
  fill();
  daemon = await Daemon.up(bench, 'small');
  const told = await daemon.program.event('error');
  assert.deepEqual(
    [told.code, told.message],
    [
      'no-space',
      'cannot keep the rules: no space left on the disk; the block list and the banned addresses are those that were kept before',
    ],
  );
  const { bannedAddresses, blocklistUrl } = await daemon.ask<Settings>('GET', 'settings');
  assert.deepEqual([bannedAddresses, blocklistUrl], [['192.0.2.1'], '']);
  const { trouble } = await daemon.ask<{ trouble: string }>('GET', 'blocklist');
  assert.match(trouble, /no space left/);
  await daemon.stop();
  // With room it is as it was set.
  rmSync(join(state, 'filler'));
  daemon = await Daemon.up(bench, 'small');
  const settings = await daemon.ask<Settings>('GET', 'settings');
  assert.deepEqual(
    [settings.bannedAddresses.length, settings.blocklistUrl],
    [9000, 'http://127.0.0.1:9/list'],
  );
  await daemon.stop();
});
